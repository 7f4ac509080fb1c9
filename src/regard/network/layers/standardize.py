"""Standardised numbers, as a layer."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="regard")
class Standardize(keras.layers.Layer):  # type: ignore[misc]
    """Subtract means and divide by standard deviations; clip to +-5.

    A missing number (NaN) becomes 0, the mean.

    Args:
        means: `(numbers,)`.
        stds: `(numbers,)` standard deviations, none of them 0.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Example:
        means [1.0], stds [2.0]: [[3.0], [nan], [99.0]] -> [[1.0], [0.0], [5.0]]
    """

    def __init__(self, means: Sequence[float], stds: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.means = np.asarray(means, np.float32)
        self.stds = np.asarray(stds, np.float32)

    def call(self, numbers: Any) -> Any:
        """Return `(batch, numbers)`."""
        means = ops.convert_to_tensor(self.means)
        stds = ops.convert_to_tensor(self.stds)
        numbers = (ops.cast(numbers, "float32") - means) / stds
        # NaN is replaced first: clipping would keep it.
        return ops.clip(ops.where(ops.isnan(numbers), 0.0, numbers), -5.0, 5.0)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, as plain numbers."""
        return {
            **super().get_config(),
            "means": self.means.tolist(),
            "stds": self.stds.tolist(),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Standardize":
        """Return the layer of saved arguments; files of version 0.4 call `stds` deviations."""
        if "deviations" in config:
            config = {**config, "stds": config["deviations"]}
            del config["deviations"]
        return cls(**config)
