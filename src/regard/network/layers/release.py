"""Word vectors that are trained only after some epochs."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="regard")
class Release(keras.layers.Layer):  # type: ignore[misc]
    """The identity, which passes gradients back only after its release.

    Layers before it are not trained until then, but their weights are among the optimizer's
    variables from the start; frozen layers would need a new optimizer when they are released.

    Args:
        after_epochs: the number of epochs without gradients, see `release_embeddings`.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.
    """

    def __init__(self, after_epochs: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.after_epochs = after_epochs

    def build(self, input_shape: Any) -> None:
        """Create the weight that is 1 after the release, 0 before."""
        self.released = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="released"
        )

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        # The sum is always the inputs; only the first term passes gradients.
        released = ops.cast(self.released, inputs.dtype)
        return released * inputs + (1 - released) * ops.stop_gradient(inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        return {**super().get_config(), "after_epochs": self.after_epochs}


def release_embeddings(model: keras.Model, epoch: int) -> None:
    """Train the word vectors in an epoch, or not yet.

    Args:
        model: from `build_model`.
        epoch: the number of the epoch that is about to begin, from 1.
    """
    for layer in model.layers:
        if isinstance(layer, Release):
            layer.released.assign(float(epoch > layer.after_epochs))
