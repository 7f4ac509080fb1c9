"""Layers of the network's own, how layers draw by seeds of their own, and what is done with the layers of a model."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from regard.seeds import derive_seed


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


def release_embeddings(model: keras.Model, epoch: int) -> None:
    """Let the word vectors learn in an epoch, or not yet.

    Args:
        model: from `build_model`.
        epoch: that is about to begin, from 1.
    """
    for layer in model.layers:
        if isinstance(layer, Release):
            layer.released.assign(float(epoch > layer.after_epochs))


def leaf_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers of a model and of the models in it, each once, in their order."""
    layers: list[keras.layers.Layer] = []
    for layer in model.layers:
        for leaf in leaf_layers(layer) if isinstance(layer, keras.Model) else [layer]:
            if not any(leaf is known for known in layers):
                layers.append(leaf)
    return layers


def dropout(inputs: Any, rate: float, name: str, seed: int) -> Any:
    """Return what comes in, some of it dropped in training; at a rate of 0 nothing is, and there is no layer.

    Args:
        inputs: of any shape.
        rate: the share that is dropped.
        name: of the layer; each draws by a seed of its own.
        seed: of the model.
    """
    return keras.layers.Dropout(rate, seed=derive_seed(seed, name), name=name)(inputs) if rate else inputs


def glorot(seed: int, name: str) -> keras.initializers.Initializer:
    """Return what draws the first weights of a layer, by a seed of its own."""
    return keras.initializers.GlorotUniform(seed=derive_seed(seed, name))
