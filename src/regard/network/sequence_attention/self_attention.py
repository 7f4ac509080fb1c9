"""Self-attention over the states of a text."""

from dataclasses import dataclass
from typing import Any

from regard.config.checks import at_least, rate
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS, SequenceAttention


@dataclass
class SelfAttentionConfig:
    """The settings of self-attention."""

    n_heads: int = 4
    key_dim: int = 32
    dropout: float = 0.1
    positions: bool = True

    def __post_init__(self) -> None:
        at_least("model.self_attention.n_heads", self.n_heads, 1)
        at_least("model.self_attention.key_dim", self.key_dim, 1)
        rate("model.self_attention.dropout", self.dropout)


def build(sequence: Any, mask: Any, settings: SelfAttentionConfig, *, seed: int) -> Any:
    """Mix the timesteps of each text, see `layers.self_attention.SelfAttention`.

    Args:
        sequence: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool, True at real timesteps.
        settings: the heads, the dropout, and whether positions are added.
        seed: of the initial weights and of dropout.

    Returns:
        `(batch, timesteps, features)`.
    """
    from regard.network.layers.self_attention import SelfAttention

    return SelfAttention(
        settings.n_heads,
        settings.key_dim,
        dropout=settings.dropout,
        positions=settings.positions,
        seed=seed,
        name="self_attention",
    )(sequence, mask=mask)


SEQUENCE_ATTENTIONS["self_attention"] = SequenceAttention(SelfAttentionConfig, build)
