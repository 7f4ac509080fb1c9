"""Normalised sigmoids: many tokens can have a large weight."""

from regard.network.attention.normalisers import NORMALISERS, Tensor
from regard.network.attention.normalisers.softmax import softmax


def sigmoid(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Turn scores into weights `sigmoid(s) / sum(sigmoid(s))`.

    Above zero, a higher score hardly gives more weight, so the weights spread over all tokens that
    matter instead of the one with the highest score. They are divided by their sum, since the
    context would otherwise grow with the length of the text.

    Args:
        scores: `(..., timesteps)`.
        mask: bool, broadcasts to the scores; None if every timestep is a real token.

    Returns:
        `(..., timesteps)` float32, zero at padding; a row without a real token is all zeros.

    Example:
        sigmoid([[0.0, 20.0, 40.0]]) -> [[0.2, 0.4, 0.4]]

    Reference:
        Chorowski et al. (2015), Attention-Based Models for Speech Recognition, NeurIPS: smoothing.
    """
    from keras import ops

    # The softmax of the logarithms, as the sum of sigmoids of low scores would be zero.
    return softmax(ops.log_sigmoid(ops.cast(scores, "float32")), mask)


NORMALISERS["sigmoid"] = sigmoid
