"""The network: the texts of a row, encoded, and what stands beside them -> dense head -> outputs."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from regard.config import HeadConfig, ModelConfig
from regard.network.batching import token_ids_name
from regard.network.encoder import build_encoder
from regard.network.layers.attention import FeedForwardAttention
from regard.network.layers.release import Release
from regard.network.layers.seeded import dropout, glorot
from regard.network.layers.standardize import Standardize
from regard.seeds import derive_seed
from regard.tasks import Task


@dataclass(frozen=True, eq=False)
class FoldInputs:
    """What stands in a row, and how its numbers are standardised: by the rows that a fold is
    trained on.

    Attributes:
        n_texts: how many texts there are.
        paired: whether the two texts share an encoder.
        number_means: `(numbers,)` of the numbers beside the texts.
        number_deviations: `(numbers,)` their standard deviations, none of them 0.
        n_values: how many categories each categorical column has.
        label_means: `(outputs,)` of the labels of a regression; empty for other tasks.
        label_deviations: `(outputs,)` their standard deviations.
    """

    n_texts: int = 1
    paired: bool = False
    number_means: Sequence[float] = ()
    number_deviations: Sequence[float] = ()
    n_values: tuple[int, ...] = ()
    label_means: Sequence[float] = ()
    label_deviations: Sequence[float] = ()


def build_model(
    config: ModelConfig,
    embedding_matrix: np.ndarray,
    task: Task,
    reads: FoldInputs,
    *,
    max_tokens: int,
    seed: int,
) -> keras.Model:
    """Build the network, not yet compiled.

    Every text goes through an encoder: recurrent or convolutional layers over its word vectors,
    then pooling. The two texts of a pair share one; other texts each have their own, over shared
    word vectors. What the encoders make is joined, with the numbers and categories beside the
    texts, before the head.

    Padding changes nothing: recurrent layers run without a mask, since in a right-padded batch no
    real timestep can see the padding after it (the backward direction runs over each text reversed
    within its own length), and convolutions and poolings get the mask.

    Args:
        config: the architecture.
        embedding_matrix: `(vocabulary_size, embedding_dim)` float32.
        task: gives the number of outputs and their activation.
        reads: what stands in a row.
        max_tokens: the longest text, for an attention bias per timestep.
        seed: of the initial weights and of dropout.

    Returns:
        A model from what `batches.batch_inputs` returns to `(batch, outputs)` float32:
        probabilities, or numbers in the unit of the labels.
    """
    embedding = keras.layers.Embedding(
        *embedding_matrix.shape,
        embeddings_initializer="zeros",
        trainable=config.trainable_embeddings,
        name="embedding",
    )
    inputs = {
        token_ids_name(place): keras.Input((None,), dtype="int32", name=token_ids_name(place))
        for place in range(reads.n_texts)
    }
    vectors = _word_vectors(list(inputs.values()), embedding, config, seed)
    encode = _encoded_pair if reads.paired else _encoded_apart
    parts = encode(list(inputs.values()), vectors, config, max_tokens, seed)
    parts += _beside_the_texts(inputs, reads, config.category_dim, seed)
    features = keras.layers.Concatenate(name="features")(parts) if len(parts) > 1 else parts[0]
    features = _head(features, config.head, seed)
    outputs = keras.layers.Dense(
        task.n_outputs,
        activation=task.activation,
        kernel_initializer=glorot(seed, "probabilities"),
        dtype="float32",
        name="probabilities",
    )(features)
    if task.has_units:
        scale, offset = list(reads.label_deviations), list(reads.label_means)
        outputs = keras.layers.Rescaling(scale, offset, dtype="float32", name="in_unit_of_labels")(
            outputs
        )
    model = keras.Model(inputs, outputs, name=config.name)
    embedding.set_weights([embedding_matrix])
    return model


def attention_weights(model: keras.Model, inputs: dict[str, np.ndarray]) -> list[np.ndarray] | None:
    """Return how much each token of some texts weighs in a model's attention; None for a model
    without one.

    Args:
        model: from `build_model` or `load_model`.
        inputs: what the model reads.

    Returns:
        For each text of a row `(batch, timesteps)` float32: zero at padding, each row's sum is one.
        None also where the attention sees other timesteps than the tokens.
    """
    encoders = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    names = [name for name in inputs if name.startswith("token_ids")]
    weights = []
    for place, name in enumerate(names):
        encoder = encoders[min(place, len(encoders) - 1)]  # a pair shares its only one
        attention = next(
            (layer for layer in encoder.layers if isinstance(layer, FeedForwardAttention)), None
        )
        if attention is None:
            return None
        token_ids = ops.convert_to_tensor(inputs[name])
        vectors = model.get_layer("embedding")(token_ids)
        if any(layer.name == "embedding_projection" for layer in model.layers):
            vectors = model.get_layer("embedding_projection")(vectors)
        sequence, mask = keras.Model(encoder.input, attention.input)([vectors, token_ids])
        if mask.shape[1] != token_ids.shape[1]:
            return None
        _, found = attention(sequence, mask=mask, return_attention_scores=True)
        weights.append(np.asarray(ops.convert_to_numpy(found)))
    return weights


def _word_vectors(
    texts: list[Any], embedding: keras.layers.Layer, config: ModelConfig, seed: int
) -> list[Any]:
    """The word vectors of each text; projected, so that the features of several sources are weighed anew."""
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


def _encoded_pair(
    texts: list[Any], vectors: list[Any], config: ModelConfig, max_tokens: int, seed: int
) -> list[Any]:
    """What two texts come to that are read by the same layers."""
    # What is dropped is dropped of both texts: else they would differ more in training than they
    # ever do after it.
    kept = dropout(
        ops.ones_like(vectors[0][:, :1]), config.embedding_dropout, "embedding_dropout", seed
    )
    shared = dataclasses.replace(config, embedding_dropout=0.0)
    encoder = build_encoder(shared, vectors[0].shape[-1], max_tokens, seed, name="encoder")
    # In one go: twice the rows cost less than a second pass.
    both = encoder(
        [ops.concatenate([part * kept for part in vectors], axis=0), ops.concatenate(texts, axis=0)]
    )
    first, second = ops.split(both, 2, axis=0)
    return _combined(first, second, config.pair.combination)


def _encoded_apart(
    texts: list[Any], vectors: list[Any], config: ModelConfig, max_tokens: int, seed: int
) -> list[Any]:
    """What one or more texts come to, each read by layers of its own."""
    parts = []
    for place, (token_ids, of_text) in enumerate(zip(texts, vectors, strict=True)):
        name = "encoder" if place == 0 else f"encoder_{place + 1}"
        own_seed = derive_seed(seed, name) if place else seed
        encoder = build_encoder(config, of_text.shape[-1], max_tokens, own_seed, name=name)
        parts.append(encoder([of_text, token_ids]))
    return parts


def _combined(first: Any, second: Any, combination: Sequence[str]) -> list[Any]:
    """How the encodings of a pair meet."""
    parts = {
        "concatenation": [first, second],
        "absolute_difference": [ops.abs(first - second)],
        "product": [first * second],
    }
    return [part for name in combination for part in parts[name]]


def _beside_the_texts(
    inputs: dict[str, Any], reads: FoldInputs, category_dim: int, seed: int
) -> list[Any]:
    """Inputs of numbers, standardised, and of categories, as vectors; adds them to `inputs`."""
    parts = []
    n_numbers = len(reads.number_means)
    if n_numbers:
        inputs["numbers"] = keras.Input((n_numbers,), name="numbers")
        parts.append(
            Standardize(reads.number_means, reads.number_deviations, name="standardize")(
                inputs["numbers"]
            )
        )
    if reads.n_values:
        inputs["categories"] = keras.Input((len(reads.n_values),), dtype="int32", name="categories")
        for place, n_values in enumerate(reads.n_values):
            name = f"category_{place + 1}"
            initializer = keras.initializers.RandomUniform(
                -0.05, 0.05, seed=derive_seed(seed, name)
            )
            vectors = keras.layers.Embedding(
                n_values, category_dim, embeddings_initializer=initializer, name=name
            )
            parts.append(vectors(inputs["categories"][:, place]))
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
    return (
        keras.layers.BatchNormalization(name="head_norm")(features)
        if config.batch_norm
        else features
    )
