"""Attention in parts: how keys are scored, the query they are scored by, how weights sum to one.

    scores = score(keys, query)          `scores`, `queries`
    weights = normalise(scores, mask)    `normalisers`
    context = attend(weights, values)    below

Each part is a registry, and each entry a module of its folder, imported on its own: a new score
needs its module and nothing else. The functions take tensors of any backend of Keras, which they
import when they are called, as settings are checked without it.
"""

from typing import Any, TypeAlias

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def attend(weights: Tensor, values: Tensor) -> Tensor:
    """Sum the values by their weights.

    Args:
        weights: `(batch, timesteps)`, or `(batch, heads, timesteps)`.
        values: `(batch, timesteps, features)`.

    Returns:
        `(batch, features)`, or the sums of all heads next to each other, `(batch, heads *
        features)`; of the values' dtype.

    Example:
        attend([[0.25, 0.75]], [[[4.0], [8.0]]]) -> [[7.0]]
    """
    from keras import ops

    rows = ops.cast(weights, values.dtype)
    if len(weights.shape) == 2:
        rows = rows[:, None, :]
    # A matrix product, since einsum("bt,btf->bf") is slower on TensorFlow, forward and backward.
    sums = ops.matmul(rows, values)
    return ops.reshape(sums, (-1, rows.shape[1] * values.shape[-1]))
