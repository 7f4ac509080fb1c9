"""The weights that training changes: reading and assigning them."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from regard.artefacts.seeds import derive_seed


def leaf_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers of a model and of its nested models, each once, in order."""
    layers: list[keras.layers.Layer] = []
    for layer in model.layers:
        for leaf in leaf_layers(layer) if isinstance(layer, keras.Model) else [layer]:
            # Nested models may share a layer.
            if not any(leaf is known for known in layers):
                layers.append(leaf)
    return layers


def trained_weights(model: keras.Model) -> list[Any]:
    """Return all weights except those of frozen layers, which can be large and never change."""
    return [weight for layer in leaf_layers(model) if layer.trainable for weight in layer.weights]


def trained_variables(model: keras.Model) -> list[Any]:
    """Return the trained weights, followed by the variables of the optimizer."""
    return [*trained_weights(model), *model.optimizer.variables]


def copy_values(variables: Sequence[Any]) -> list[np.ndarray]:
    """Return copies of the values of variables."""
    # np.array copies: on a CPU the converted array may share the memory that training changes.
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def assign_values(variables: Sequence[Any], values: Sequence[np.ndarray]) -> None:
    """Set variables to values, in order."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def seed_dropout(model: keras.Model, seed: int) -> None:
    """Set the random state of every dropout layer from a seed and the layer's index."""
    # Resumed training must draw the same numbers as training that was never stopped.
    states = [
        variable
        for variable in model.non_trainable_variables
        if variable.name == "seed_generator_state"
    ]
    for index, state in enumerate(states):
        state.assign(np.array([derive_seed(seed, "dropout", index), 0], dtype="uint32"))
