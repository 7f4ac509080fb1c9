"""Convolutions over the timesteps of padded texts, whose results do not depend on the padding.

Before every convolution the padding is set to zero, as a convolution also sees zeros beyond the
ends of a text. So a text gives the same result alone and in a batch with longer ones.
"""

from typing import Any, TypeAlias

import keras
from keras import ops

from regard.artefacts.seeds import derive_seed

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def zero_at_padding(sequence: Tensor, mask: Tensor) -> Tensor:
    """Set the features of padding to zero.

    Args:
        sequence: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool, True at real tokens.

    Example:
        [[1.0], [2.0], [9.0]], mask [True, True, False] -> [[1.0], [2.0], [0.0]]
    """
    return ops.where(mask[:, :, None], sequence, 0.0)


def convolution(
    filters: int, kernel_size: int, name: str, seed: int, *, activation: str | None = None
) -> keras.layers.Layer:
    """Return a convolution that keeps the number of timesteps, with seeded initial weights.

    Args:
        filters: the number of features of the output.
        kernel_size: how many timesteps a filter sees.
        name: of the layer; its initial weights derive their seed from it.
        seed: of the model.
        activation: a name of Keras; None for none.
    """
    return keras.layers.Conv1D(
        filters,
        kernel_size,
        padding="same",
        activation=activation,
        # He's initial weights, because a relu comes before or after every convolution.
        kernel_initializer=keras.initializers.HeNormal(seed=derive_seed(seed, name)),
        name=name,
    )
