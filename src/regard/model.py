"""The network: word vectors -> recurrent or convolutional layers -> pooling -> dense head."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from regard.attention import FeedForwardAttention, LastPooling, MaskedMaxPooling, MaskedMeanPooling
from regard.batches import token_ids_name
from regard.config import AttentionConfig, HeadConfig, ModelConfig
from regard.convolutional import deep_pyramid, text_cnn
from regard.errors import ArtefactError
from regard.recurrent import recurrent
from regard.seeds import derive_seed
from regard.task import Task
from regard.text import PAD


@dataclass(frozen=True, eq=False)
class FoldInputs:
    """What stands in a row, and how its numbers are standardised: by the rows that a fold is trained on.

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

    Every text goes through an encoder: recurrent or convolutional layers over its word vectors, then pooling. The two
    texts of a pair share one; other texts each have their own, over shared word vectors. What the encoders make is
    joined, with the numbers and categories beside the texts, before the head.

    Padding changes nothing: recurrent layers run without a mask, since in a right-padded batch no real timestep can
    see the padding after it (the backward direction runs over each text reversed within its own length), and
    convolutions and poolings get the mask.

    Args:
        config: the architecture.
        embedding_matrix: `(vocabulary_size, embedding_dim)` float32.
        task: gives the number of outputs and their activation.
        reads: what stands in a row.
        max_tokens: the longest text, for an attention bias per timestep.
        seed: of the initial weights and of dropout.

    Returns:
        A model from what `batches.batch_inputs` returns to `(batch, outputs)` float32: probabilities, or numbers in the
        unit of the labels.
    """
    embedding = keras.layers.Embedding(
        *embedding_matrix.shape, embeddings_initializer="zeros", trainable=config.trainable_embeddings, name="embedding"
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
        kernel_initializer=_glorot(seed, "probabilities"),
        dtype="float32",
        name="probabilities",
    )(features)
    if task.kind == "regression":
        scale, offset = list(reads.label_deviations), list(reads.label_means)
        outputs = keras.layers.Rescaling(scale, offset, dtype="float32", name="in_unit_of_labels")(outputs)
    model = keras.Model(inputs, outputs, name=config.name)
    embedding.set_weights([embedding_matrix])
    return model


def attention_weights(model: keras.Model, inputs: dict[str, np.ndarray]) -> list[np.ndarray] | None:
    """Return how much each token of some texts weighs in a model's attention; None for a model without one.

    Args:
        model: from `build_model` or `load_model`.
        inputs: what the model reads.

    Returns:
        For each text of a row `(batch, timesteps)` float32: zero at padding, each row's sum is one. None also where
        the attention sees other timesteps than the tokens.
    """
    encoders = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    names = [name for name in inputs if name.startswith("token_ids")]
    weights = []
    for place, name in enumerate(names):
        encoder = encoders[min(place, len(encoders) - 1)]  # a pair shares its only one
        attention = next((layer for layer in encoder.layers if isinstance(layer, FeedForwardAttention)), None)
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


def leaf_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers of a model and of the models in it, each once, in their order."""
    layers: list[keras.layers.Layer] = []
    for layer in model.layers:
        for leaf in leaf_layers(layer) if isinstance(layer, keras.Model) else [layer]:
            if not any(leaf is known for known in layers):
                layers.append(leaf)
    return layers


def save_model(model: keras.Model, path: Path) -> None:
    """Save a trained model for prediction, without its optimizer, which holds thrice as much as the weights.

    Args:
        model: is not trained after that.
        path: ends in .keras.
    """
    model.optimizer, model.compiled = None, False
    model.save(path)


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


def release_embeddings(model: keras.Model, epoch: int) -> None:
    """Let the word vectors learn in an epoch, or not yet.

    Args:
        model: from `build_model`.
        epoch: that is about to begin, from 1.
    """
    for layer in model.layers:
        if isinstance(layer, Release):
            layer.released.assign(float(epoch > layer.after_epochs))


def _word_vectors(texts: list[Any], embedding: keras.layers.Layer, config: ModelConfig, seed: int) -> list[Any]:
    """The word vectors of each text; projected, so that the features of several sources are weighed anew."""
    vectors = [embedding(token_ids) for token_ids in texts]
    if config.frozen_embedding_epochs:
        release = Release(config.frozen_embedding_epochs, name="release")
        vectors = [release(part) for part in vectors]
    if config.embedding_projection:
        project = keras.layers.Dense(
            config.embedding_projection,
            kernel_initializer=_glorot(seed, "embedding_projection"),
            name="embedding_projection",
        )
        vectors = [project(part) for part in vectors]
    return vectors


