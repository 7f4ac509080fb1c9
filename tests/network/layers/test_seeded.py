import keras
import numpy as np
import pytest
from helpers.layers import numpy_of

from regard.network.layers.seeded import dropout, glorot

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def dropped(name: str, seed: int) -> list[bool]:
    """Which of a hundred features a dropout of a name and a seed drops first."""
    inputs = keras.Input((100,))
    model = keras.Model(inputs, dropout(inputs, 0.5, name, seed))
    return (numpy_of(model(np.ones((1, 100)), training=True))[0] == 0).tolist()


def test_dropout_is_drawn_by_its_name_and_seed():
    assert dropped("a", 1) == dropped("a", 1)
    assert dropped("a", 1) != dropped("b", 1)
    assert dropped("a", 1) != dropped("a", 2)


def test_a_rate_of_zero_adds_no_layer():
    inputs = keras.Input((2,))
    assert dropout(inputs, 0.0, "a", 1) is inputs


def test_an_initializer_is_drawn_by_its_name_and_seed():
    first, again, named, seeded = (
        numpy_of(glorot(seed, name)((3, 3)))
        for name, seed in (("a", 1), ("a", 1), ("b", 1), ("a", 2))
    )
    np.testing.assert_array_equal(first, again)
    assert (first != named).any()
    assert (first != seeded).any()
