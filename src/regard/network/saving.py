"""Trained models as files.

A run keeps its weights as arrays: the architecture is built again from the settings, so that
opening a run executes no code but this package's. Keras's own `.keras` files are an export.
"""

from pathlib import Path

import keras
import numpy as np

from regard.artefacts import new_file, open_arrays
from regard.errors import ArtefactError
from regard.network.weights import assign_values, copy_values


def write_weights(model: keras.Model, path: Path) -> None:
    """Write the weights of a model as an `.npz` file."""
    arrays = dict(zip(_names(model), copy_values(model.weights), strict=True))
    with new_file(path) as temporary, temporary.open("wb") as file:
        # numpy's stubs take the arrays for its argument allow_pickle.
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read_weights(model: keras.Model, path: Path) -> None:
    """Set the weights of a model to those of a file of `write_weights`.

    Args:
        model: built from the settings that the weights were trained with.
        path: the file.

    Raises:
        ArtefactError: the file is missing or broken, or has the weights of another architecture.
    """
    names = _names(model)
    try:
        with open_arrays(path) as stored:
            missing = sorted({*names} ^ {*stored})
            if missing:
                raise ValueError(f"{missing[0]} is in the file or in the network, but not in both")
            values = [stored[name] for name in names]
            for name, weight, value in zip(names, model.weights, values, strict=True):
                if value.shape != tuple(weight.shape):
                    raise ValueError(f"{name} has the shape {value.shape}, not {weight.shape}")
            assign_values(model.weights, values)
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{path}: not the weights of this run's network ({error}); copy the run again, or "
            "delete it and train again"
        ) from error


def _names(model: keras.Model) -> list[str]:
    """Return a name for each weight, in order.

    The names of layers are left out: Keras numbers those of plugins that have none.
    """
    return [f"{index:03d}/{weight.name}" for index, weight in enumerate(model.weights)]


def save_model(model: keras.Model, path: Path) -> None:
    """Export a trained model as a `.keras` file.

    `keras.models.load_model` reads it once `regard.network.layers` is imported.

    The optimizer is left out: it holds three times as much as the weights.

    Args:
        model: not to be trained any more.
        path: ends in .keras.
    """
    # Keras saves the optimizer of a compiled model with it.
    model.optimizer, model.compiled = None, False
    model.save(path)
