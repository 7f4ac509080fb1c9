"""The encoder of a text: its word vectors -> the layers of `model.encoder` -> poolings.

Between the two, the entries of `model.sequence_attention` change the sequence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import keras
from keras import ops

from regard.artefacts.seeds import derive_seed
from regard.network.alignment import ALIGNMENTS
from regard.network.encoders import ENCODERS
from regard.network.layers.seeded import dropout
from regard.network.layers.sentences import IsAmong
from regard.network.poolings import pooled
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS
from regard.text import PAD

if TYPE_CHECKING:
    from regard.config import NetworkConfig
    from regard.network.fold_inputs import FoldInputs

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def build_encoder(
    config: NetworkConfig,
    embedding_dim: int,
    reads: FoldInputs,
    *,
    max_tokens: int,
    seed: int,
    name: str,
) -> keras.Model:
    """Build the layers that one text goes through.

    The two texts of a pair are aligned by `model.pair.alignment`. The rows of a batch are then all
    first texts followed by all second ones.

    Args:
        config: the architecture.
        embedding_dim: the number of features of the word vectors.
        reads: the inputs of the network: whether its texts are a pair, and the tokens that end a
            sentence.
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
    # Called from here, not by a function between, so a traceback stays short.
    sequence, mask = ENCODERS[config.encoder].build(
        kept,
        # Not by mask_zero: Keras drops that mask at plain operators, without a warning.
        ops.not_equal(token_ids, PAD),
        config.encoder_settings,
        seed=derive_seed(seed, config.encoder),
        **_context(config, token_ids, reads),
    )
    sequence = _changed(sequence, mask, kept, config, seed=seed)
    if reads.paired:
        alignment = config.pair.alignment
        sequence = ALIGNMENTS[alignment].build(
            sequence, mask, config.pair, seed=derive_seed(seed, alignment)
        )
    features = pooled(sequence, mask, config, max_tokens=max_tokens, seed=seed)
    return keras.Model([vectors, token_ids], features, name=name)


def _context(config: NetworkConfig, token_ids: Tensor, reads: FoldInputs) -> dict[str, Tensor]:
    """Return what an encoder reads besides the word vectors."""
    if not ENCODERS[config.encoder].reads_sentence_ends:
        return {}
    return {"sentence_ends": IsAmong(reads.sentence_ends, name="sentence_ends")(token_ids)}


def _changed(
    sequence: Tensor, mask: Tensor, vectors: Tensor, config: NetworkConfig, *, seed: int
) -> Tensor:
    """Apply `model.sequence_attention`, the skip connection and the dropout to a sequence.

    Args:
        sequence: `(batch, timesteps, features)`, the output of the encoder.
        mask: `(batch, timesteps)` bool.
        vectors: `(batch, timesteps, embedding_dim)`, the input of the encoder.
        config: the architecture.
        seed: of the initial weights and of dropout.

    Returns:
        `(batch, timesteps, features)`.
    """
    for name in config.sequence_attention:
        attention = SEQUENCE_ATTENTIONS[name]
        sequence = attention.build(
            sequence, mask, getattr(config, name), seed=derive_seed(seed, name)
        )
    # An encoder without layers returns the vectors themselves: there is nothing to skip.
    if config.skip_connection and sequence is not vectors:
        sequence = keras.layers.Concatenate(name="skip_connection")([sequence, vectors])
    return dropout(sequence, config.sequence_dropout, "sequence_dropout", seed)
