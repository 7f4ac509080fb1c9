"""Poolings: from the sequence of a text to one vector, without its padding."""

from typing import Any, TypeAlias

import keras
from keras import ops

from regard.network.layers.attention import attend, softmax_weights

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


@keras.saving.register_keras_serializable(package="regard")
class MaskedMeanPooling(keras.layers.Layer):  # type: ignore[misc]
    """Attention with equal scores: the mean over the real tokens.

        weights = 1 / number of real tokens
        context = sum(weights * x)

    Masking: as `FeedForwardAttention`; a text without a real token becomes zeros.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.

    Returns:
        `(batch, features)`.

    Example:
        [[4.0], [8.0], [9.0]], mask [True, True, False] -> [6.0]
    """

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the means."""
        scores = ops.zeros(ops.shape(inputs)[:2])
        weights = softmax_weights(scores, mask)
        return attend(weights, inputs)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: no timesteps are left."""


@keras.saving.register_keras_serializable(package="regard")
class MaskedMaxPooling(keras.layers.Layer):  # type: ignore[misc]
    """Attention by feature, with all weight on its greatest value: the maximum over real tokens.

        context[f] = max(x[:, f])

    Masking: as `FeedForwardAttention`; a text without a real token becomes zeros.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.

    Returns:
        `(batch, features)`.

    Example:
        [[4.0, 7.0], [8.0, 1.0], [9.0, 9.0]], mask [True, True, False] -> [8.0, 7.0]
    """

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the maxima."""
        if mask is None:
            return ops.max(inputs, axis=1)
        greatest = ops.max(ops.where(mask[:, :, None], inputs, float("-inf")), axis=1)
        return ops.where(ops.any(mask, axis=1, keepdims=True), greatest, 0.0)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: no timesteps are left."""


@keras.saving.register_keras_serializable(package="regard")
class LastPooling(keras.layers.Layer):  # type: ignore[misc]
    """Attention with all weight on the last real token.

        weights = 1 at the last real token, 0 elsewhere
        context = sum(weights * x)

    Masking: as `FeedForwardAttention`; a text without a real token becomes zeros.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.

    Returns:
        `(batch, features)`.

    Example:
        [[4.0], [8.0], [9.0]], mask [True, True, False] -> [8.0]
    """

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the last real timesteps."""
        if mask is None:
            return inputs[:, -1]
        positions = ops.arange(ops.shape(inputs)[1])
        last = ops.max(ops.where(mask, positions, -1), axis=1, keepdims=True)
        weights = ops.equal(positions, last)
        return attend(weights, inputs)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: no timesteps are left."""
