"""Trained models as files.

A run keeps its weights as arrays: the architecture is built again from the settings, so that
opening a run executes no code but this package's. Keras's own `.keras` files are an export.
"""

import importlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

import regard.network.layers  # noqa: F401 - registers the layers with Keras
from regard.artefacts import new_file, open_arrays
from regard.config.plugins import loaded_plugins
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
    """Save a trained model for prediction.

    The optimizer is left out: it holds three times as much as the weights.

    Args:
        model: not to be trained any more.
        path: ends in .keras.
    """
    # Keras saves the optimizer of a compiled model with it.
    model.optimizer, model.compiled = None, False
    model.save(path)


def load_model(path: Path) -> keras.Model:
    """Load a saved model for prediction.

    Raises:
        ArtefactError: the file is missing, is not a Keras model, or has a layer of a plugin that is
            gone.
    """
    try:
        _import_layers_of_plugins(path)
        # Safe mode: a model file must not run code that it holds (Lambda layers).
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ArtefactError(
            f"{path}: not a model that can be loaded ({error}); delete its run and train again"
        ) from error
    except (TypeError, ImportError) as error:  # Keras's for a class that no module registers
        reason = str(error).partition(". ")[0]
        raise ArtefactError(
            f"{path}: a layer cannot be built again ({reason}); if a plugin defines it, name that "
            "in plugins, or train again"
        ) from error


def _import_layers_of_plugins(path: Path) -> None:
    """Import the modules of plugins that define layers of a saved model.

    Plugins import Keras only when they build a model, so the classes of their layers may not be
    registered yet in a process that only predicts.
    """
    packages = {name.partition(".")[0] for name in loaded_plugins()}
    with zipfile.ZipFile(path) as files:
        config = json.loads(files.read("config.json"))
    for module in sorted(set(_modules(config))):
        if module.partition(".")[0] in packages:
            importlib.import_module(module)


def _modules(config: Any) -> Iterator[str]:
    """Yield the module of every object in the config of a saved model."""
    if isinstance(config, dict):
        if isinstance(config.get("module"), str):
            yield config["module"]
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _modules(part)
