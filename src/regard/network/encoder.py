"""The encoder of a text: its word vectors -> the layers of `model.encoder` and
`model.sequence_attention` -> poolings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from keras import ops

from regard.artefacts.seeds import derive_seed
from regard.network.encoders import ENCODERS
from regard.network.layers.seeded import dropout
from regard.network.poolings import POOLINGS
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS
from regard.text import PAD

if TYPE_CHECKING:
    from regard.config import NetworkConfig


def build_encoder(
    config: NetworkConfig, embedding_dim: int, max_tokens: int, seed: int, *, name: str
) -> keras.Model:
    """Build the layers that one text goes through.

    Args:
        config: the architecture.
        embedding_dim: the number of features of the word vectors.
        max_tokens: the length of the longest text, for an attention bias per timestep.
        seed: of the initial weights and of dropout.
        name: of the encoder in the network.

    Returns:
        A model from word vectors `(batch, timesteps, embedding_dim)` and token ids `(batch,
        timesteps)` to features `(batch, features)`.
    """
    vectors = keras.Input((None, embedding_dim), name="vectors")
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
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
    for attention in config.sequence_attention:
        sequence = SEQUENCE_ATTENTIONS[attention].build(
            sequence, mask, getattr(config, attention), seed=derive_seed(seed, attention)
        )
    # An encoder without layers returns the vectors themselves: there is nothing to skip.
    if config.skip_connection and sequence is not kept:
        sequence = keras.layers.Concatenate(name="skip_connection")([sequence, kept])
    sequence = dropout(sequence, config.sequence_dropout, "sequence_dropout", seed)
    pooled = [
        POOLINGS[pooling](config, max_tokens=max_tokens, seed=seed)(sequence, mask=mask)
        for pooling in config.pooling
    ]
    features = keras.layers.Concatenate(name="pooled")(pooled) if len(pooled) > 1 else pooled[0]
    return keras.Model([vectors, token_ids], features, name=name)
