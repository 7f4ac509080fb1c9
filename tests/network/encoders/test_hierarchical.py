import keras
import numpy as np
import pytest
from helpers.classifiers import PAIR, build, network, probabilities
from helpers.layers import numpy_of, random_inputs, right_padded

from regard.errors import ConfigError
from regard.network.attention_weights import AttentionModel, attention_weights
from regard.network.encoders.hierarchical import HierarchicalConfig
from regard.network.encoders.hierarchical import build as build_layers
from regard.network.fold_inputs import FoldInputs

pytestmark = pytest.mark.slow  # importing Keras takes seconds

END = 2
SMALL = ["model=hierarchical_attention", "model.hierarchical.units=3"]
SMALL += ["model.hierarchical.max_sentences=4", "model.hierarchical.max_sentence_tokens=5"]


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """A network whose token 2 ends a sentence."""
    return build(network(*SMALL), reads=FoldInputs(sentence_ends=(END,)))


def layers_of(settings: HierarchicalConfig) -> keras.Model:
    vectors = keras.Input((None, 2))
    mask = keras.Input((None,), dtype="bool")
    ends = keras.Input((None,), dtype="bool")
    outputs = build_layers(vectors, mask, settings, seed=1, sentence_ends=ends)
    return keras.Model([vectors, mask, ends], list(outputs))


@pytest.mark.parametrize(("bidirectional", "features"), [(False, 3), (True, 6)])
def test_a_text_becomes_its_sentences(bidirectional, features):
    layers = layers_of(HierarchicalConfig(units=3, bidirectional=bidirectional, max_sentences=4))
    ends = np.array([[0, 1, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0]], bool)
    vectors, mask = layers([random_inputs(2, 6, 2), right_padded([6, 2], 6), ends])
    assert vectors.shape == (2, 4, features)
    assert numpy_of(mask).tolist() == [[True, True, True, False], [True, False, False, False]]


def test_the_order_of_sentences_counts(model):
    first, second = [3, 4, END], [5, 6, END]
    one, other = (probabilities(model, [text], 6) for text in (first + second, second + first))
    assert np.abs(one - other).max() > 1e-5


def test_padding_changes_nothing(model):
    texts = [[3, 4, END, 5], [6], [END, END], [3] * 12, []]
    together = probabilities(model, texts, 15)
    assert np.isfinite(together).all()
    for text, found in zip(texts[:4], together[:4], strict=True):
        np.testing.assert_allclose(found, probabilities(model, [text], len(text))[0], atol=1e-5)


# Four sentences are as many as four tokens: their weights must not be taken for those of tokens.
@pytest.mark.parametrize("length", [1, 4, 9])
def test_each_word_has_a_weight(model, length):
    token_ids = np.array([[3, 4, END, 5, 6, 7, END, 8, 9][:length], [3] + [0] * (length - 1)])
    (weights,) = attention_weights(AttentionModel(model), {"token_ids": token_ids.astype(np.int32)})
    assert weights.shape == (2, 1, length)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-6)
    assert weights[1, 0, 0] == pytest.approx(1.0)
    assert (weights[0] > 0.0).all()


def test_the_texts_of_a_pair_have_sentences_each():
    model = build(network(*SMALL), reads=PAIR)
    inputs = {
        "token_ids": np.array([[3, 4, 5]], np.int32),
        "token_ids_2": np.array([[6, 0, 0]], np.int32),
    }
    first, second = attention_weights(AttentionModel(model), inputs)
    assert first.sum() == pytest.approx(1.0)
    assert second.tolist() == [[[1.0, 0.0, 0.0]]]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("cell=lstm_gru", "model.hierarchical.cell=lstm_gru is not known; did you mean"),
        ("units=0", "model.hierarchical.units=0 is out of range"),
        ("dropout=1.0", "model.hierarchical.dropout=1.0 is out of range"),
        ("max_sentences=0", "model.hierarchical.max_sentences=0 is out of range"),
        ("max_sentence_tokens=0", "model.hierarchical.max_sentence_tokens=0 is out of range"),
    ],
)
def test_settings_out_of_range_are_refused(override, message):
    with pytest.raises(ConfigError, match=message):
        network(f"model.hierarchical.{override}")