@keras.saving.register_keras_serializable(package="regard")
class Release(keras.layers.Layer):  # type: ignore[misc]
    """What comes in, unchanged; gradients go back through it only after its release.

    So what is before it learns nothing at first, and yet is among the optimizer's variables from the start. Frozen
    layers would need another optimizer when they are released.

    Args:
        after_epochs: how many epochs it waits, see `release_embeddings`.
        **kwargs: those of every layer.
    """

    def __init__(self, after_epochs: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after_epochs = after_epochs

    def build(self, input_shape: Any) -> None:
        """Make the weight."""
        self.released = self.add_weight(shape=(), initializer="zeros", trainable=False, name="released")

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        released = ops.cast(self.released, inputs.dtype)
        return released * inputs + (1 - released) * ops.stop_gradient(inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {**super().get_config(), "after_epochs": self.after_epochs}


def _encoded_pair(texts: list[Any], vectors: list[Any], config: ModelConfig, max_tokens: int, seed: int) -> list[Any]:
    """What two texts come to that are read by the same layers."""
    # What is dropped is dropped of both texts: else they would differ more in training than they ever do after it.
    kept = _dropout(ops.ones_like(vectors[0][:, :1]), config.embedding_dropout, "embedding_dropout", seed)
    shared = dataclasses.replace(config, embedding_dropout=0.0)
    encoder = _encoder(shared, vectors[0].shape[-1], max_tokens, seed, name="encoder")
    # In one go: twice the rows cost less than a second pass.
    both = encoder([ops.concatenate([part * kept for part in vectors], axis=0), ops.concatenate(texts, axis=0)])
    first, second = ops.split(both, 2, axis=0)
    return _combined(first, second, config.pair.combination)


def _encoded_apart(texts: list[Any], vectors: list[Any], config: ModelConfig, max_tokens: int, seed: int) -> list[Any]:
    """What one or more texts come to, each read by layers of its own."""
    parts = []
    for place, (token_ids, of_text) in enumerate(zip(texts, vectors, strict=True)):
        name = "encoder" if place == 0 else f"encoder_{place + 1}"
        own_seed = derive_seed(seed, name) if place else seed
        encoder = _encoder(config, of_text.shape[-1], max_tokens, own_seed, name=name)
        parts.append(encoder([of_text, token_ids]))
    return parts


def _encoder(config: ModelConfig, embedding_dim: int, max_tokens: int, seed: int, *, name: str) -> keras.Model:
    """A model from a text's word vectors, `(batch, timesteps, embedding_dim)`, and token ids to its features."""
    inputs = [keras.Input((None, embedding_dim), name="vectors"), keras.Input((None,), dtype="int32", name="token_ids")]
    vectors, mask = inputs[0], ops.not_equal(inputs[1], PAD)
    if config.embedding_dropout:
        vectors = keras.layers.SpatialDropout1D(
            config.embedding_dropout, seed=derive_seed(seed, "embedding_dropout"), name="embedding_dropout"
        )(vectors)
    sequence, mask = _sequence(vectors, mask, config, seed)
    sequence = _dropout(sequence, config.sequence_dropout, "sequence_dropout", seed)
    pooled = [_pooling(name, config.attention, max_tokens, seed)(sequence, mask=mask) for name in config.pooling]
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


def _combined(first: Any, second: Any, combination: Sequence[str]) -> list[Any]:
    """How the encodings of a pair meet."""
    parts = {
        "concatenation": [first, second],
        "absolute_difference": [ops.abs(first - second)],
        "product": [first * second],
    }
    return [part for name in combination for part in parts[name]]


def _beside_the_texts(inputs: dict[str, Any], reads: FoldInputs, category_dim: int, seed: int) -> list[Any]:
    """Inputs of numbers, standardised, and of categories, as vectors; adds them to `inputs`."""
    parts = []
    n_numbers = len(reads.number_means)
    if n_numbers:
        inputs["numbers"] = keras.Input((n_numbers,), name="numbers")
        parts.append(Standardize(reads.number_means, reads.number_deviations, name="standardize")(inputs["numbers"]))
    if reads.n_values:
        inputs["categories"] = keras.Input((len(reads.n_values),), dtype="int32", name="categories")
        for place, n_values in enumerate(reads.n_values):
            name = f"category_{place + 1}"
            initializer = keras.initializers.RandomUniform(-0.05, 0.05, seed=derive_seed(seed, name))
            vectors = keras.layers.Embedding(n_values, category_dim, embeddings_initializer=initializer, name=name)
            parts.append(vectors(inputs["categories"][:, place]))
    return parts


@keras.saving.register_keras_serializable(package="regard")
class Standardize(keras.layers.Layer):  # type: ignore[misc]
    """Numbers less their means, in standard deviations, within +-5; a number that is missing (NaN) is the mean.

    Args:
        means: `(numbers,)`.
        deviations: `(numbers,)`, none of them 0.
        **kwargs: those of every layer.
    """

    def __init__(self, means: Sequence[float], deviations: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.means, self.deviations = np.asarray(means, np.float32), np.asarray(deviations, np.float32)

    def call(self, numbers: Any) -> Any:
        """Return `(batch, numbers)`."""
        means, deviations = ops.convert_to_tensor(self.means), ops.convert_to_tensor(self.deviations)
        numbers = (ops.cast(numbers, "float32") - means) / deviations
        return ops.clip(ops.where(ops.isnan(numbers), 0.0, numbers), -5.0, 5.0)

    def get_config(self) -> dict[str, Any]:
        """Return the settings, as plain numbers."""
        return {**super().get_config(), "means": self.means.tolist(), "deviations": self.deviations.tolist()}


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
    features = _dropout(features, config.input_dropout, "input_dropout", seed)
    if config.input_batch_norm:
        features = keras.layers.BatchNormalization(name="input_norm")(features)
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
