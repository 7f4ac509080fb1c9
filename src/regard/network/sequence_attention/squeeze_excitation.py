"""Squeeze-and-excitation: weights of features, by two dense layers."""

from dataclasses import dataclass
from typing import Any

from regard.config.checks import at_least
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS, SequenceAttention


@dataclass
class SqueezeExcitationConfig:
    """The settings of squeeze-and-excitation."""

    ratio: int = 8

    def __post_init__(self) -> None:
        at_least("model.squeeze_excitation.ratio", self.ratio, 1)


def build(sequence: Any, mask: Any, settings: SqueezeExcitationConfig, *, seed: int) -> Any:
    """Weigh the features of each text, see `layers.channel_attention.ChannelAttention`.

    Args:
        sequence: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool, True at real timesteps.
        settings: the ratio.
        seed: of the initial weights.

    Returns:
        `(batch, timesteps, features)`.
    """
    from regard.network.layers.channel_attention import ChannelAttention

    layer = ChannelAttention(settings.ratio, seed=seed, name="squeeze_excitation")
    return layer(sequence, mask=mask)


SEQUENCE_ATTENTIONS["squeeze_excitation"] = SequenceAttention(SqueezeExcitationConfig, build)
