import keras
import numpy as np
import pytest
from helpers.layers import gradient, numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from keras import ops

from regard.network.attention.normalisers import NORMALISERS
from regard.network.attention.normalisers.entmax15 import entmax15
from regard.network.attention.normalisers.sigmoid import sigmoid
from regard.network.attention.normalisers.softmax import softmax
from regard.network.attention.normalisers.sparsemax import sparsemax

pytestmark = pytest.mark.slow  # importing Keras takes seconds

EACH = pytest.mark.parametrize("name", NORMALISERS)
# Entmax of alpha: softmax and sparsemax are its ends.
ALPHAS = {"softmax": 1.0, "entmax15": 1.5, "sparsemax": 2.0}
ROWS = arrays(np.float32, (3, 7), elements=st.floats(-8, 8, width=32))


def by_bisection(scores: np.ndarray, alpha: float) -> np.ndarray:
    """Weights `max((alpha - 1) s - t, 0) ** (1 / (alpha - 1))`, with t found by halving."""
    scaled = (alpha - 1.0) * scores.astype(np.float64)
    highest = scaled.max(axis=-1, keepdims=True)
    low, high = highest - 1.0, highest
    for _ in range(60):
        middle = (low + high) / 2
        weights = np.maximum(scaled - middle, 0.0) ** (1.0 / (alpha - 1.0))
        is_low = weights.sum(axis=-1, keepdims=True) > 1.0
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return weights


@pytest.mark.parametrize(
    ("normalise", "scores", "expected"),
    [
        (softmax, np.log([1.0, 3.0]), [0.25, 0.75]),
        (sparsemax, [1.0, 0.6, -0.5], [0.7, 0.3, 0.0]),
        (entmax15, [0.4, 0.0, -1.2], [0.64, 0.36, 0.0]),
        (sigmoid, [0.0, 20.0, 40.0], [0.2, 0.4, 0.4]),
    ],
)
def test_by_hand(normalise, scores, expected):
    np.testing.assert_allclose(numpy_of(normalise([scores])), [expected], atol=1e-6)
    padded = normalise([[*scores, 100.0]], [[*[True] * len(scores), False]])
    np.testing.assert_allclose(numpy_of(padded), [[*expected, 0.0]], atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(ROWS, st.sampled_from(["sparsemax", "entmax15"]))
def test_sorting_finds_the_threshold_of_bisection(scores, name):
    found = numpy_of(NORMALISERS[name](scores))
    np.testing.assert_allclose(found, by_bisection(scores, ALPHAS[name]), atol=2e-6)


@EACH
@settings(max_examples=20, deadline=None)
@given(
    scores=arrays(np.float32, (4, 3, 6), elements=st.floats(-9, 9, width=32)),
    lengths=st.lists(st.integers(0, 6), min_size=4, max_size=4),
    scale=st.sampled_from([0.0, 1.0, 1e4, 1e30]),
    poison=st.sampled_from([-1e30, 1e30]),
)
def test_weights_sum_to_one_over_the_real_tokens(name, scores, lengths, scale, poison):
    mask = right_padded(lengths, 6)[:, None]
    scores = np.where(mask, scores * np.float32(scale), np.float32(poison))
    weights = numpy_of(NORMALISERS[name](scores, mask))
    assert weights.dtype == np.float32
    assert np.isfinite(weights).all()
    assert (weights >= 0.0).all()
    assert (weights[np.broadcast_to(~mask, weights.shape)] == 0.0).all()
    sums = np.broadcast_to((np.array(lengths) > 0)[:, None], (4, 3))
    np.testing.assert_allclose(weights.sum(axis=-1), sums, atol=1e-5)
    # The higher of two scores has no less weight.
    order = np.argsort(scores, axis=-1, kind="stable")
    ordered = np.take_along_axis(np.where(mask, weights, np.nan), order, axis=-1)
    steps = np.diff(ordered, axis=-1)
    assert (steps[~np.isnan(steps)] >= -1e-6).all()


@EACH
@pytest.mark.parametrize("n_padding", [0, 1, 30, 700])
def test_one_real_token_has_all_weight(name, n_padding):
    mask = right_padded([1], 1 + n_padding)
    weights = numpy_of(NORMALISERS[name](random_inputs(1, 1 + n_padding), mask))
    np.testing.assert_array_equal(weights, mask.astype(np.float32))


@EACH
def test_padding_and_order_do_not_matter(name):
    scores, mask = 2 * random_inputs(2, 9), right_padded([9, 5], 9)
    expected = numpy_of(NORMALISERS[name](scores, mask))
    order = np.random.default_rng(2).permutation(9)
    shuffled = NORMALISERS[name](scores[:, order], mask[:, order])
    np.testing.assert_allclose(numpy_of(shuffled), expected[:, order], atol=1e-6)
    alone = NORMALISERS[name](scores[1:, :5])
    np.testing.assert_allclose(numpy_of(alone), expected[1:, :5], atol=1e-6)


@pytest.mark.parametrize("name", ["sparsemax", "entmax15"])
def test_low_scores_have_no_weight(name):
    weights = numpy_of(NORMALISERS[name](np.float32([[3.0, 2.5, 0.0, 2.4, -5.0]])))
    assert (weights[0] > 0.0).tolist() == [True, True, False, True, False]


@EACH
def test_float16_scores_are_weighted_in_float32(name):
    scores = np.array([[6e4, -6e4, 0.0], [6e4, 0.0, 1.0]], np.float16)
    mask = np.array([[False, False, True], [False, False, False]])
    weights = numpy_of(NORMALISERS[name](scores, mask))
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])


class WeightedSum(keras.layers.Layer):
    """The sum of some numbers by the weights of scores, `(batch, timesteps, 1)`."""

    def __init__(self, name: str, numbers: np.ndarray) -> None:
        super().__init__()
        self.normalise = NORMALISERS[name]
        self.numbers = numbers

    def call(self, inputs, mask=None):
        weights = self.normalise(inputs[:, :, 0], mask)
        return ops.sum(weights * self.numbers, axis=-1, keepdims=True)

    def compute_mask(self, inputs, previous_mask=None):
        return None


@pytest.mark.parametrize("name", ALPHAS)
def test_gradients_are_those_of_the_jacobian(name):
    numbers = np.float32([1.0, -2.0, 0.5, 4.0, 3.0])
    scores, mask = random_inputs(4, 5), right_padded([5, 3, 1, 0], 5)
    (found,) = gradient(WeightedSum(name, numbers), scores[:, :, None], mask)
    weights = numpy_of(NORMALISERS[name](scores, mask)).astype(np.float64)
    # The Jacobian is diag(g) - g g^T / sum(g), with g = weights ** (2 - alpha).
    powers = np.where(weights > 0.0, weights, 1.0) ** (2.0 - ALPHAS[name]) * (weights > 0.0)
    mean = (powers * numbers).sum(axis=1, keepdims=True) / np.maximum(
        powers.sum(axis=1, keepdims=True), 1e-9
    )
    np.testing.assert_allclose(found[:, :, 0], powers * (numbers - mean), atol=1e-5)


@EACH
@pytest.mark.parametrize("scale", [0.0, 1.0, 1e4])
def test_gradients_are_finite(name, scale):
    numbers = np.float32([1.0, -2.0, 0.5, 4.0])
    scores = np.float32(scale) * random_inputs(3, 4)
    mask = right_padded([4, 1, 0], 4)
    (found,) = gradient(WeightedSum(name, numbers), scores[:, :, None], mask)
    assert np.isfinite(found).all()
    assert not found[~mask].any()
