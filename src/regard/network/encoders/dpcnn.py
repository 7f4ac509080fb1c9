"""The deep pyramid of convolutions."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from regard.config.checks import at_least
from regard.network.encoders import ENCODERS, Encoder

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor

_LOWEST = -1e4  # less than any feature, and within float16


@dataclass
class DpcnnConfig:
    """The settings of the pyramid."""

    filters: int
    n_blocks: int

    def __post_init__(self) -> None:
        at_least("model.dpcnn.filters", self.filters, 1)
        at_least("model.dpcnn.n_blocks", self.n_blocks, 0)


def build(
    vectors: Tensor, mask: Tensor, settings: DpcnnConfig, *, seed: int
) -> tuple[Tensor, Tensor]:
    """Halve the timesteps several times, with two convolutions and a shortcut each time.

    Args:
        vectors: `(batch, timesteps, features)`, padded on the right.
        mask: `(batch, timesteps)` bool, True at real tokens.
        settings: the number of filters, and how many times timesteps are halved.
        seed: of the initial weights.

    Returns:
        `(batch, shorter, filters)` and its mask `(batch, shorter)`, where `shorter` is `timesteps /
        2 ** n_blocks`, rounded up.

    Reference:
        Johnson & Zhang (2017), Deep pyramid convolutional neural networks for text categorization,
        ACL.
    """
    from regard.network.layers.convolution import convolution, zero_at_padding

    region = convolution(settings.filters, 3, "region_embedding", seed)
    sequence = region(zero_at_padding(vectors, mask))
    sequence = sequence + _two_convolutions(sequence, mask, settings, "block_0", seed)
    for block in range(1, settings.n_blocks + 1):
        sequence, mask = _halved(sequence, mask)
        sequence = sequence + _two_convolutions(sequence, mask, settings, f"block_{block}", seed)
    return sequence, mask


def _two_convolutions(
    sequence: Tensor, mask: Tensor, settings: DpcnnConfig, name: str, seed: int
) -> Tensor:
    from keras import ops

    from regard.network.layers.convolution import convolution, zero_at_padding

    for number in (1, 2):
        active = zero_at_padding(ops.relu(sequence), mask)
        sequence = convolution(settings.filters, 3, f"{name}_convolution_{number}", seed)(active)
    return sequence


def _halved(sequence: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The maximum of every other timestep and the two after it, of real timesteps only.

    Example:
        one feature, timesteps [3, 1, 4, 1, 5] -> [4, 5, 5]
    """
    from keras import ops

    # By hand: the windows of a pooling layer that pads would start elsewhere with another length of
    # the batch.
    real = ops.where(mask[:, :, None], sequence, _LOWEST)
    padded = ops.pad(real, [[0, 0], [0, 2], [0, 0]], constant_values=_LOWEST)
    first, second, third = padded[:, :-2:2], padded[:, 1:-1:2], padded[:, 2::2]
    return ops.maximum(ops.maximum(first, second), third), mask[:, ::2]


ENCODERS["dpcnn"] = Encoder(DpcnnConfig, build, keeps_timesteps=False)
