"""Poolings: from the sequence of a text to one vector, without its padding.

They are attention with other weights: the same for each token, or all of it on one. See
`regard.network.layers.attention` for the three lines.
"""

from typing import Any, TypeAlias

import keras
from keras import ops

from regard.network.layers.attention import attend, softmax_weights

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


class MaskedPooling(keras.layers.Layer):  # type: ignore[misc]
    """The base class of the poolings.

    Masking: as `FeedForwardAttention`; a text without a real token becomes zeros.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.

    Returns:
        `(batch, features)`.
    """

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: no timesteps are left."""


@keras.saving.register_keras_serializable(package="regard")
class MaskedMeanPooling(MaskedPooling):
    """Attention with equal scores: the mean over the real tokens.

        weights = 1 / number of real tokens
        context = sum(weights * x)

    Example:
        [[4.0], [8.0], [9.0]], mask [True, True, False] -> [6.0]
    """

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the means."""
        return mean_timestep(inputs, mask)


@keras.saving.register_keras_serializable(package="regard")
class MaskedMaxPooling(MaskedPooling):
    """Attention by feature, with all weight on its greatest value: the maximum over real tokens.

        context[f] = max(x[:, f])

    Example:
        [[4.0, 7.0], [8.0, 1.0], [9.0, 9.0]], mask [True, True, False] -> [8.0, 7.0]
    """

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the maxima."""
        # Without weights: one for each feature would take as much memory as the inputs.
        if mask is None:
            return ops.max(inputs, axis=1)
        greatest = ops.max(ops.where(mask[:, :, None], inputs, float("-inf")), axis=1)
        return ops.where(ops.any(mask, axis=1, keepdims=True), greatest, 0.0)


@keras.saving.register_keras_serializable(package="regard")
class FirstPooling(MaskedPooling):
    """Attention with all weight on the first token: of pretrained encoders, that of the whole text.

        context = x[0]

    Example:
        [[4.0], [8.0], [9.0]], mask [True, True, False] -> [4.0]
    """

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the first timesteps."""
        first = inputs[:, 0]
        return first if mask is None else first * ops.cast(mask[:, :1], first.dtype)


@keras.saving.register_keras_serializable(package="regard")
class LastPooling(MaskedPooling):
    """Attention with all weight on the last real token.

        scores = position of the token
        weights = 1 at the greatest score, 0 elsewhere
        context = sum(weights * x)

    Example:
        [[4.0], [8.0], [9.0]], mask [True, True, False] -> [8.0]
    """

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the last real timesteps."""
        return last_timestep(inputs, mask)


def mean_timestep(inputs: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean of the real timesteps, see `MaskedMeanPooling`."""
    scores = ops.zeros(ops.shape(inputs)[:2])
    weights = softmax_weights(scores, mask)
    return attend(weights, inputs)


def last_timestep(inputs: Tensor, mask: Tensor | None) -> Tensor:
    """Return the last real timestep, see `LastPooling`."""
    if mask is None:
        return inputs[:, -1]
    scores = ops.arange(ops.shape(inputs)[1])
    # -1 in a text without a real token: no timestep has this score, so the sum is zero.
    greatest = ops.max(ops.where(mask, scores, -1), axis=1, keepdims=True)
    weights = ops.equal(scores, greatest)
    return attend(weights, inputs)
