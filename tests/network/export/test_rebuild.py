import numpy as np
import pytest
from helpers.classifiers import ONE_TEXT, PAIR, TOKEN_IDS, TWO_TEXTS
from helpers.exports import in_precision, networks

from regard.network.attention_weights import AttentionModel, attention_weights
from regard.network.export.rebuild import in_float32, rebuilt
from regard.network.fold_inputs import FoldInputs
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS

pytestmark = pytest.mark.slow


def again(model):
    return rebuilt(model, name="again", embedding=in_float32(model.get_layer("embedding")))


@pytest.mark.parametrize("reads", [ONE_TEXT, PAIR, TWO_TEXTS], ids=["one", "pair", "two"])
def test_outputs_and_attention_are_those_of_the_network(reads):
    (model,) = networks("model=lstm_attention", n=1, reads=reads)
    inputs = {name: TOKEN_IDS[name] for name in model.input}
    expected = model.predict_on_batch(inputs)
    weights = attention_weights(AttentionModel(model), inputs)
    found = again(model).predict_on_batch(inputs)
    assert list(found) == ["outputs", "attention", "attention_2"][: len(inputs) + 1]
    np.testing.assert_allclose(found.pop("outputs"), expected, atol=1e-6)
    np.testing.assert_allclose(list(found.values()), np.mean(weights, axis=2), atol=1e-6)


HIERARCHICAL = ["model=hierarchical_attention", "model.hierarchical.units=3"]


def test_weights_of_words_in_sentences_are_those_of_the_network():
    (model,) = networks(*HIERARCHICAL, n=1, reads=FoldInputs(sentence_ends=(4,)))
    inputs = {"token_ids": TOKEN_IDS["token_ids"]}
    found = again(model).predict_on_batch(inputs)
    (weights,) = attention_weights(AttentionModel(model), inputs)
    np.testing.assert_allclose(found["attention"], weights.mean(axis=1), atol=1e-6)


def test_attention_after_an_alignment_is_that_of_the_network():
    (model,) = networks("model=esim", "model.pooling=[attention]", n=1, reads=PAIR)
    weights = attention_weights(AttentionModel(model), TOKEN_IDS)
    found = again(model).predict_on_batch(TOKEN_IDS)
    np.testing.assert_allclose(found["outputs"], model.predict_on_batch(TOKEN_IDS), atol=1e-6)
    np.testing.assert_allclose(
        [found["attention"], found["attention_2"]], np.mean(weights, axis=2), atol=1e-6
    )


def test_the_network_stays_as_it_is():
    (model,) = networks("model=bigru_pool", n=1)
    inputs = {"token_ids": TOKEN_IDS["token_ids"]}
    before = model.get_weights()
    weights = attention_weights(AttentionModel(model), inputs)
    again(model)
    for weight, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)
    np.testing.assert_array_equal(attention_weights(AttentionModel(model), inputs), weights)


@pytest.mark.parametrize(
    "overrides", [["model=text_cnn"], ["model=dpcnn", "model.pooling=[attention]"]]
)
def test_a_network_without_a_weight_for_each_token_has_only_outputs(overrides):
    (model,) = networks(*overrides, n=1)
    assert list(again(model).output) == ["outputs"]


FLOAT16 = [[f"model={page}"] for page in ("bigru_pool", "lstm_attention", "text_cnn")]
ALL_ATTENTIONS = f"model.sequence_attention=[{','.join(SEQUENCE_ATTENTIONS)}]"


@pytest.mark.parametrize("overrides", [*FLOAT16, HIERARCHICAL, [ALL_ATTENTIONS]])
def test_a_network_of_float16_computes_in_float32(overrides):
    (exact,) = networks(*overrides, n=1)
    (model,) = in_precision("mixed_float16", lambda: networks(*overrides, n=1))
    inputs = {"token_ids": TOKEN_IDS["token_ids"]}
    found = again(model).predict_on_batch(inputs)["outputs"]
    np.testing.assert_allclose(found, exact.predict_on_batch(inputs), atol=1e-6)
    assert np.abs(found - model.predict_on_batch(inputs)).max() > 1e-6
