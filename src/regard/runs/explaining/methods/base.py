"""The interface of methods that weigh words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import WordWeights

if TYPE_CHECKING:
    from regard.runs.run import Run


@dataclass(frozen=True)
class Method:
    """A method that weighs words.

    Attributes:
        weigh: from a prediction to the words and weights of each row; None if the models do not
            suit the method.
        meaning: of the weights, in one phrase.
        needs: the models that it suits, in one phrase.
        signed: whether a weight below zero speaks against the prediction.
        asks_blends: whether it asks a blend itself, rather than its members.
        reads: about how many predictions of a row it takes; None: one for each word.
    """

    weigh: Callable[[Prediction], list[WordWeights] | None]
    meaning: str
    needs: str
    signed: bool = True
    asks_blends: bool = False
    reads: int | None = 1

    def suits(self, run: Run, models: str | None = None) -> bool:
        """Return whether it can explain the predictions of a run.

        Args:
            run: a trained run.
            models: see `Run.model_folders`.
        """
        columns = run.input_columns
        blank = pd.DataFrame({column: [""] for column in columns}, dtype="str")
        prediction = Prediction(run, run.predictor(models), blank)
        members = [] if self.asks_blends else prediction.predictor.members()
        asked = [prediction.as_member(member, own) for _, member, own in members] or [prediction]
        return any(self.weigh(one) is not None for one in asked)
