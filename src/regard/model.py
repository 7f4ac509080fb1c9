"""The network: word vectors -> recurrent layers -> pooling -> dense head."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from regard.attention import FeedForwardAttention, LastPooling, MaskedMaxPooling, MaskedMeanPooling
from regard.config import AttentionConfig, HeadConfig, ModelConfig
from regard.errors import ArtefactError
from regard.recurrent import recurrent
from regard.seeds import derive_seed
from regard.task import Task
from regard.text import PAD


def build_model(
    config: ModelConfig, embedding_matrix: np.ndarray, task: Task, *, max_tokens: int, seed: int
) -> keras.Model:
    """Build the network, not yet compiled.

    Padding changes nothing: recurrent layers run without a mask, since in a right-padded batch no real timestep can
    see the padding after it (the backward direction runs over each text reversed within its own length), and every
    pooling gets the mask.

    Args:
        config: the architecture.
        embedding_matrix: `(vocabulary_size, embedding_dim)` float32.
        task: gives the number of outputs and their activation.
        max_tokens: the longest text, for an attention bias per timestep.
        seed: of the initial weights and of dropout.

    Returns:
        A model from `{"token_ids": (batch, timesteps) int32}` to probabilities `(batch, outputs)` float32.
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.ops.not_equal(token_ids, PAD)
    embedding = keras.layers.Embedding(
        *embedding_matrix.shape, embeddings_initializer="zeros", trainable=config.trainable_embeddings, name="embedding"
    )
    vectors = embedding(token_ids)
    if config.embedding_dropout:
        vectors = keras.layers.SpatialDropout1D(
            config.embedding_dropout, seed=derive_seed(seed, "embedding_dropout"), name="embedding_dropout"
        )(vectors)
    sequence = recurrent(vectors, mask, config.rnn, seed=derive_seed(seed, "rnn"))
    if config.skip_connection:
        sequence = keras.layers.Concatenate(name="skip_connection")([sequence, vectors])
    sequence = _dropout(sequence, config.sequence_dropout, "sequence_dropout", seed)
    pooled = [_pooling(name, config.attention, max_tokens, seed)(sequence, mask=mask) for name in config.pooling]
    features = keras.layers.Concatenate(name="pooled")(pooled) if len(pooled) > 1 else pooled[0]
    features = _head(features, config.head, seed)
    outputs = keras.layers.Dense(
        task.n_outputs,
        activation=task.activation,
        kernel_initializer=_glorot(seed, "probabilities"),
        dtype="float32",
        name="probabilities",
    )(features)
    model = keras.Model({"token_ids": token_ids}, outputs, name=config.name)
    embedding.set_weights([embedding_matrix])
    return model


def attention_weights(model: keras.Model, token_ids: np.ndarray) -> np.ndarray | None:
    """Return how much each token of some texts weighs in a model's attention; None for a model without one.

    Args:
        model: from `build_model` or `load_model`.
        token_ids: `(batch, timesteps)` int32, padded on the right.

    Returns:
        `(batch, timesteps)` float32: zero at padding, each row's sum is one.
    """
    for layer in model.layers:
        if isinstance(layer, FeedForwardAttention):
            sequence, mask = keras.Model(model.input, layer.input)({"token_ids": token_ids})
            _, weights = layer(sequence, mask=mask, return_attention_scores=True)
            return np.asarray(keras.ops.convert_to_numpy(weights))
    return None


def load_model(path: Path) -> keras.Model:
    """Load a saved fold model for prediction.

    Raises:
        ArtefactError: the file is missing or is not a Keras model.
    """
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{path}: not a model that can be loaded ({error}); delete its run and train again"
        ) from error


def _pooling(name: str, attention: AttentionConfig, max_tokens: int, seed: int) -> Callable[..., Any]:
    if name == "attention":
        return FeedForwardAttention(
            use_bias=attention.use_bias,
            max_timesteps=max_tokens if attention.use_bias else None,
            kernel_initializer=_glorot(seed, "attention"),
            name="attention",
        )
    layers: dict[str, Callable[..., Any]] = {"max": MaskedMaxPooling, "mean": MaskedMeanPooling, "last": LastPooling}
    pooling: Callable[..., Any] = layers[name](name=f"{name}_pooling")
    return pooling


def _head(features: Any, config: HeadConfig, seed: int) -> Any:
    if config.units:
        features = keras.layers.Dense(
            config.units, activation="relu", kernel_initializer=_glorot(seed, "head"), name="head"
        )(features)
    features = _dropout(features, config.dropout, "head_dropout", seed)
    return keras.layers.BatchNormalization(name="head_norm")(features) if config.batch_norm else features


def _dropout(inputs: Any, rate: float, name: str, seed: int) -> Any:
    return keras.layers.Dropout(rate, seed=derive_seed(seed, name), name=name)(inputs) if rate else inputs


def _glorot(seed: int, name: str) -> keras.initializers.Initializer:
    return keras.initializers.GlorotUniform(seed=derive_seed(seed, name))
