"""The encoder of a text: its word vectors -> the layers of `model.encoder` -> poolings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import keras
from keras import ops

from regard.artefacts.seeds import derive_seed
from regard.network.alignment import ALIGNMENTS
from regard.network.encoders import ENCODERS
from regard.network.layers.seeded import dropout
from regard.network.poolings import POOLINGS
from regard.text import PAD

if TYPE_CHECKING:
    from regard.config import NetworkConfig

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def build_encoder(
    config: NetworkConfig,
    embedding_dim: int,
    max_tokens: int,
    seed: int,
    *,
    name: str,
    paired: bool = False,
) -> keras.Model:
    """Build the layers that one text goes through.

    Args:
        config: the architecture.
        embedding_dim: the number of features of the word vectors.
        max_tokens: the length of the longest text, for an attention bias per timestep.
        seed: of the initial weights and of dropout.
        name: of the encoder in the network.
        paired: align the two texts of pairs by `model.pair.alignment`. The rows of a batch are then
            all first texts followed by all second ones.

    Returns:
        A model from word vectors `(batch, timesteps, embedding_dim)` and token ids `(batch,
        timesteps)` to features `(batch, features)`.
    """
    vectors = keras.Input((None, embedding_dim), name="vectors")
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    sequence, mask = encoded(vectors, token_ids, config, seed)
    if paired:
        alignment = config.pair.alignment
        sequence = ALIGNMENTS[alignment].build(
            sequence, mask, config.pair, seed=derive_seed(seed, alignment)
        )
    features = pooled(sequence, mask, config, max_tokens, seed)
    return keras.Model([vectors, token_ids], features, name=name)


def encoded(
    vectors: Tensor, token_ids: Tensor, config: NetworkConfig, seed: int
) -> tuple[Tensor, Tensor]:
    """Apply the layers of `model.encoder`, before any pooling.

    Args:
        vectors: `(batch, timesteps, embedding_dim)` word vectors.
        token_ids: `(batch, timesteps)` int32, which tell the padding.
        config: the architecture.
        seed: of the initial weights and of dropout.

    Returns:
        The sequence `(batch, timesteps, features)` and its mask `(batch, timesteps)` bool.
    """
    kept = dropout(
        vectors, config.embedding_dropout, "embedding_dropout", seed, whole_features=True
    )
    sequence, mask = ENCODERS[config.encoder].build(
        kept,
        # Not by mask_zero: Keras drops that mask at plain operators, without a warning.
        ops.not_equal(token_ids, PAD),
        config.encoder_settings,
        seed=derive_seed(seed, config.encoder),
    )
    # An encoder without layers returns the vectors themselves: there is nothing to skip.
    if config.skip_connection and sequence is not kept:
        sequence = keras.layers.Concatenate(name="skip_connection")([sequence, kept])
    return dropout(sequence, config.sequence_dropout, "sequence_dropout", seed), mask


def pooled(
    sequence: Tensor, mask: Tensor, config: NetworkConfig, max_tokens: int, seed: int
) -> Tensor:
    """Apply the poolings and concatenate their results.

    Args:
        sequence: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.
        config: the architecture.
        max_tokens: the length of the longest text, for an attention bias per timestep.
        seed: of the initial weights.

    Returns:
        `(batch, poolings * features)`.
    """
    parts = [
        POOLINGS[pooling](config, max_tokens=max_tokens, seed=seed)(sequence, mask=mask)
        for pooling in config.pooling
    ]
    return keras.layers.Concatenate(name="pooled")(parts) if len(parts) > 1 else parts[0]
