"""Sparsemax: tokens with low scores have no weight at all."""

from regard.network.attention.normalisers import (
    NORMALISERS,
    Tensor,
    below_maximum,
    zero_at_padding,
)


def sparsemax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Turn scores into weights `max(s - t, 0)`, with the `t` for which they sum to one.

    These are the weights nearest to the scores by Euclidean distance.

    Args:
        scores: `(..., timesteps)`.
        mask: bool, broadcasts to the scores; None if every timestep is a real token.

    Returns:
        `(..., timesteps)` float32, zero at padding; a row without a real token is all zeros.

    Example:
        sparsemax([[1.0, 0.6, -0.5]]) -> [[0.7, 0.3, 0.0]], where t = 0.3

    Reference:
        Martins and Astudillo (2016), From Softmax to Sparsemax: A Sparse Model of Attention and
        Multi-Label Classification, ICML.
    """
    from keras import ops

    # A score of 1 below the maximum has no weight, so lower ones can be raised to 2 below it.
    scores = ops.maximum(below_maximum(scores, mask), -2.0)
    ordered = -ops.sort(-ops.stop_gradient(scores), axis=-1)
    # Of 0, -0.4, -1: if the first n have weights, t is (sum of them - 1) / n: -1, -0.7, -0.8.
    # -0.7 is below -0.4, but -0.8 is not below -1: two have weights, and -0.4 is the lowest.
    ranks = ops.cumsum(ops.ones_like(ordered), axis=-1)
    thresholds = (ops.cumsum(ordered, axis=-1) - 1.0) / ranks
    lowest = ops.min(ops.where(ordered > thresholds, ordered, 0.0), axis=-1, keepdims=True)
    # Again from the scores that have weights, so that gradients reach them.
    has_weight = ops.cast(ops.stop_gradient(scores) >= lowest, "float32")
    n = ops.sum(has_weight, axis=-1, keepdims=True)
    threshold = (ops.sum(scores * has_weight, axis=-1, keepdims=True) - 1.0) / n
    return zero_at_padding(ops.relu(scores - threshold), mask)


NORMALISERS["sparsemax"] = sparsemax
