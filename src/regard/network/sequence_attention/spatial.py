"""Spatial attention: weights of timesteps, by a convolution over them."""

from dataclasses import dataclass
from typing import Any

from regard.config.checks import at_least
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS, SequenceAttention


@dataclass
class SpatialConfig:
    """The settings of spatial attention."""

    kernel_size: int = 7

    def __post_init__(self) -> None:
        at_least("model.spatial.kernel_size", self.kernel_size, 1)


def build(sequence: Any, mask: Any, settings: SpatialConfig, *, seed: int) -> Any:
    """Weigh the timesteps of each text, see `layers.spatial_attention.SpatialAttention`.

    Args:
        sequence: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool, True at real timesteps.
        settings: the size of the kernel.
        seed: of the initial weights.

    Returns:
        `(batch, timesteps, features)`.
    """
    from regard.network.layers.spatial_attention import SpatialAttention

    layer = SpatialAttention(settings.kernel_size, seed=seed, name="spatial")
    return layer(sequence, mask=mask)


SEQUENCE_ATTENTIONS["spatial"] = SequenceAttention(SpatialConfig, build)
