"""The measured speed of a learner, from which the time of a run is forecast."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Speed:
    """The measured speed of the models of a run, in seconds, on a machine at work.

    Attributes:
        n_epochs: the epochs that the settings ask for.
        batch_size: the rows of a batch that go with them.
        patience: the patience that goes with them.
        set_up: of a fold, before its first steady batch: the network is built and compiled.
        epoch: of an epoch, with its score.
        valid: of the score alone.
        load: of a trained model, until its first steady batch.
        row: of a row that is predicted by one model.
    """

    n_epochs: int
    batch_size: int
    patience: int
    set_up: float
    epoch: float
    valid: float
    load: float
    row: float

    def training(self, n_epochs: int, n_folds: int, n_slots: int) -> float:
        """Return the seconds of training some folds.

        Example:
            set_up 5, epoch 10: 2 epochs of 5 folds, 2 at a time -> 3 * (5 + 2 * 10) = 75
        """
        return math.ceil(n_folds / n_slots) * self.fold(n_epochs)

    def fold(self, n_epochs: int) -> float:
        """Return the seconds of training one fold."""
        return self.set_up + n_epochs * self.epoch

    def prediction(self, n_models: int, n_rows: int, n_slots: int, rows_per_block: int) -> float:
        """Return the seconds of predicting rows by all models, see the stage "predict".

        With few blocks of rows, workers share the models; with many, each loads all of them.
        """
        rows = n_rows * self.row
        if math.ceil(n_rows / rows_per_block) < 2 * n_slots:
            return math.ceil(n_models / n_slots) * (self.load + rows)
        return n_models * (self.load + rows / n_slots)
