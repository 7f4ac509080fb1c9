import keras
import numpy as np
import pytest
from helpers.layers import numpy_of

from regard.config.pairs import ComparisonConfig
from regard.network.layers.dense import dense_layers

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def layers(seed: int = 1, **settings) -> keras.Model:
    sequence = keras.Input((None, 2))
    sizes = ComparisonConfig(**{"n_layers": 2, "units": 3, "dropout": 0.0, **settings})
    return keras.Model(sequence, dense_layers(sequence, sizes, "compare", seed))


def test_each_timestep_goes_through_the_same_layers():
    model = layers()
    inputs = np.float32([[[1.0, -2.0], [0.5, 3.0]]])
    expected = inputs
    for number in (1, 2):
        kernel, bias = model.get_layer(f"compare_{number}").get_weights()
        expected = np.maximum(expected @ kernel + bias, 0.0)
    np.testing.assert_allclose(numpy_of(model(inputs)), expected, rtol=1e-5)


def test_dropout_comes_before_each_layer():
    names = [layer.name for layer in layers(dropout=0.1).layers[1:]]
    assert names == ["compare_1_dropout", "compare_1", "compare_2_dropout", "compare_2"]


def test_the_seed_decides_the_weights():
    first, again, other = (layers(seed).get_weights()[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
