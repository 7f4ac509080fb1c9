"""The dot product of key and query, divided by the square root of their features."""

import math
from collections.abc import Mapping

from regard.network.attention.scores import SCORES, Score, Tensor, dot


def compute(keys: Tensor, query: Tensor | None, weights: Mapping[str, Tensor]) -> Tensor:
    """Return `key . query / sqrt(features)`.

    The sum of many products has a large variance, and large scores leave the weights almost
    without gradients; the division keeps the variance of one product.

    Args:
        keys: `(batch, timesteps, features)` float32.
        query: `(batch, features)` float32, or None.
        weights: those of the score `dot`.

    Returns:
        `(batch, heads, timesteps)` float32.

    Example:
        keys [[[1, 0, 0, 0], [1, 1, 0, 0]]], query [[2, 4, 0, 0]] -> [[[1, 3]]]

    Reference:
        Vaswani et al. (2017), Attention Is All You Need, NeurIPS.
    """
    return dot.compute(keys, query, weights) / math.sqrt(keys.shape[-1])


SCORES["scaled_dot"] = Score(dot.shapes, compute, separates_heads=False)
