"""The weights that training changes: reading, assigning and averaging them."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from regard.config import TrainingConfig
from regard.network.fold_state import FoldState
from regard.seeds import derive_seed


def leaf_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers of a model and of its nested models, each once, in order."""
    layers: list[keras.layers.Layer] = []
    for layer in model.layers:
        for leaf in leaf_layers(layer) if isinstance(layer, keras.Model) else [layer]:
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
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def assign_values(variables: Sequence[Any], values: Sequence[np.ndarray]) -> None:
    """Set variables to values, in order."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def average_weights(model: keras.Model, config: TrainingConfig, state: FoldState) -> None:
    """Replace the trainable weights by their average; batch normalisation keeps its statistics.

    Reference:
        last_epochs: Izmailov et al. (2018), Averaging weights leads to wider optima and better
            generalization, UAI.
    """
    if config.weight_average == "ema":
        model.optimizer.finalize_variable_values(model.trainable_variables)
    elif config.weight_average == "last_epochs":
        # With weights a and b, recent_weights is [a1, b1, a2, b2, ...]. The last epochs are kept,
        # and every second entry from 0 or 1 is averaged: [mean(a1, a2), mean(b1, b2)].
        n_weights = len(model.trainable_variables)
        state.recent_weights += copy_values(model.trainable_variables)
        state.recent_weights = state.recent_weights[-n_weights * config.n_averaged_epochs :]
        means = [
            np.mean(state.recent_weights[index::n_weights], axis=0) for index in range(n_weights)
        ]
        assign_values(model.trainable_variables, means)


def seed_dropout(model: keras.Model, seed: int) -> None:
    """Set the random state of every dropout layer from a seed and the layer's index."""
    states = [
        variable
        for variable in model.non_trainable_variables
        if variable.name == "seed_generator_state"
    ]
    for index, state in enumerate(states):
        state.assign(np.array([derive_seed(seed, "dropout", index), 0], dtype="uint32"))
