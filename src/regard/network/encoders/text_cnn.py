"""Convolutions of several widths, in parallel."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from regard.config.checks import at_least, each_once, not_empty
from regard.network.encoders import ENCODERS, Encoder

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


@dataclass
class CnnConfig:
    """The settings of the convolutions."""

    kernel_sizes: list[int]
    filters: int

    def __post_init__(self) -> None:
        not_empty("model.cnn.kernel_sizes", self.kernel_sizes)
        for size in self.kernel_sizes:
            at_least("model.cnn.kernel_sizes", size, 1)
        each_once("model.cnn.kernel_sizes", self.kernel_sizes)
        at_least("model.cnn.filters", self.filters, 1)


def build(
    vectors: Tensor, mask: Tensor, settings: CnnConfig, *, seed: int
) -> tuple[Tensor, Tensor]:
    """Apply filters of each width to every few consecutive tokens.

    Args:
        vectors: `(batch, timesteps, features)`, padded on the right.
        mask: `(batch, timesteps)` bool, True at real tokens.
        settings: the widths, and the number of filters of each.
        seed: of the initial weights.

    Returns:
        `(batch, timesteps, widths * filters)`, and the mask.

    Reference:
        Kim (2014), Convolutional neural networks for sentence classification, EMNLP.
    """
    import keras

    from regard.network.layers.convolution import convolution, zero_at_padding

    vectors = zero_at_padding(vectors, mask)
    convolved = [
        convolution(settings.filters, size, f"convolution_{size}", seed, activation="relu")(vectors)
        for size in settings.kernel_sizes
    ]
    if len(convolved) == 1:
        return convolved[0], mask
    return keras.layers.Concatenate(name="convolutions")(convolved), mask


ENCODERS["cnn"] = Encoder(CnnConfig, build)
