"""The encoder: a text's word vectors -> recurrent or convolutional layers -> pooling."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from regard.config import AttentionConfig, ModelConfig
from regard.network.layers.attention import FeedForwardAttention
from regard.network.layers.convolutional import deep_pyramid, text_cnn
from regard.network.layers.pooling import LastPooling, MaskedMaxPooling, MaskedMeanPooling
from regard.network.layers.recurrent import recurrent
from regard.network.layers.seeded import dropout, glorot
from regard.seeds import derive_seed
from regard.text import PAD


def build_encoder(
    config: ModelConfig, embedding_dim: int, max_tokens: int, seed: int, *, name: str
) -> keras.Model:
    """Build what one text goes through.

    Args:
        config: the architecture.
        embedding_dim: of the word vectors that come in.
        max_tokens: the longest text, for an attention bias per timestep.
        seed: of the initial weights and of dropout.
        name: of the encoder in the network.

    Returns:
        A model from word vectors `(batch, timesteps, embedding_dim)` and token ids `(batch,
        timesteps)` to features `(batch, features)`.
    """
    inputs = [
        keras.Input((None, embedding_dim), name="vectors"),
        keras.Input((None,), dtype="int32", name="token_ids"),
    ]
    vectors, mask = inputs[0], ops.not_equal(inputs[1], PAD)
    if config.embedding_dropout:
        vectors = keras.layers.SpatialDropout1D(
            config.embedding_dropout,
            seed=derive_seed(seed, "embedding_dropout"),
            name="embedding_dropout",
        )(vectors)
    sequence, mask = _sequence(vectors, mask, config, seed)
    sequence = dropout(sequence, config.sequence_dropout, "sequence_dropout", seed)
    pooled = [
        _pooling(kind, config.attention, max_tokens, seed)(sequence, mask=mask)
        for kind in config.pooling
    ]
    features = keras.layers.Concatenate(name="pooled")(pooled) if len(pooled) > 1 else pooled[0]
    return keras.Model(inputs, features, name=name)


def _sequence(vectors: Any, mask: Any, config: ModelConfig, seed: int) -> tuple[Any, Any]:
    """What the poolings see, and where it is real."""
    if config.encoder == "dpcnn":
        return deep_pyramid(vectors, mask, config.dpcnn, seed=derive_seed(seed, "dpcnn"))
    if config.encoder == "cnn":
        sequence = text_cnn(vectors, mask, config.cnn, seed=derive_seed(seed, "cnn"))
    elif config.rnn.n_layers == 0:
        return vectors, mask
    else:
        sequence = recurrent(vectors, mask, config.rnn, seed=derive_seed(seed, "rnn"))
    if config.skip_connection:
        sequence = keras.layers.Concatenate(name="skip_connection")([sequence, vectors])
    return sequence, mask


def _pooling(
    kind: str, attention: AttentionConfig, max_tokens: int, seed: int
) -> Callable[..., Any]:
    if kind == "attention":
        return FeedForwardAttention(
            use_bias=attention.use_bias,
            max_timesteps=max_tokens if attention.use_bias else None,
            kernel_initializer=glorot(seed, "attention"),
            name="attention",
        )
    layers: dict[str, Callable[..., Any]] = {
        "max": MaskedMaxPooling,
        "mean": MaskedMeanPooling,
        "last": LastPooling,
    }
    pooling: Callable[..., Any] = layers[kind](name=f"{kind}_pooling")
    return pooling
