"""The rows of a fold, the state of its training, and the choice of the best epoch."""

import math
from dataclasses import dataclass, field

import numpy as np

from regard.data.inputs import Inputs
from regard.metrics.registry import greater_is_better
from regard.tasks import Targets


@dataclass(frozen=True, eq=False)
class FoldData:
    """The rows of a fold.

    Attributes:
        inputs: the inputs of all train rows, followed by rows with pseudo-labels.
        targets: the labels of all train rows.
        train_rows: indices of the rows that the fold trains on, int64.
        valid_rows: indices of the rows that it holds out, int64.
        ideal_outputs: `(rows of inputs, n_outputs)` outputs to learn for each row of `inputs`; None
            to learn the labels in `targets`.
        weights: `(rows of inputs,)` float32 weight of each row in the loss; None for equal weights.
    """

    inputs: Inputs
    targets: Targets
    train_rows: np.ndarray
    valid_rows: np.ndarray
    ideal_outputs: np.ndarray | None = None
    weights: np.ndarray | None = None


@dataclass
class FoldState:
    """The state of a fold's training, complete enough to resume as if it had never stopped.

    Attributes:
        history: one record per finished epoch: epoch (from 1), loss, valid_loss, score, seconds.
        best_epoch: the epoch, from 1, whose weights and predictions are kept; 0 before the first.
        weights: the trained weights and the optimizer's variables after the last epoch.
        best_weights: the trained weights after the best epoch, averaged if the settings ask for it.
        recent_weights: weights of the last few epochs that `training.weight_average` needs.
        outputs: `(n_valid_rows, n_outputs)` predictions for the held-out rows after the best epoch.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    weights: list[np.ndarray] = field(default_factory=list)
    best_weights: list[np.ndarray] = field(default_factory=list)
    recent_weights: list[np.ndarray] = field(default_factory=list)
    outputs: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))


def is_better(record: dict[str, float], best: dict[str, float], metric: str) -> bool:
    """Return whether an epoch's record beats another one, by its score.

    Equal or undefined scores are decided by the validation loss, because the accuracies of few rows
    are often equal.

    Example:
        score 0.8 and valid_loss 0.5 beats score 0.8 and valid_loss 1.0
    """
    # Tuples are compared item by item: by the score, then by the loss.
    sign = 1 if greater_is_better(metric) else -1
    new, old = (
        (-math.inf if math.isnan(epoch["score"]) else sign * epoch["score"], -epoch["valid_loss"])
        for epoch in (record, best)
    )
    return new > old


def is_over(state: FoldState, patience: int) -> bool:
    """Return whether the last `patience` epochs brought no improvement."""
    # Before the first epoch there is no best one, and nothing to be patient about.
    return len(state.history) - state.best_epoch >= patience and state.best_epoch > 0
