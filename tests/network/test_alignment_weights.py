import numpy as np
import pytest
from helpers.classifiers import ONE_TEXT, PAIR, TOKEN_IDS, build, network

from regard.network.alignment_weights import AlignmentModel, alignment_weights
from regard.network.classifier import AttentionModel, attention_weights

pytestmark = pytest.mark.slow  # Keras traces a network for nearly every test

SETTINGS = ["model.embedding_projection=3", "model.pooling=[attention,max]"]
REAL = [TOKEN_IDS[name] != 0 for name in ("token_ids", "token_ids_2")]


@pytest.mark.parametrize("name", ["decomposable", "esim"])
def test_each_token_weighs_the_real_tokens_of_the_other_text(name):
    model = build(network(f"model.pair.alignment={name}", *SETTINGS), reads=PAIR)
    found = alignment_weights(AlignmentModel(model), TOKEN_IDS)
    for weights, real in zip(found, REAL[::-1], strict=True):
        assert weights.shape == (2, 3, 3)
        np.testing.assert_allclose(weights.sum(axis=2), 1.0, rtol=1e-5)
        assert (weights[np.broadcast_to(~real[:, None], weights.shape)] == 0).all()
    swapped = {"token_ids": TOKEN_IDS["token_ids_2"], "token_ids_2": TOKEN_IDS["token_ids"]}
    second, first = alignment_weights(AlignmentModel(model), swapped)
    np.testing.assert_allclose(np.stack([first, second]), found, atol=1e-6)


def test_scores_of_states_are_their_products():
    settings = ["model.pair.alignment=esim", "model.rnn.n_layers=0", "model.pair.scaled=false"]
    model = build(network(*settings), reads=PAIR)
    first, second = (model.get_layer("embedding")(TOKEN_IDS[name]) for name in TOKEN_IDS)
    scores = np.einsum("bif,bjf->bij", first, second)
    powers = np.exp(scores - scores.max(axis=2, keepdims=True)) * REAL[1][:, None]
    weights, _ = alignment_weights(AlignmentModel(model), TOKEN_IDS)
    np.testing.assert_allclose(weights, powers / powers.sum(axis=2, keepdims=True), atol=1e-5)


def test_a_network_without_an_alignment_has_no_weights():
    for reads in (ONE_TEXT, PAIR):
        assert alignment_weights(AlignmentModel(build(network(), reads=reads)), TOKEN_IDS) is None


@pytest.mark.parametrize("name", ["none", "decomposable", "esim"])
def test_attention_after_an_alignment_is_over_the_tokens_of_each_text(name):
    model = build(network(f"model.pair.alignment={name}", *SETTINGS), reads=PAIR)
    for weights, real in zip(
        attention_weights(AttentionModel(model), TOKEN_IDS), REAL, strict=True
    ):
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-5)
        assert ((weights > 0) == real).all()
