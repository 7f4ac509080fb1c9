"""The backend of Keras."""

import importlib.util
import os

from regard.errors import ConfigError, did_you_mean

BACKENDS = ("tensorflow", "jax", "torch")


def keras_backend() -> str:
    """Return the backend: `KERAS_BACKEND`, or TensorFlow by default.

    Raises:
        ConfigError: the backend is not known or not installed.
    """
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend not in BACKENDS:
        raise ConfigError(
            f"KERAS_BACKEND={backend} is not known; {did_you_mean(backend, BACKENDS)}"
        )
    if importlib.util.find_spec(backend) is None:
        raise ConfigError(
            f"KERAS_BACKEND={backend}, but {backend} is not installed in this Python; "
            f"pip install {backend}"
        )
    return backend
