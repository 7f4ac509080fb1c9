import keras
import pytest
from helpers.classifiers import network
from helpers.layers import random_inputs, right_padded

from regard.network.layers.attention import FeedForwardAttention
from regard.network.poolings import POOLINGS

pytestmark = pytest.mark.slow  # importing Keras takes seconds


@pytest.mark.parametrize("name", POOLINGS)
def test_a_pooling_makes_one_vector_of_a_text(name):
    layer = POOLINGS[name](network(), max_tokens=5, seed=1)
    assert isinstance(layer, keras.layers.Layer)
    pooled = layer(random_inputs(2, 4, 3), mask=right_padded([4, 1], 4))
    assert tuple(pooled.shape) == (2, 3)


def test_attention_has_a_bias_for_each_timestep_if_asked_for():
    plain, biased = (
        POOLINGS["attention"](network(f"model.attention.use_bias={use_bias}"), max_tokens=5, seed=1)
        for use_bias in ("false", "true")
    )
    assert type(plain) is type(biased) is FeedForwardAttention
    assert (plain.use_bias, plain.max_timesteps) == (False, None)
    assert (biased.use_bias, biased.max_timesteps) == (True, 5)


def test_attention_has_the_settings_of_the_page():
    layer = POOLINGS["attention"](network("model/attention=structured"), max_tokens=5, seed=1)
    config = layer.get_config()
    assert (config["score"], config["n_heads"], config["units"]) == ("additive", 4, 64)
    assert config["head_penalty"] > 0


def test_weights_of_keys_and_of_the_query_start_differently():
    layer = POOLINGS["attention"](network("model/attention=last_query"), max_tokens=5, seed=1)
    layer.build((None, None, 3))
    first = {weight.name: weight.numpy() for weight in layer.weights}
    assert (first["kernel"] != first["query_kernel"]).all()
