import keras
import numpy as np
import pytest
from helpers.layers import numpy_of, right_padded

from regard.errors import ConfigError
from regard.network.encoders.text_cnn import CnnConfig, build

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def test_a_filter_sees_its_tokens_and_zeros_beyond_the_ends_of_a_text():
    vectors = keras.Input((None, 2))
    mask = keras.Input((None,), dtype="bool")
    sequence, _ = build(vectors, mask, CnnConfig([3], 1), seed=1)
    model = keras.Model([vectors, mask], sequence)
    # before, at, after
    kernel = np.array([[[1.0], [0.0]], [[10.0], [0.0]], [[100.0], [0.0]]], np.float32)
    model.get_layer("convolution_3").set_weights([kernel, np.zeros(1, np.float32)])
    text = np.full((1, 5, 2), 7.0, np.float32)
    text[0, :3, 0] = [1.0, 2.0, 3.0]
    found = numpy_of(model([text, right_padded([3], 5)]))[0, :3, 0]
    assert found.tolist() == [10.0 + 200.0, 1.0 + 20.0 + 300.0, 2.0 + 30.0]


def test_filters_of_all_sizes_are_concatenated():
    vectors = keras.Input((None, 2))
    mask = keras.Input((None,), dtype="bool")
    sequence, same_mask = build(vectors, mask, CnnConfig([2, 3, 5], 4), seed=1)
    assert sequence.shape == (None, None, 12)
    assert same_mask is mask


@pytest.mark.parametrize(
    ("sizes", "filters", "message"),
    [
        ([], 4, "model.cnn.kernel_sizes is empty"),
        ([3, 3], 4, "model.cnn.kernel_sizes names 3 twice"),
        ([0], 4, "model.cnn.kernel_sizes=0 is out of range"),
        ([3], 0, "model.cnn.filters=0 is out of range"),
    ],
)
def test_settings_out_of_range_are_refused(sizes, filters, message):
    with pytest.raises(ConfigError, match=message):
        CnnConfig(sizes, filters)
