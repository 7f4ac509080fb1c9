"""Numbers standardised inside the network."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="regard")
class Standardize(keras.layers.Layer):  # type: ignore[misc]
    """Numbers less their means, in standard deviations, within +-5; a number that is missing (NaN)
    is the mean.

    Args:
        means: `(numbers,)`.
        deviations: `(numbers,)`, none of them 0.
        **kwargs: those of every layer.
    """

    def __init__(self, means: Sequence[float], deviations: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.means, self.deviations = (
            np.asarray(means, np.float32),
            np.asarray(deviations, np.float32),
        )

    def call(self, numbers: Any) -> Any:
        """Return `(batch, numbers)`."""
        means, deviations = (
            ops.convert_to_tensor(self.means),
            ops.convert_to_tensor(self.deviations),
        )
        numbers = (ops.cast(numbers, "float32") - means) / deviations
        return ops.clip(ops.where(ops.isnan(numbers), 0.0, numbers), -5.0, 5.0)

    def get_config(self) -> dict[str, Any]:
        """Return the settings, as plain numbers."""
        return {
            **super().get_config(),
            "means": self.means.tolist(),
            "deviations": self.deviations.tolist(),
        }
