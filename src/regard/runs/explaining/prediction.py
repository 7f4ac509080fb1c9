"""The predictions that are explained: of each row, the label that was decided for it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.data.rows import Rows

if TYPE_CHECKING:
    from regard.runs.fitted_model import FittedModel
    from regard.runs.learner import Predictor
    from regard.runs.run import Run

_STEP = 1e-4


class Prediction:
    """Some rows, and the predictions for them.

    Args:
        run: the run that predicts.
        predictor: its models.
        frame: the rows.
        decided: the prediction that decided the labels, where these models are members of a blend;
            None: these models decide.
    """

    def __init__(
        self, run: Run, predictor: Predictor, frame: pd.DataFrame, decided: Prediction | None = None
    ) -> None:
        self.run = run
        self.predictor = predictor
        self.frame = frame
        self.rows = Rows(frame.astype("str"))
        self._decided = decided

    @functools.cached_property
    def outputs(self) -> np.ndarray:
        """The outputs of the rows, `(rows, n_outputs)` float32."""
        return self.predictor.outputs(self.rows)

    @functools.cached_property
    def models(self) -> list[FittedModel]:
        """The models, whose mean predicts; none for a blend."""
        return list(self.predictor.models())

    def agreement(self, row: int, outputs: np.ndarray) -> np.ndarray:
        """Return how much outputs agree with the decision for a row, see `Task.agreement`.

        Args:
            row: the row.
            outputs: `(n, n_outputs)` of the row with other words, say.

        Returns:
            `(n,)` float64.
        """
        decided = self._decided or self
        # The first row of outputs is the one that decides.
        every = np.concatenate([decided.outputs[row : row + 1], outputs]).astype(np.float64)
        return decided.run.task.agreement(every, decided.run.thresholds)[1:]

    def slopes(self, row: int, outputs: np.ndarray) -> np.ndarray:
        """Return the derivatives of `agreement` with respect to each output.

        Those of numbers are the same beyond the range of the labels.

        Returns:
            `(n, n_outputs)` float64.

        Example:
            multi-class, the second of three classes decided: [0, 1, 0] whatever the outputs
        """
        if self.run.task.activation == "linear":  # numbers, which agreement cuts to their range
            return np.full(outputs.shape, 1.0 / outputs.shape[1])
        # Central differences are exact here: agreement is linear in each output alone.
        moves = _STEP * np.eye(outputs.shape[1])
        wide = outputs.astype(np.float64)[:, None]
        ahead = self.agreement(row, (wide + moves).reshape(-1, len(moves)))
        back = self.agreement(row, (wide - moves).reshape(-1, len(moves)))
        return ((ahead - back) / (2 * _STEP)).reshape(outputs.shape)

    def as_member(self, run: Run, predictor: Predictor) -> Prediction:
        """Return the prediction of a member of this blend, which has decided."""
        return Prediction(run, predictor, self.frame, self._decided or self)
