"""Word vectors that start to learn after some epochs."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="regard")
class Release(keras.layers.Layer):  # type: ignore[misc]
    """What comes in, unchanged; gradients go back through it only after its release.

    So what is before it learns nothing at first, and yet is among the optimizer's variables from
    the start. Frozen layers would need another optimizer when they are released.

    Args:
        after_epochs: how many epochs it waits, see `release_embeddings`.
        **kwargs: those of every layer.
    """

    def __init__(self, after_epochs: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after_epochs = after_epochs

    def build(self, input_shape: Any) -> None:
        """Make the weight."""
        self.released = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="released"
        )

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        released = ops.cast(self.released, inputs.dtype)
        return released * inputs + (1 - released) * ops.stop_gradient(inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {**super().get_config(), "after_epochs": self.after_epochs}


def release_embeddings(model: keras.Model, epoch: int) -> None:
    """Let the word vectors learn in an epoch, or not yet.

    Args:
        model: from `build_model`.
        epoch: that is about to begin, from 1.
    """
    for layer in model.layers:
        if isinstance(layer, Release):
            layer.released.assign(float(epoch > layer.after_epochs))
