"""Regression: one or more columns of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from regard.tasks import cells
from regard.tasks.forms import Numbers
from regard.tasks.grids import find_grids

if TYPE_CHECKING:
    from regard.config import CompetitionConfig


@dataclass(frozen=True)
class Regression(Numbers):
    """Numbers: labels are `(rows, columns)` float32, outputs a number for each column.

    Attributes:
        ranges: the lowest and the highest number of each column.

    Example:
        Regression(("ease",), ((-1.0, 4.0),)).numbers(np.array([[9.0]])) -> [[4.0]]
    """

    ranges: tuple[tuple[float, float], ...] = ()

    kind = "regression"
    similar_kinds = ("ordinal", "soft_labels")
    rates_texts = True
    default_metric = "rmse"
    has_units = True
    activation = "linear"
    loss = "squared_error"

    @classmethod
    def default_metric_of(cls, n_columns: int) -> str:
        """Return RMSE, for several columns its mean over them."""
        return "mcrmse" if n_columns > 1 else cls.default_metric

    @classmethod
    def submissions(cls, *, compares_labels: bool, ranks_labels: bool = False) -> tuple[str, ...]:
        """Return numbers, the only choice."""
        return ("numbers",)

    @classmethod
    def from_labels(cls, train: pd.DataFrame, competition: CompetitionConfig) -> Self:
        """Build the task: predictions stay within `label_range`, else within the labels' range."""
        cells.refuse_given_values(competition)
        cells.refuse_empty(train, competition)
        numbers = _read(train, competition)
        names = tuple(competition.label_columns)
        grids = find_grids(numbers, competition)
        if competition.label_range is not None:
            low, high = competition.label_range
            return cls(names, ((low, high),) * len(names), grids=grids)
        # Numbers beyond those of the train rows are more often wrong than right.
        found = zip(numbers.min(axis=0).tolist(), numbers.max(axis=0).tolist(), strict=True)
        return cls(names, tuple(found), grids=grids)

    def encode_labels(self, train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
        """Return the numbers."""
        return _read(train, competition).astype(np.float32)

    def finish_outputs(self, outputs: np.ndarray) -> np.ndarray:
        """Bring outputs into the range of their column."""
        return self.numbers(outputs)

    def valid_outputs(self, outputs: np.ndarray) -> tuple[np.ndarray, str]:
        """Return which outputs are finite."""
        return np.isfinite(outputs), "finite numbers"

    def numbers(self, outputs: np.ndarray) -> np.ndarray:
        """Return outputs within the range of their column, `(rows, columns)` float64."""
        return np.clip(outputs.astype(np.float64), *np.transpose(self.ranges))

    def default_thresholds(self) -> np.ndarray:
        """Return no thresholds without a grid: an empty array."""
        return super().default_thresholds() if self.grids else np.empty(0)

    def decide(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Refuse without a grid: numbers are not turned into labels."""
        if self.grids:
            return super().decide(outputs, thresholds)
        raise TypeError(f"the task {self.kind} has no labels to decide for")

    def mean_loss(
        self, outputs: np.ndarray, labels: np.ndarray, class_weights: np.ndarray | None = None
    ) -> float:
        """Return the mean squared error; there are no class weights."""
        return float(np.square(self.ideal_outputs(labels) - outputs).mean())

    def row_losses(self, outputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the mean squared error of each row, `(rows,)` float64."""
        return np.asarray(np.square(self.ideal_outputs(labels) - outputs).mean(axis=1))


def _read(train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
    # Labels beyond the given range show that the range, or the column, is the wrong one.
    limits = competition.label_range
    return cells.read_numbers(
        train, competition, limits=limits, out_of_limits="are outside label_range"
    )
