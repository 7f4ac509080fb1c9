"""Convolutions over the timesteps of padded texts, whose results do not depend on the padding.

Before every convolution the padding is made zero, as what a convolution sees beyond the ends of a
text is: so a text gives the same whether it stands alone or beside longer ones.
"""

from typing import Any, TypeAlias

import keras
from keras import ops

from regard.config import CnnConfig, DpcnnConfig
from regard.seeds import derive_seed

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor

_LOWEST = -1e4  # less than any feature, and within float16


def text_cnn(sequence: Tensor, mask: Tensor, config: CnnConfig, *, seed: int) -> Tensor:
    """Look at every few tokens in a row, by filters of several widths, side by side.

    Args:
        sequence: `(batch, timesteps, features)`, padded on the right.
        mask: `(batch, timesteps)` bool, True at real tokens.
        config: the widths, and the filters of each.
        seed: of the initial weights.

    Returns:
        `(batch, timesteps, widths * filters)`.

    Reference:
        Kim (2014), Convolutional neural networks for sentence classification, EMNLP.
    """
    sequence = _zero_at_padding(sequence, mask)
    convolved = [
        _convolution(config.filters, width, f"convolution_{width}", seed, activation="relu")(
            sequence
        )
        for width in config.kernel_sizes
    ]
    return (
        keras.layers.Concatenate(name="convolutions")(convolved)
        if len(convolved) > 1
        else convolved[0]
    )


def deep_pyramid(
    sequence: Tensor, mask: Tensor, config: DpcnnConfig, *, seed: int
) -> tuple[Tensor, Tensor]:
    """Halve the timesteps again and again, with two convolutions and a shortcut each time.

    Args:
        sequence: `(batch, timesteps, features)`, padded on the right.
        mask: `(batch, timesteps)` bool, True at real tokens.
        config: the filters, and how many times timesteps are halved.
        seed: of the initial weights.

    Returns:
        `(batch, shorter, filters)`, and the mask of it, `(batch, shorter)`: timesteps / 2 **
        n_blocks, rounded up.

    Reference:
        Johnson & Zhang (2017), Deep pyramid convolutional neural networks for text categorization,
        ACL.
    """
    sequence = _convolution(config.filters, 3, "region_embedding", seed)(
        _zero_at_padding(sequence, mask)
    )
    sequence = sequence + _two_convolutions(sequence, mask, config, "block_0", seed)
    for block in range(1, config.n_blocks + 1):
        sequence, mask = _halved(sequence, mask)
        sequence = sequence + _two_convolutions(sequence, mask, config, f"block_{block}", seed)
    return sequence, mask


def _two_convolutions(
    sequence: Tensor, mask: Tensor, config: DpcnnConfig, name: str, seed: int
) -> Tensor:
    for number in (1, 2):
        active = _zero_at_padding(ops.relu(sequence), mask)
        sequence = _convolution(config.filters, 3, f"{name}_convolution_{number}", seed)(active)
    return sequence


def _halved(sequence: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The maximum of every other timestep and the two after it; of a text's own timesteps only."""
    # By hand: the windows of a pooling layer that pads would start elsewhere with another length of
    # the batch.
    real = ops.where(mask[:, :, None], sequence, _LOWEST)
    padded = ops.pad(real, [[0, 0], [0, 2], [0, 0]], constant_values=_LOWEST)
    first, second, third = padded[:, :-2:2], padded[:, 1:-1:2], padded[:, 2::2]
    return ops.maximum(ops.maximum(first, second), third), mask[:, ::2]


def _zero_at_padding(sequence: Tensor, mask: Tensor) -> Tensor:
    return ops.where(mask[:, :, None], sequence, 0.0)


def _convolution(
    filters: int, width: int, name: str, seed: int, *, activation: str | None = None
) -> keras.layers.Layer:
    initializer = keras.initializers.HeNormal(seed=derive_seed(seed, name))
    return keras.layers.Conv1D(
        filters,
        width,
        padding="same",
        activation=activation,
        kernel_initializer=initializer,
        name=name,
    )
