import keras
import pytest
from helpers.classifiers import network
from helpers.layers import random_inputs, right_padded

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
    assert (plain.use_bias, plain.max_timesteps) == (False, None)
    assert (biased.use_bias, biased.max_timesteps) == (True, 5)
