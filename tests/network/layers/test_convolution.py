import numpy as np
import pytest
from helpers.layers import numpy_of, random_inputs, right_padded

from regard.network.layers.convolution import convolution, zero_at_padding

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def test_padding_becomes_zero():
    sequence = np.array([[[1.0], [2.0], [9.0]]], np.float32)
    found = zero_at_padding(sequence, right_padded([2], 3))
    assert numpy_of(found)[0, :, 0].tolist() == [1.0, 2.0, 0.0]


def test_a_convolution_keeps_the_timesteps_and_is_drawn_by_its_name_and_seed():
    inputs = random_inputs(2, 5, 3)
    first, again, named, seeded = (
        convolution(4, 3, name, seed) for name, seed in (("a", 1), ("a", 1), ("b", 1), ("a", 2))
    )
    outputs = numpy_of(first(inputs))
    assert outputs.shape == (2, 5, 4)
    np.testing.assert_array_equal(outputs, numpy_of(again(inputs)))
    for other in (named, seeded):
        assert np.abs(outputs - numpy_of(other(inputs))).max() > 1e-3


def test_an_activation_is_applied():
    assert numpy_of(convolution(4, 3, "a", 1, activation="relu")(random_inputs(2, 5, 3))).min() == 0
