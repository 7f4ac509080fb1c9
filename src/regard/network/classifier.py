"""The network: encoded texts, numbers and categories -> dense head -> outputs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from regard.artefacts.seeds import derive_seed
from regard.network.batching import token_ids_name
from regard.network.encoder import build_encoder
from regard.network.fold_inputs import FoldInputs
from regard.network.layers.release import Release
from regard.network.layers.seeded import dropout, glorot
from regard.network.layers.standardize import Standardize
from regard.network.pairs import combine
from regard.tasks import Task

if TYPE_CHECKING:
    from regard.config import FinetunedEncoderConfig, HeadConfig, NetworkConfig


def build_model(
    config: NetworkConfig,
    embedding_matrix: np.ndarray,
    task: Task,
    reads: FoldInputs,
    *,
    max_tokens: int,
    seed: int,
) -> keras.Model:
    """Build the network, not yet compiled.

    Every text goes through an encoder: the layers of `model.encoder` over its word vectors, then
    poolings. The two texts of a pair share one; other texts have an encoder each, over shared word
    vectors. The encodings, numbers and categories are concatenated for the head.

    Padding changes nothing: recurrent layers run without a mask, since in a right-padded batch no
    real timestep can see the padding after it (the backward direction runs over each text reversed
    within its own length), and convolutions and poolings get the mask.

    Args:
        config: the architecture.
        embedding_matrix: `(vocabulary_size, embedding_dim)` float32.
        task: gives the number of outputs and their activation.
        reads: the inputs.
        max_tokens: the length of the longest text, for an attention bias per timestep.
        seed: of the initial weights and of dropout.

    Returns:
        A model from the inputs that `batching.batch_inputs` makes to `(batch, outputs)` float32:
        probabilities, or numbers in the unit of the labels.
    """
    # Zeros until the end: an initializer with the matrix would be saved with the architecture.
    embedding = keras.layers.Embedding(
        *embedding_matrix.shape,
        # Set below: a constant initializer would be written into the config of a saved model.
        embeddings_initializer="zeros",
        trainable=config.trainable_embeddings,
        name="embedding",
    )
    names = [token_ids_name(index) for index in range(reads.n_texts)]
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in names}
    texts = list(inputs.values())
    vectors = _word_vectors(texts, embedding, config, seed)
    encode = _encode_pair if reads.paired else _encode_each
    parts = encode(texts, vectors, config, reads, max_tokens, seed)
    model = with_head(inputs, parts, config, task, reads, seed=seed)
    embedding.set_weights([embedding_matrix])
    return model


def with_head(
    inputs: dict[str, Any],
    parts: list[Any],
    config: NetworkConfig | FinetunedEncoderConfig,
    task: Task,
    reads: FoldInputs,
    *,
    seed: int,
) -> keras.Model:
    """Return the network from its inputs to the outputs of a task.

    Args:
        inputs: the inputs of texts by name; those of numbers and categories are added.
        parts: the encodings of the texts, each `(batch, features)`.
        config: the architecture.
        task: gives the number of outputs and their activation.
        reads: the inputs.
        seed: of the initial weights and of dropout.
    """
    parts = parts + _numbers_and_categories(inputs, reads, config.category_dim, seed)
    features = keras.layers.Concatenate(name="features")(parts) if len(parts) > 1 else parts[0]
    outputs = _outputs(_head(features, config.head, seed), task, reads, seed)
    return keras.Model(inputs, outputs, name=config.name)


def _word_vectors(
    texts: list[Any], embedding: keras.layers.Layer, config: NetworkConfig, seed: int
) -> list[Any]:
    """The word vectors of each text, projected if asked for."""
    vectors = [embedding(token_ids) for token_ids in texts]
    if config.frozen_embedding_epochs:
        release = Release(config.frozen_embedding_epochs, name="release")
        vectors = [release(part) for part in vectors]
    if config.embedding_projection:
        project = keras.layers.Dense(
            config.embedding_projection,
            kernel_initializer=glorot(seed, "embedding_projection"),
            name="embedding_projection",
        )
        vectors = [project(part) for part in vectors]
    return vectors


def _encode_pair(
    texts: list[Any],
    vectors: list[Any],
    config: NetworkConfig,
    reads: FoldInputs,
    max_tokens: int,
    seed: int,
) -> list[Any]:
    """The combined encodings of two texts that share an encoder."""
    # Both texts drop the same features: otherwise they would differ more in training than they
    # ever do in prediction.
    kept = dropout(
        ops.ones_like(vectors[0][:, :1]), config.embedding_dropout, "embedding_dropout", seed
    )
    shared = dataclasses.replace(config, embedding_dropout=0.0)
    embedding_dim = vectors[0].shape[-1]
    encoder = build_encoder(
        shared, embedding_dim, reads, max_tokens=max_tokens, seed=seed, name="encoder"
    )
    # In one call: twice the rows cost less than a second pass, and an alignment needs both texts.
    both = encoder(
        [ops.concatenate([part * kept for part in vectors], axis=0), ops.concatenate(texts, axis=0)]
    )
    first, second = ops.split(both, 2, axis=0)
    return combine(first, second, config.pair.combination)


def _encode_each(
    texts: list[Any],
    vectors: list[Any],
    config: NetworkConfig,
    reads: FoldInputs,
    max_tokens: int,
    seed: int,
) -> list[Any]:
    """The encodings of one or more texts, each by its own encoder."""
    parts = []
    for index, (token_ids, of_text) in enumerate(zip(texts, vectors, strict=True)):
        name = "encoder" if index == 0 else f"encoder_{index + 1}"
        own_seed = derive_seed(seed, name) if index else seed
        embedding_dim = of_text.shape[-1]
        encoder = build_encoder(
            config, embedding_dim, reads, max_tokens=max_tokens, seed=own_seed, name=name
        )
        parts.append(encoder([of_text, token_ids]))
    return parts


def _numbers_and_categories(
    inputs: dict[str, Any], reads: FoldInputs, category_dim: int, seed: int
) -> list[Any]:
    """Standardised numbers, and categories as vectors; their inputs are added to `inputs`."""
    parts = []
    n_numbers = len(reads.number_means)
    if n_numbers:
        inputs["numbers"] = keras.Input((n_numbers,), name="numbers")
        standardize = Standardize(reads.number_means, reads.number_stds, name="standardize")
        parts.append(standardize(inputs["numbers"]))
    if reads.n_values:
        inputs["categories"] = keras.Input((len(reads.n_values),), dtype="int32", name="categories")
        for index, n_values in enumerate(reads.n_values):
            name = f"category_{index + 1}"
            initializer = keras.initializers.RandomUniform(
                -0.05, 0.05, seed=derive_seed(seed, name)
            )
            vectors = keras.layers.Embedding(
                n_values, category_dim, embeddings_initializer=initializer, name=name
            )
            parts.append(vectors(inputs["categories"][:, index]))
    return parts


def _head(features: Any, config: HeadConfig, seed: int) -> Any:
    features = dropout(features, config.input_dropout, "input_dropout", seed)
    if config.input_batch_norm:
        features = keras.layers.BatchNormalization(name="input_norm")(features)
    if config.units:
        features = keras.layers.Dense(
            config.units, activation="relu", kernel_initializer=glorot(seed, "head"), name="head"
        )(features)
    features = dropout(features, config.dropout, "head_dropout", seed)
    if config.batch_norm:
        features = keras.layers.BatchNormalization(name="head_norm")(features)
    return features


def _outputs(features: Any, task: Task, reads: FoldInputs, seed: int) -> Any:
    """Probabilities, or the standardised numbers of a regression scaled back to their unit."""
    # float32 also under mixed precision: probabilities near 0 and 1 need its digits.
    outputs = keras.layers.Dense(
        task.n_outputs,
        activation=task.activation,
        kernel_initializer=glorot(seed, "probabilities"),
        # Also under mixed precision: float16 rounds a probability of 0.9999 to 1.
        dtype="float32",
        name="probabilities",
    )(features)
    if not task.has_units:
        return outputs
    return keras.layers.Rescaling(
        list(reads.label_stds), list(reads.label_means), dtype="float32", name="in_unit_of_labels"
    )(outputs)
