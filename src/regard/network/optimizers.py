"""How weights move: optimizer, learning-rate schedule, weight decay and the moving average of the weights."""

from typing import Any

import keras
from keras import ops

from regard.config import TrainingConfig
from regard.network.lazy_adam import LazyAdam

_RISE_OF_ONE_CYCLE = 0.3  # of the steps, where training.warm_up says nothing
# vectors of words and values, biases, normalisations
_NOT_DECAYED = ["embeddings", "bias", "gamma", "beta"]


def build_optimizer(config: TrainingConfig, *, n_steps: int) -> keras.optimizers.Optimizer:
    """Return the optimizer of a training, not yet built.

    Args:
        config: optimizer settings.
        n_steps: of all epochs, for the learning-rate schedule and the moving average.
    """
    kind = (
        LazyAdam
        if config.optimizer == "lazy_adam"
        else type(keras.optimizers.get(config.optimizer))
    )
    # Keras's adamw wants a number, and its own is not 0.
    decay = config.weight_decay if config.weight_decay or config.optimizer == "adamw" else None
    optimizer = kind(
        learning_rate(config, n_steps),
        global_clipnorm=config.clip_norm,
        weight_decay=decay,
        use_ema=config.weight_average == "ema",
        ema_momentum=_ema_momentum(config, n_steps),
    )
    optimizer.exclude_from_weight_decay(var_names=_NOT_DECAYED)
    if config.precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def learning_rate(config: TrainingConfig, n_steps: int) -> Any:
    """Return a number, or a Keras schedule over all steps of a training.

    Args:
        config: peak, schedule and share of the steps that it takes to rise to the peak.
        n_steps: of all epochs.

    Reference:
        one_cycle: Smith (2018), A disciplined approach to neural network hyper-parameters, part 1.
        arXiv:1803.09820; without its cycle of the momentum.
    """
    share = config.warm_up or (_RISE_OF_ONE_CYCLE if config.schedule == "one_cycle" else 0.0)
    n_rising = round(share * n_steps)
    after = _falling(config, max(n_steps - n_rising, 1))
    return WarmUp(after, n_rising) if n_rising else after


def _falling(config: TrainingConfig, n_steps: int) -> Any:
    """What the rate does once it is at its peak."""
    if config.schedule in ("cosine", "one_cycle"):
        lowest = 0.05 if config.schedule == "cosine" else 0.0
        return keras.optimizers.schedules.CosineDecay(config.learning_rate, n_steps, alpha=lowest)
    if config.schedule == "exponential":
        return keras.optimizers.schedules.ExponentialDecay(
            config.learning_rate, n_steps, decay_rate=0.05
        )
    return config.learning_rate


@keras.saving.register_keras_serializable(package="regard")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A learning rate that rises in a straight line to its peak before it does what another
    schedule says.

    Args:
        after: that schedule, or a number.
        n_rising: how many steps the rise takes; step 0 is already above 0.

    Example:
        WarmUp(0.4, 3) at steps 0, 1, 2, 3, 4 -> 0.1, 0.2, 0.3, 0.4, 0.4
    """

    def __init__(self, after: Any, n_rising: int) -> None:
        self.after = after
        self.n_rising = n_rising

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step, counted from 0."""
        step = ops.cast(step, "float32")
        peak_or_less = (
            self.after(ops.maximum(step - self.n_rising, 0.0))
            if callable(self.after)
            else self.after
        )
        return ops.minimum((step + 1.0) / (self.n_rising + 1.0), 1.0) * peak_or_less

    def get_config(self) -> dict[str, Any]:
        """Return the settings, as a saved model keeps them."""
        return {"after": keras.saving.serialize_keras_object(self.after), "n_rising": self.n_rising}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "WarmUp":
        """Return the schedule of saved settings."""
        return cls(keras.saving.deserialize_keras_object(config["after"]), config["n_rising"])


def _ema_momentum(config: TrainingConfig, n_steps: int) -> float:
    """What stays of the average at a step, so that it reaches back over `ema_epochs`."""
    return max(0.0, 1.0 - config.epochs / (config.ema_epochs * n_steps))
