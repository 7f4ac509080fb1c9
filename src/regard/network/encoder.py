"""The encoder of a text: its word vectors -> the layers of `model.encoder` -> poolings.

Between the two, the entries of `model.sequence_attention` change the sequence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from regard.artefacts.seeds import derive_seed
from regard.network.encoders import ENCODERS
from regard.network.layers.seeded import dropout
from regard.network.layers.sentences import IsAmong
from regard.network.poolings import POOLINGS
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS
from regard.text import PAD

if TYPE_CHECKING:
    from regard.config import NetworkConfig


def build_encoder(
    config: NetworkConfig,
    embedding_dim: int,
    max_tokens: int,
    seed: int,
    *,
    name: str,
    sentence_ends: Sequence[int] = (),
) -> keras.Model:
    """Build the layers that one text goes through.

    Args:
        config: the architecture.
        embedding_dim: the number of features of the word vectors.
        max_tokens: the length of the longest text, for an attention bias per timestep.
        seed: of the initial weights and of dropout.
        name: of the encoder in the network.
        sentence_ends: the ids of the tokens that end a sentence, for encoders that read them.

    Returns:
        A model from word vectors `(batch, timesteps, embedding_dim)` and token ids `(batch,
        timesteps)` to features `(batch, features)`.
    """
    vectors = keras.Input((None, embedding_dim), name="vectors")
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    kept = dropout(
        vectors, config.embedding_dropout, "embedding_dropout", seed, whole_features=True
    )
    sequence, mask = _encoded(kept, token_ids, config, seed, sentence_ends)
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


def _encoded(
    vectors: Any, token_ids: Any, config: NetworkConfig, seed: int, sentence_ends: Sequence[int]
) -> tuple[Any, Any]:
    """The sequence of the encoder, changed by each sequence attention; and its mask."""
    encoder = ENCODERS[config.encoder]
    context = {}
    if encoder.reads_sentence_ends:
        context["sentence_ends"] = IsAmong(sentence_ends, name="sentence_ends")(token_ids)
    sequence, mask = encoder.build(
        vectors,
        # Not by mask_zero: Keras drops that mask at plain operators, without a warning.
        ops.not_equal(token_ids, PAD),
        config.encoder_settings,
        seed=derive_seed(seed, config.encoder),
        **context,
    )
    for name in config.sequence_attention:
        attention = SEQUENCE_ATTENTIONS[name]
        own_seed = derive_seed(seed, name)
        sequence = attention.build(sequence, mask, getattr(config, name), seed=own_seed)
    return sequence, mask
