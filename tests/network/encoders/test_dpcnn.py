import keras
import numpy as np
import pytest
from helpers.layers import numpy_of, right_padded

from regard.errors import ConfigError
from regard.network.encoders.dpcnn import DpcnnConfig, _halved, build

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def test_timesteps_are_halved_by_the_maximum_of_three():
    sequence = np.array([[3.0, 1.0, 4.0, 1.0, 5.0], [2.0, 1.0, 9.0, 9.0, 9.0]])[:, :, None]
    found, mask = map(numpy_of, _halved(sequence, right_padded([5, 2], 5)))
    assert mask.tolist() == [[True, True, True], [True, False, False]]
    assert found[0, :, 0].tolist() == [4.0, 5.0, 5.0]
    assert found[1, 0, 0] == 2.0


def test_a_pyramid_halves_the_timesteps_rounded_up():
    vectors = keras.Input((None, 2))
    mask = keras.Input((None,), dtype="bool")
    _, shorter = build(vectors, mask, DpcnnConfig(4, 2), seed=1)
    model = keras.Model([vectors, mask], shorter)
    found = numpy_of(model([np.ones((5, 8, 2)), right_padded([1, 2, 4, 5, 8], 8)]))
    assert found.sum(axis=1).tolist() == [1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("filters", "n_blocks", "message"),
    [(0, 1, "model.dpcnn.filters=0"), (4, -1, "model.dpcnn.n_blocks=-1")],
)
def test_settings_out_of_range_are_refused(filters, n_blocks, message):
    with pytest.raises(ConfigError, match=f"{message} is out of range"):
        DpcnnConfig(filters, n_blocks)
