import functools
import re

import keras
import numpy as np
import pytest
from helpers.cases import compose_config
from helpers.classifiers import PAIR, build, network
from helpers.layers import numpy_of
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.errors import ConfigError
from regard.network.attention.queries import QUERIES, check_query
from regard.network.attention_weights import AttentionModel, attention_weights

pytestmark = pytest.mark.slow  # importing Keras takes seconds

TEXT = st.lists(st.integers(2, 19), min_size=1, max_size=5)
ALIGNMENTS = ("none", "decomposable", "esim")


@pytest.mark.parametrize(("name", "expected"), [("last", [[8.0]]), ("mean", [[6.0]])])
def test_queries_by_hand(name, expected):
    keys, mask = np.float32([[[4], [8], [9]]]), np.array([[True, True, False]])
    np.testing.assert_allclose(numpy_of(QUERIES[name].of_text(keys, mask)), expected)


def test_the_query_is_that_of_the_other_text():
    # Two pairs: 4 8 with 2, and 1 with 3 5.
    keys = np.float32([[[4], [8]], [[1], [9]], [[2], [9]], [[3], [5]]])
    mask = np.array([[True, True], [True, False], [True, False], [True, True]])
    found = numpy_of(QUERIES["other"].of_text(keys, mask))
    np.testing.assert_allclose(found, [[2.0], [4.0], [6.0], [1.0]])


def test_a_learned_query_is_not_that_of_a_text():
    assert QUERIES["learned"].of_text is None


@functools.cache
def of_pairs(alignment: str) -> tuple[keras.Model, keras.Model, AttentionModel]:
    """A network whose query is the other text; its encoder; and its attention weights."""
    model = build(
        network(
            "model=lstm_attention",
            "model/attention=other_text",
            f"model.pair.alignment={alignment}",
            "model.pair.combination=[concatenation]",
        ),
        reads=PAIR,
    )
    features = keras.Model(model.input, model.get_layer("features").input)
    return model, features, AttentionModel(model)


def inputs_of(first, second, length=7):
    rows = {"token_ids": first, "token_ids_2": second}
    return {
        name: np.array([text + [0] * (length - len(text))], np.int32) for name, text in rows.items()
    }


@pytest.mark.parametrize("alignment", ALIGNMENTS)
@settings(max_examples=6, deadline=None)
@given(first=TEXT, second=TEXT)
def test_swapped_texts_have_swapped_encodings_and_weights(alignment, first, second):
    _, features, weights = of_pairs(alignment)
    given, swapped = inputs_of(first, second), inputs_of(second, first)
    parts = [numpy_of(part) for part in features(given)]
    again = [numpy_of(part) for part in features(swapped)]
    for one, other in zip(parts, again[::-1], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    found = attention_weights(weights, given)
    for one, other in zip(found, attention_weights(weights, swapped)[::-1], strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    for one, text in zip(found, (first, second), strict=True):
        assert one.shape == (1, 1, 7)
        assert one.sum() == pytest.approx(1, abs=1e-5)
        assert not one[..., len(text) :].any()


@pytest.mark.parametrize("alignment", ALIGNMENTS)
@settings(max_examples=6, deadline=None)
@given(first=TEXT, second=TEXT)
def test_padding_of_either_text_changes_nothing(alignment, first, second):
    model, _, _ = of_pairs(alignment)
    short = inputs_of(first, second, max(len(first), len(second)))
    np.testing.assert_allclose(
        numpy_of(model(inputs_of(first, second, 9))), numpy_of(model(short)), atol=1e-5
    )


def test_the_other_text_moves_the_weights():
    _, _, weights = of_pairs("none")
    one, _ = attention_weights(weights, inputs_of([3, 4, 5], [6]))
    other, _ = attention_weights(weights, inputs_of([3, 4, 5], [7, 8]))
    assert np.abs(one - other).max() > 1e-5


def test_only_pairs_have_another_text():
    both = ["model/attention=other_text", "competition.text_columns=[a,b]"]
    config = compose_config(*both, "competition.texts=separate")
    message = "query=other is read from the other text of a pair, but competition.texts=separate; "
    message += "set model.attention.query=mean, or competition.texts=pair"
    with pytest.raises(ConfigError, match=re.escape(message)):
        check_query("model", config.model, config.competition)
    for advice in ("model.attention.query=mean", "competition.texts=pair"):
        fixed = compose_config(*both, advice)
        check_query("model", fixed.model, fixed.competition)
    alone = compose_config("model/attention=other_text")
    with pytest.raises(ConfigError, match=r"texts=joined; set model\.attention\.query=mean$"):
        check_query("model", alone.model, alone.competition)
    linear = compose_config("model=nb_svm")
    check_query("model", linear.model, linear.competition)
