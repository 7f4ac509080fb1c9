"""Poolings: the choices of the setting model.pooling.

A pooling turns the sequence of a text, `(batch, timesteps, features)`, into one vector. Keras is
imported when a layer is built: settings are checked without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from regard.config import FinetunedEncoderConfig, NetworkConfig

    PoolingSettings: TypeAlias = NetworkConfig | FinetunedEncoderConfig


# Called as `build(config, max_tokens=..., seed=...)` with the settings of the network, the greatest
# number of timesteps of a text, and the seed of initial weights. Returns a layer that is called on
# a sequence with `mask=`, `(batch, timesteps)` bool, True at real tokens.
Pooling: TypeAlias = Callable[..., Any]


def attention(config: PoolingSettings, *, max_tokens: int, seed: int) -> Any:
    """Return attention by the settings of `model.attention`."""
    from regard.network.layers.attention import FeedForwardAttention
    from regard.network.layers.attention_pooling import AttentionPooling
    from regard.network.layers.seeded import glorot

    settings = config.attention
    options = {
        "use_bias": settings.use_bias,
        "max_timesteps": max_tokens if settings.use_bias else None,
        "kernel_initializer": glorot(seed, "attention"),
        "name": "attention",
    }
    if settings.is_feed_forward:
        return FeedForwardAttention(**options)
    return AttentionPooling(
        score=settings.score,
        query=settings.query,
        normaliser=settings.normaliser,
        n_heads=settings.n_heads,
        units=settings.units,
        head_penalty=settings.head_penalty,
        query_initializer=glorot(seed, "attention_query"),
        **options,
    )


def max_pooling(config: PoolingSettings, *, max_tokens: int, seed: int) -> Any:
    """Return the maximum over the real tokens."""
    from regard.network.layers.pooling import MaskedMaxPooling

    return MaskedMaxPooling(name="max_pooling")


def mean_pooling(config: PoolingSettings, *, max_tokens: int, seed: int) -> Any:
    """Return the mean over the real tokens."""
    from regard.network.layers.pooling import MaskedMeanPooling

    return MaskedMeanPooling(name="mean_pooling")


def first_pooling(config: PoolingSettings, *, max_tokens: int, seed: int) -> Any:
    """Return the first token."""
    from regard.network.layers.pooling import FirstPooling

    return FirstPooling(name="first_pooling")


def last_pooling(config: PoolingSettings, *, max_tokens: int, seed: int) -> Any:
    """Return the last real token."""
    from regard.network.layers.pooling import LastPooling

    return LastPooling(name="last_pooling")


POOLINGS: dict[str, Pooling] = {
    "attention": attention,
    "max": max_pooling,
    "mean": mean_pooling,
    "first": first_pooling,
    "last": last_pooling,
}


def pooled(sequence: Any, mask: Any, config: PoolingSettings, *, max_tokens: int, seed: int) -> Any:
    """Apply the poolings of `model.pooling` and concatenate their results.

    Args:
        sequence: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.
        config: names the poolings.
        max_tokens: the length of the longest text, for an attention bias per timestep.
        seed: of the initial weights.

    Returns:
        `(batch, poolings * features)`.
    """
    import keras

    # Timesteps of sentences have a fixed number, which may be greater than that of tokens.
    longest = sequence.shape[1] or max_tokens
    parts = [
        POOLINGS[pooling](config, max_tokens=longest, seed=seed)(sequence, mask=mask)
        for pooling in config.pooling
    ]
    return keras.layers.Concatenate(name="pooled")(parts) if len(parts) > 1 else parts[0]
