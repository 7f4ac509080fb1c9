"""Averages of the weights over training: the choices of the setting training.weight_average.

A model predicts with the averaged weights and goes on training from the current ones. The
statistics of batch normalisation are never averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from regard.config import TrainingConfig


Weights: TypeAlias = list[np.ndarray]


@dataclass(frozen=True)
class WeightAverage:
    """A way to average the weights.

    Attributes:
        optimizer_options: from the settings and the number of steps of all epochs to arguments of
            the Keras optimizer.
        assign: called after an epoch as `assign(model, settings, recent)`, with the list that it
            returned after the epoch before, empty at first. Assigns the averages to the model's
            trainable weights and returns the weights that it needs after the next epoch, which are
            saved with the state of training. None: nothing is averaged.
    """

    optimizer_options: Callable[[TrainingConfig, int], dict[str, Any]] = lambda config, n_steps: {}
    assign: Callable[[Any, TrainingConfig, Weights], Weights] | None = None


def _moving_average_options(config: TrainingConfig, n_steps: int) -> dict[str, Any]:
    """A momentum by which the average reaches back over `ema_epochs`.

    Example:
        ema_epochs=0.5, 2 epochs of 6 steps -> 1 - 2 / (0.5 * 12) = 0.67
    """
    # A moving average reaches back over about 1 / (1 - momentum) steps.
    momentum = max(0.0, 1.0 - config.epochs / (config.ema_epochs * n_steps))
    return {"use_ema": True, "ema_momentum": momentum}


def _assign_moving_average(model: Any, config: TrainingConfig, recent: Weights) -> Weights:
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return recent


def _assign_mean_of_epochs(model: Any, config: TrainingConfig, recent: Weights) -> Weights:
    """Assign the mean of the weights at the ends of the last epochs.

    `recent` has the weights of epoch after epoch: of 2 weights a and b, [a1, b1, a2, b2, ...].

    Reference:
        Izmailov et al. (2018), Averaging weights leads to wider optima and better generalization,
        UAI.
    """
    from keras import ops

    variables: Sequence[Any] = model.trainable_variables
    current = [np.array(ops.convert_to_numpy(variable)) for variable in variables]
    # Of 2 weights and 2 averaged epochs: [a1, b1, a2, b2, a3, b3] -> [a2, b2, a3, b3].
    recent = [*recent, *current]
    recent = recent[-len(variables) * config.n_averaged_epochs :]
    for index, variable in enumerate(variables):
        variable.assign(np.mean(recent[index :: len(variables)], axis=0))
    return recent


WEIGHT_AVERAGES = {
    "none": WeightAverage(),
    "ema": WeightAverage(_moving_average_options, _assign_moving_average),
    "last_epochs": WeightAverage(assign=_assign_mean_of_epochs),
}
