import numpy as np
import pytest
from helpers.layers import numpy_of, random_inputs

from regard.network.attention.scores import SCORES, Sizes

pytestmark = pytest.mark.slow  # importing Keras takes seconds

KEYS = np.float32([[[1, 0], [1, 1]]])
QUERY = np.float32([[2, 3]])


def scores_of(name: str, keys, query=None, **weights) -> np.ndarray:
    given = {key: np.float32(value) for key, value in weights.items()}
    return numpy_of(SCORES[name].compute(np.float32(keys), query, given))


def test_feed_forward_by_hand():
    found = scores_of("feed_forward", [[[1, 0], [0, 1]]], kernel=[1, -1])
    np.testing.assert_allclose(found, np.tanh([[[1, -1]]]), atol=1e-6)
    biased = scores_of("feed_forward", [[[1, 0], [0, 1]]], kernel=[1, -1], bias=[2, 3, 4])
    np.testing.assert_allclose(biased, np.tanh([[[3, 2]]]), atol=1e-6)
    two = scores_of("feed_forward", [[[1, 0], [0, 1]]], kernel=[[1, 0], [-1, 2]])
    np.testing.assert_allclose(two, np.tanh([[[1, -1], [0, 2]]]), atol=1e-6)


def test_additive_by_hand():
    found = scores_of("additive", [[[1], [2]]], kernel=[[1]], vector=[[3]])
    np.testing.assert_allclose(found, 3 * np.tanh([[[1, 2]]]), atol=1e-6)
    asked = scores_of(
        "additive", [[[1], [2]]], np.float32([[5]]), kernel=[[1]], vector=[[3]], query_kernel=[[-1]]
    )
    np.testing.assert_allclose(asked, 3 * np.tanh([[[-4, -3]]]), atol=1e-6)


def test_dot_by_hand():
    np.testing.assert_allclose(scores_of("dot", KEYS, QUERY), [[[2, 5]]])
    learned = scores_of("dot", KEYS, learned_query=[[2, 0], [3, 1]])
    np.testing.assert_allclose(learned, [[[2, 5], [0, 1]]])


def test_scaled_dot_by_hand():
    keys = np.pad(KEYS, [(0, 0), (0, 0), (0, 2)])
    query = np.pad(QUERY, [(0, 0), (0, 2)])
    np.testing.assert_allclose(scores_of("scaled_dot", keys, query), [[[1, 2.5]]])


def test_bilinear_by_hand():
    found = scores_of("bilinear", KEYS, np.float32([[2]]), kernel=[[[3, 4]], [[1, 0]]])
    np.testing.assert_allclose(found, [[[6, 14], [2, 2]]])
    learned = scores_of("bilinear", KEYS, kernel=[[[3, 4]]], learned_query=[[2]])
    np.testing.assert_allclose(learned, [[[6, 14]]])


def test_bilinear_with_the_identity_is_dot():
    keys, query = random_inputs(2, 5, 3), random_inputs(2, 3)
    np.testing.assert_allclose(
        scores_of("bilinear", keys, query, kernel=np.eye(3)[None]),
        scores_of("dot", keys, query),
        atol=1e-5,
    )


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("query", [None, 3])
@pytest.mark.parametrize("heads", [1, 2])
def test_shapes_fit_the_computation(name, query, heads):
    score = SCORES[name]
    if query and not score.takes_query:
        pytest.skip("the query is learned")
    n_scores = heads if score.separates_heads or not query else 1
    weights = score.shapes(Sizes(features=3, heads=heads, query=query, units=5))
    values = {key: random_inputs(*shape) for key, shape in weights.items()}
    found = scores_of(name, random_inputs(2, 4, 3), query and random_inputs(2, query), **values)
    assert found.shape == (2, n_scores, 4)


def test_dot_needs_a_query_of_the_features_of_the_keys():
    with pytest.raises(ValueError, match=r"as many features as the keys, 3, not 4; use the score"):
        SCORES["dot"].shapes(Sizes(features=3, query=4))
