"""Warm-up of the learning rate, as a Keras schedule."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="regard")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Raise the learning rate linearly to its peak, then follow another schedule.

    Args:
        after: that schedule, or a constant rate.
        n_rising: how many steps the rise takes; the rate of step 0 is already above 0.

    Example:
        WarmUp(0.4, 3) at steps 0, 1, 2, 3, 4 -> 0.1, 0.2, 0.3, 0.4, 0.4
    """

    def __init__(self, after: Any, n_rising: int) -> None:
        self.after = after
        self.n_rising = n_rising

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step, counted from 0."""
        step = ops.cast(step, "float32")
        peak_or_less = self.after
        if callable(self.after):
            # The steps of the other schedule count from the end of the rise.
            peak_or_less = self.after(ops.maximum(step - self.n_rising, 0.0))
        return ops.minimum((step + 1.0) / (self.n_rising + 1.0), 1.0) * peak_or_less

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        return {"after": keras.saving.serialize_keras_object(self.after), "n_rising": self.n_rising}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "WarmUp":
        """Return the schedule of saved arguments."""
        return cls(keras.saving.deserialize_keras_object(config["after"]), config["n_rising"])
