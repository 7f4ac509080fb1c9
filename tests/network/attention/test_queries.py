import numpy as np
import pytest
from helpers.layers import numpy_of

from regard.network.attention.queries import QUERIES

pytestmark = pytest.mark.slow  # importing Keras takes seconds


@pytest.mark.parametrize(("name", "expected"), [("last", [[8.0]]), ("mean", [[6.0]])])
def test_queries_by_hand(name, expected):
    keys, mask = np.float32([[[4], [8], [9]]]), np.array([[True, True, False]])
    np.testing.assert_allclose(numpy_of(QUERIES[name].of_text(keys, mask)), expected)


def test_a_learned_query_is_not_that_of_a_text():
    assert QUERIES["learned"].of_text is None
