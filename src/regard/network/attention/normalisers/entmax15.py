"""Entmax with alpha 1.5: halfway between softmax (1) and sparsemax (2)."""

from regard.network.attention.normalisers import (
    NORMALISERS,
    Tensor,
    below_maximum,
    zero_at_padding,
)


def entmax15(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Turn scores into weights `max(s / 2 - t, 0) ** 2`, with the `t` for which they sum to one.

    Tokens with low scores have no weight, as with sparsemax, but weights change smoothly.

    Args:
        scores: `(..., timesteps)`.
        mask: bool, broadcasts to the scores; None if every timestep is a real token.

    Returns:
        `(..., timesteps)` float32, zero at padding; a row without a real token is all zeros.

    Example:
        entmax15([[0.4, 0.0, -1.2]]) -> [[0.64, 0.36, 0.0]], where t = -0.6

    Reference:
        Peters, Niculae and Martins (2019), Sparse Sequence-to-Sequence Models, ACL; exact by
        sorting, their algorithm 2.
    """
    from keras import ops

    # A half of 1 below the maximum has no weight, so lower ones can be raised to 2 below it: their
    # squares stay small.
    halves = ops.maximum(below_maximum(scores, mask) / 2.0, -2.0)
    ordered = -ops.sort(-ops.stop_gradient(halves), axis=-1)
    # The t of the first n, for each n; numbers above theirs have weights.
    ranks = ops.cumsum(ops.ones_like(ordered), axis=-1)
    thresholds = _threshold(
        ops.cumsum(ordered, axis=-1), ops.cumsum(ordered * ordered, axis=-1), ranks
    )
    lowest = ops.min(ops.where(ordered > thresholds, ordered, 0.0), axis=-1, keepdims=True)
    # Again from the scores that have weights, so that gradients reach them.
    has_weight = ops.cast(ops.stop_gradient(halves) >= lowest, "float32")
    chosen = halves * has_weight
    threshold = _threshold(
        ops.sum(chosen, axis=-1, keepdims=True),
        ops.sum(chosen * chosen, axis=-1, keepdims=True),
        ops.sum(has_weight, axis=-1, keepdims=True),
    )
    return zero_at_padding(ops.square(ops.relu(halves - threshold)), mask)


def _threshold(sums: Tensor, squares: Tensor, n: Tensor) -> Tensor:
    """Return the `t` for which `(s - t) ** 2` of n numbers `s` sum to one.

    n t^2 - 2 sum(s) t + sum(s^2) = 1 has the solution t = mean - sqrt((1 - n variance) / n).
    """
    from keras import ops

    mean = sums / n
    discriminant = (1.0 - (squares - sums * mean)) / n
    # Not positive only where there are too many numbers, so that no t exists. There t is the mean,
    # which the lowest is below; the root of zero would have an infinite gradient.
    is_real = discriminant > 0.0
    root = ops.sqrt(ops.where(is_real, discriminant, 1.0))
    return mean - ops.where(is_real, root, 0.0)


NORMALISERS["entmax15"] = entmax15
