"""Soft labels: one or more columns of numbers from 0 to 1, such as shares of annotators."""

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
class SoftLabels(Numbers):
    """Soft labels: `(rows, columns)` float32 from 0 to 1; outputs are a probability for each.

    Attributes:
        exclusive: whether the columns of every row sum to one.

    Example:
        SoftLabels(("a", "b"), exclusive=True).activation -> "softmax"
    """

    exclusive: bool = False

    kind = "soft_labels"
    has_temperature = True
    similar_kinds = ("regression",)
    default_metric = "log_loss"

    @classmethod
    def submissions(cls, *, compares_labels: bool, ranks_labels: bool = False) -> tuple[str, ...]:
        """Return probabilities, the only choice."""
        return ("probabilities",)

    @classmethod
    def from_labels(cls, train: pd.DataFrame, competition: CompetitionConfig) -> Self:
        """Build the task from the label columns, which are exclusive if all rows sum to one."""
        cells.refuse_given_values(competition)
        cells.refuse_empty(train, competition)
        numbers = _read(train, competition)
        sums = numbers.sum(axis=1)
        # Rounded shares, such as 0.33 three times, sum to nearly one.
        several = len(competition.label_columns) > 1
        sum_to_one = bool(np.allclose(sums, 1.0, atol=1e-3))
        return cls(
            tuple(competition.label_columns),
            exclusive=several and sum_to_one,
            grids=find_grids(numbers, competition),
        )

    def encode_labels(self, train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
        """Return the numbers."""
        return _read(train, competition).astype(np.float32)

    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return the likeliest column of each row, the rounded labels, or bins of one column."""
        if self.exclusive:
            return labels.argmax(axis=1)
        if self.n_outputs == 1:
            return super().strata(labels)
        # A share of one half counts as positive, as in the metrics that need two classes.
        return labels >= 0.5

    def agreement(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the share of the first row's likeliest column, if columns are exclusive."""
        if not self.exclusive:
            return super().agreement(outputs)
        return outputs[:, outputs[0].argmax()].astype(np.float64)

    @property
    def activation(self) -> str:
        """A softmax where columns exclude one another, else a sigmoid for each."""
        return "softmax" if self.exclusive else "sigmoid"

    @property
    def loss(self) -> str:
        """The cross-entropy of exclusive columns, or of each column."""
        return "categorical_cross_entropy" if self.exclusive else "binary_cross_entropy"


def _read(train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
    return cells.read_numbers(
        train, competition, limits=(0.0, 1.0), out_of_limits="are not from 0 to 1"
    )
