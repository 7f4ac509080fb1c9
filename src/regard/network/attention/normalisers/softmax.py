"""Softmax: every real token has some weight."""

from regard.network.attention.normalisers import (
    NORMALISERS,
    Tensor,
    below_maximum,
    zero_at_padding,
)


def softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Turn scores into weights that sum to one over the real tokens: `exp(s) / sum(exp(s))`.

    They are computed in float32 for scores of any dtype.

    Args:
        scores: `(..., timesteps)`.
        mask: bool, broadcasts to the scores; None if every timestep is a real token.

    Returns:
        `(..., timesteps)` float32, zero at padding; a row without a real token is all zeros.

    Example:
        softmax([[0.0, log(3.0), 7.0]], [[True, True, False]]) -> [[0.25, 0.75, 0.0]]
    """
    from keras import ops

    # Not by Keras's softmax, which warns of texts of one token, where a weight of one is right.
    powers = ops.exp(below_maximum(scores, mask))
    return zero_at_padding(powers / ops.sum(powers, axis=-1, keepdims=True), mask)


NORMALISERS["softmax"] = softmax
