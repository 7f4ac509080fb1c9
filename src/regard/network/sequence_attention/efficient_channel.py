"""Efficient channel attention: weights of features, by a short convolution over them."""

from dataclasses import dataclass
from typing import Any

from regard.config.checks import at_least
from regard.errors import ConfigError
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS, SequenceAttention


@dataclass
class EfficientChannelConfig:
    """The settings of efficient channel attention."""

    kernel_size: int = 0

    def __post_init__(self) -> None:
        at_least("model.efficient_channel.kernel_size", self.kernel_size, 0)
        if self.kernel_size and self.kernel_size % 2 == 0:
            raise ConfigError(
                f"model.efficient_channel.kernel_size={self.kernel_size} has no middle; give an "
                "odd number, or 0 for one by the number of features"
            )


def build(sequence: Any, mask: Any, settings: EfficientChannelConfig, *, seed: int) -> Any:
    """Weigh the features of each text, see `layers.channel_attention.EfficientChannelAttention`.

    Args:
        sequence: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool, True at real timesteps.
        settings: the size of the kernel.
        seed: of the initial weights.

    Returns:
        `(batch, timesteps, features)`.
    """
    from regard.network.layers.channel_attention import EfficientChannelAttention

    layer = EfficientChannelAttention(settings.kernel_size, seed=seed, name="efficient_channel")
    return layer(sequence, mask=mask)


SEQUENCE_ATTENTIONS["efficient_channel"] = SequenceAttention(EfficientChannelConfig, build)
