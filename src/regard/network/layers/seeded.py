"""Dropout and initializers, each with its own seed."""

from typing import Any

import keras

from regard.artefacts.seeds import derive_seed


def dropout(
    inputs: Any,
    rate: float,
    name: str,
    seed: int,
    *,
    whole_features: bool = False,
    dtype: str | None = None,
) -> Any:
    """Apply dropout; at a rate of 0 add no layer.

    Args:
        inputs: of any shape; `(batch, timesteps, features)` to drop whole features.
        rate: the share that is dropped in training.
        name: of the layer, which derives its seed from it.
        seed: of the model.
        whole_features: drop a feature of a text at all of its timesteps.
        dtype: of the result; None: by the global policy.
    """
    if not rate:
        return inputs
    kind = keras.layers.SpatialDropout1D if whole_features else keras.layers.Dropout
    # By name, so that a layer that is added or left out changes no random numbers of others.
    return kind(rate, seed=derive_seed(seed, name), name=name, dtype=dtype)(inputs)


def glorot(seed: int | None, name: str) -> keras.initializers.Initializer:
    """Return the initializer of a layer, its seed derived from the layer's name.

    Args:
        seed: of the model or of the layer's parent; None draws other weights each time.
        name: of the layer.
    """
    return keras.initializers.GlorotUniform(seed=None if seed is None else derive_seed(seed, name))
