"""Learning-rate schedules: the choices of the setting training.schedule.

Keras is imported when a schedule is built: settings are checked without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regard.config import TrainingConfig


@dataclass(frozen=True)
class Schedule:
    """A learning-rate schedule.

    Attributes:
        decay: from the peak rate and the number of steps after warm-up to a number or a Keras
            schedule.
        warmup: the share of all steps that warm up the rate where `training.warmup` is 0.
    """

    decay: Callable[[float, int], Any]
    warmup: float = 0.0


def learning_rate(config: TrainingConfig, n_steps: int) -> Any:
    """Return the learning rate of a training: a number, or a Keras schedule.

    Args:
        config: the peak, the schedule and the share of the steps that warm it up.
        n_steps: of all epochs.

    Reference:
        one_cycle: Smith (2018), A disciplined approach to neural network hyper-parameters, part 1.
        arXiv:1803.09820; without its cycle of the momentum.
    """
    schedule = SCHEDULES[config.schedule]
    n_rising = round((config.warmup or schedule.warmup) * n_steps)
    # At least one step: Keras refuses a decay over none.
    after = schedule.decay(config.learning_rate, max(n_steps - n_rising, 1))
    if not n_rising:
        return after
    from regard.network.warmup import WarmUp

    return WarmUp(after, n_rising)


def _constant(peak: float, n_steps: int) -> Any:
    return peak


def _cosine(lowest: float) -> Callable[[float, int], Any]:
    """Decay along a cosine, to a share of the peak."""

    def decay(peak: float, n_steps: int) -> Any:
        from keras.optimizers.schedules import CosineDecay

        return CosineDecay(peak, n_steps, alpha=lowest)

    return decay


def _exponential(peak: float, n_steps: int) -> Any:
    from keras.optimizers.schedules import ExponentialDecay

    # The rate after the last step is a twentieth of the peak, as with the cosine.
    return ExponentialDecay(peak, n_steps, decay_rate=0.05)


SCHEDULES = {
    "constant": Schedule(_constant),
    "cosine": Schedule(_cosine(0.05)),
    "exponential": Schedule(_exponential),
    "one_cycle": Schedule(_cosine(0.0), warmup=0.3),
}
