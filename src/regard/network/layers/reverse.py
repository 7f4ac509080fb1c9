"""Texts reversed within their own lengths."""

from typing import Any, TypeAlias

import keras
from keras import ops

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


@keras.saving.register_keras_serializable(package="regard")
class ReverseWithinLength(keras.layers.Layer):  # type: ignore[misc]
    """Reverse each text within its own length; padding stays as it is.

    Applied twice it is the identity.

    Masking: needs a mask of right-padded texts, given explicitly (`mask=`), and passes none on.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.

    Returns:
        `(batch, timesteps, features)`.

    Example:
        [[1.0], [2.0], [3.0], [0.0]], mask [True, True, True, False] -> [[3.0], [2.0], [1.0], [0.0]]
    """

    def call(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Return the texts reversed."""
        batch, timesteps, features = ops.shape(inputs)
        positions = ops.arange(timesteps)
        lengths = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)
        # A text of 3 tokens in 4 timesteps: sources [2, 1, 0, 3].
        sources = ops.where(positions < lengths, lengths - 1 - positions, positions)
        # Whole rows of a flat matrix: on TensorFlow far faster than take_along_axis, forward and
        # backward.
        rows = sources + timesteps * ops.arange(batch)[:, None]
        return ops.take(ops.reshape(inputs, (-1, features)), rows, axis=0)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: recurrent layers run without one."""
