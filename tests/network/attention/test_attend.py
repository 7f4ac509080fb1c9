import numpy as np
import pytest
from helpers.layers import numpy_of, random_inputs

from regard.network.attention import attend

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def test_attend_by_hand():
    values = np.float32([[[4, 1], [8, 3]]])
    np.testing.assert_allclose(numpy_of(attend(np.float32([[0.25, 0.75]]), values)), [[7.0, 2.5]])
    heads = np.float32([[[0.25, 0.75], [1, 0]]])
    np.testing.assert_allclose(numpy_of(attend(heads, values)), [[7.0, 2.5, 4.0, 1.0]])


def test_the_sums_have_the_dtype_of_the_values():
    found = attend(np.float32([[0.5, 0.5]]), random_inputs(1, 2, 3).astype(np.float16))
    assert numpy_of(found).dtype == np.float16
