"""Layers and initializers that draw by seeds of their own."""

from typing import Any

import keras

from regard.seeds import derive_seed


def dropout(inputs: Any, rate: float, name: str, seed: int) -> Any:
    """Return what comes in, some of it dropped in training; at a rate of 0 nothing is, and there is
    no layer.

    Args:
        inputs: of any shape.
        rate: the share that is dropped.
        name: of the layer; each draws by a seed of its own.
        seed: of the model.
    """
    return (
        keras.layers.Dropout(rate, seed=derive_seed(seed, name), name=name)(inputs)
        if rate
        else inputs
    )


def glorot(seed: int, name: str) -> keras.initializers.Initializer:
    """Return what draws the first weights of a layer, by a seed of its own."""
    return keras.initializers.GlorotUniform(seed=derive_seed(seed, name))
