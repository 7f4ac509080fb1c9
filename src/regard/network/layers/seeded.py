"""Dropout and initializers, each with its own seed."""

from typing import Any

import keras

from regard.seeds import derive_seed


def dropout(inputs: Any, rate: float, name: str, seed: int) -> Any:
    """Apply dropout; at a rate of 0 add no layer.

    Args:
        inputs: of any shape.
        rate: the share that is dropped in training.
        name: of the layer, which derives its seed from it.
        seed: of the model.
    """
    if not rate:
        return inputs
    return keras.layers.Dropout(rate, seed=derive_seed(seed, name), name=name)(inputs)


def glorot(seed: int, name: str) -> keras.initializers.Initializer:
    """Return the initializer of a layer, its seed derived from the layer's name."""
    return keras.initializers.GlorotUniform(seed=derive_seed(seed, name))
