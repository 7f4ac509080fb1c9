import keras
import numpy as np
import pytest
from helpers.classifiers import TOKEN_IDS, build, network

from regard.config import page_options
from regard.network.attention_weights import AttentionModel, attention_weights

pytestmark = pytest.mark.slow  # Keras traces a network for nearly every test


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return build(network("model.rnn.n_layers=2", "model.pooling=[attention,max]"))


def test_attention_weights_sum_to_one_over_the_real_tokens(model):
    token_ids = np.array([[3, 4, 5, 0, 0], [6, 0, 0, 0, 0]], np.int32)
    (weights,) = attention_weights(AttentionModel(model), {"token_ids": token_ids})
    assert weights.shape == (2, 1, 5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)
    assert (weights[0, :, :3] > 0).all()
    assert (weights[0, :, 3:] == 0).all()
    assert weights[1].tolist() == [[1, 0, 0, 0, 0]]


@pytest.mark.parametrize("page", page_options()["model/attention"])
def test_every_page_of_attention_has_weights_of_its_heads(page):
    config = network(f"model/attention={page}", "model=bag_of_vectors")
    inputs = {"token_ids": TOKEN_IDS["token_ids"]}
    (weights,) = attention_weights(AttentionModel(build(config)), inputs)
    assert weights.shape == (2, config.attention.n_heads, 3)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)
    assert (weights[0, :, 2] == 0).all()


def test_attention_weights_of_a_loaded_model(model, tmp_path):
    model.save(tmp_path / "model.keras")
    inputs = {"token_ids": TOKEN_IDS["token_ids"]}
    (expected,) = attention_weights(AttentionModel(model), inputs)
    (found,) = attention_weights(
        AttentionModel(keras.models.load_model(tmp_path / "model.keras")), inputs
    )
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "overrides",
    [
        ["model.pooling=[max]"],
        ["model=dpcnn", "model.pooling=[attention]"],  # fewer timesteps than tokens
    ],
)
def test_a_model_without_attention_over_tokens_has_no_attention_weights(overrides):
    model = build(network(*overrides))
    assert attention_weights(AttentionModel(model), {"token_ids": TOKEN_IDS["token_ids"]}) is None
