"""CBAM: weights of features by their means and maxima, then weights of timesteps."""

from dataclasses import dataclass
from typing import Any

from regard.artefacts.seeds import derive_seed
from regard.config.checks import at_least
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS, SequenceAttention


@dataclass
class CbamConfig:
    """The settings of both halves."""

    ratio: int = 8
    kernel_size: int = 7

    def __post_init__(self) -> None:
        at_least("model.cbam.ratio", self.ratio, 1)
        at_least("model.cbam.kernel_size", self.kernel_size, 1)


def build(sequence: Any, mask: Any, settings: CbamConfig, *, seed: int) -> Any:
    """Weigh the features, then the timesteps: layers `cbam_channel` and `cbam_spatial`.

    Args:
        sequence: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool, True at real timesteps.
        settings: the ratio of the channel half, the size of the kernel of the spatial half.
        seed: of the initial weights.

    Returns:
        `(batch, timesteps, features)`.

    Reference:
        Woo et al. (2018), CBAM: Convolutional Block Attention Module, ECCV.
    """
    from regard.network.layers.channel_attention import ChannelAttention
    from regard.network.layers.spatial_attention import SpatialAttention

    channel = ChannelAttention(
        settings.ratio, use_max=True, seed=derive_seed(seed, "channel"), name="cbam_channel"
    )
    spatial = SpatialAttention(
        settings.kernel_size, seed=derive_seed(seed, "spatial"), name="cbam_spatial"
    )
    return spatial(channel(sequence, mask=mask), mask=mask)


SEQUENCE_ATTENTIONS["cbam"] = SequenceAttention(CbamConfig, build)
