"""Inputs and masks for tests of layers. Importing this module imports Keras."""

import keras
import numpy as np
from keras import ops


def numpy_of(tensor: object) -> np.ndarray:
    """Return a tensor as an array."""
    return np.asarray(ops.convert_to_numpy(tensor))


def random_inputs(*shape: int) -> np.ndarray:
    """Draw the same normal numbers every time, float32."""
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def right_padded(lengths: list[int], timesteps: int) -> np.ndarray:
    """Return the mask of texts of these lengths, `(batch, timesteps)` bool."""
    return np.arange(timesteps) < np.array(lengths)[:, None]


def gradient(layer: keras.layers.Layer, inputs: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
    """Return the gradients of the sum of a layer's outputs by its weights and, last, its inputs."""
    rows, timesteps, features = inputs.shape
    slots = keras.Input((timesteps,), dtype="int32")
    mask_input = keras.Input((timesteps,), dtype="bool")
    embedding = keras.layers.Embedding(rows * timesteps, features)
    model = keras.Model([slots, mask_input], layer(embedding(slots), mask=mask_input))
    embedding.set_weights([inputs.reshape(-1, features)])
    before = [*layer.get_weights(), *embedding.get_weights()]
    # One step of plain descent with a rate of 1 subtracts just the gradient.
    model.compile(
        keras.optimizers.SGD(1.0), loss=lambda _, outputs: ops.sum(outputs, axis=-1) * rows
    )
    model.train_on_batch(
        [np.arange(rows * timesteps).reshape(rows, timesteps), mask], np.zeros(rows)
    )
    after = [*layer.get_weights(), *embedding.get_weights()]
    *weights, values = [old - new for old, new in zip(before, after, strict=True)]
    return [*weights, values.reshape(inputs.shape)]
