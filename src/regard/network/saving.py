"""Trained models as files."""

from pathlib import Path

import keras

import regard.network.layers  # noqa: F401 - registers the layers with Keras
from regard.errors import ArtefactError


def save_model(model: keras.Model, path: Path) -> None:
    """Save a trained model for prediction.

    The optimizer is left out: it holds three times as much as the weights.

    Args:
        model: not to be trained any more.
        path: ends in .keras.
    """
    model.optimizer, model.compiled = None, False
    model.save(path)


def load_model(path: Path) -> keras.Model:
    """Load a saved model for prediction.

    Raises:
        ArtefactError: the file is missing or is not a Keras model.
    """
    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{path}: not a model that can be loaded ({error}); delete its run and train again"
        ) from error
