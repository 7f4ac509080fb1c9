import numpy as np
import pytest
from helpers.layers import numpy_of

from regard.network.layers.standardize import Standardize

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def test_numbers_are_standardized_missing_ones_are_the_mean_and_outliers_are_clipped():
    numbers = np.array([[3.0, np.nan], [1e9, -1e9]], np.float32)
    found = Standardize([1.0, 10.0], [2.0, 5.0])(numbers)
    assert numpy_of(found).tolist() == [[1.0, 0.0], [5.0, -5.0]]


def test_config_round_trip():
    layer = Standardize([1.0], [2.0], name="numbers")
    again = Standardize.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


def test_the_argument_of_version_0_4_is_understood():
    config = {"means": [1.0], "deviations": [2.0], "name": "numbers"}
    assert Standardize.from_config(config).stds.tolist() == [2.0]
    assert "deviations" in config  # it belongs to Keras
