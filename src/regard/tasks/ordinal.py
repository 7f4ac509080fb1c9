"""Ordinal classification: one of several ranked classes a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from regard.tasks import cells
from regard.tasks.forms import OneClass

if TYPE_CHECKING:
    from regard.config import CompetitionConfig


@dataclass(frozen=True)
class Ordinal(OneClass):
    """Ranked classes: labels are `(rows,)` int32 ranks from 0, lowest first.

    The outputs are the probabilities that the rank is above 0, above 1, ... Their sum is the
    expected rank.

    Example:
        Ordinal(("poor", "fair", "good")).hard_labels(np.array([[0.9, 0.4]])) -> ["fair"]

    Reference:
        Frank & Hall (2001), A simple approach to ordinal classification, ECML.
    """

    kind = "ordinal"
    similar_kinds = ("multi_class", "regression")
    rates_texts = True
    default_metric = "quadratic_weighted_kappa"
    fraction_metric = "rmse"
    correctness_caption = "off by"
    activation = "sigmoid"
    loss = "ordinal_cross_entropy"

    @classmethod
    def submissions(cls, *, compares_labels: bool, ranks_labels: bool = False) -> tuple[str, ...]:
        """Return labels, or numbers: the expected value of the rank."""
        return ("labels",) if compares_labels else ("numbers", "labels")

    @classmethod
    def usual_label_metric(cls, shares: Mapping[str, float]) -> tuple[str, str]:
        """Return the quadratic weighted kappa."""
        return cls.default_metric, "usual for ordered labels"

    @classmethod
    def from_labels(cls, train: pd.DataFrame, competition: CompetitionConfig) -> Self:
        """Build the task from the label column.

        Raises:
            DataError: also if the order of the classes is unknown.
        """
        cells.given_values(competition)
        cells.refuse_empty(train, competition)
        # Before other checks: without an order there is no lowest label to name in a message.
        (column,) = competition.label_columns
        cells.check_order(cells.sorted_values(train[column].unique()), competition)
        return cls(cells.find_classes(train, competition))

    def ideal_outputs(self, labels: np.ndarray) -> np.ndarray:
        """Return 1 for each rank that a row is above.

        Example:
            three ranks, [0, 1, 2] -> [[0, 0], [1, 0], [1, 1]]
        """
        return (labels[:, None] > np.arange(self.n_outputs)).astype(np.float64)

    @property
    def rank_values(self) -> np.ndarray:
        """The number of each rank: its name if all names are numbers, else the rank; float64."""
        try:
            return np.array([float(name) for name in self.label_names])
        except ValueError:
            return np.arange(len(self.label_names), dtype=np.float64)

    def label_numbers(self, labels: np.ndarray) -> np.ndarray:
        """Return the numbers of ranks, `(rows, 1)` float64.

        Example:
            ("1", "2", "4"), [0, 2] -> [[1], [4]]
        """
        return self.rank_values[labels][:, None]

    @property
    def output_names(self) -> tuple[str, ...]:
        """One output for each rank but the highest."""
        return tuple(f"above {name}" for name in self.label_names[:-1])

    @property
    def independent_probabilities(self) -> bool:
        """Never: the probability of being above a rank bounds the next one."""
        return False

    def finish_outputs(self, outputs: np.ndarray) -> np.ndarray:
        """Make the probabilities of being above a rank never rise with the rank.

        Example:
            [[0.5, 0.7, 0.2]] -> [[0.5, 0.5, 0.2]]
        """
        return np.minimum.accumulate(outputs, axis=1)

    def numbers(self, outputs: np.ndarray) -> np.ndarray:
        """Return the expected number of the rank, `(rows, 1)` float64.

        Example:
            ("1", "2", "4"), [[0.9, 0.5]] -> [[1 + 0.9 * 1 + 0.5 * 2]]
        """
        # The lowest value, and each step to the next one times the probability of being above it.
        values = self.rank_values
        steps = outputs.astype(np.float64) * np.diff(values)
        # Not a product of matrices, which would round a row differently beside other rows.
        return values[0] + steps.sum(axis=1, keepdims=True)

    @property
    def threshold_search(self) -> str:
        """Cut points between the ranks."""
        return "cuts"

    def cut_values(self, outputs: np.ndarray) -> np.ndarray:
        """Return the expected rank, on which the cut points are, `(rows,)` float64.

        Example:
            [[0.9, 0.4]] -> [1.3]
        """
        return outputs.astype(np.float64).sum(axis=1)

    def default_thresholds(self) -> np.ndarray:
        """Return the cut points 0.5, 1.5, ... between ranks."""
        return np.arange(self.n_outputs) + 0.5

    def decide(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the ranks whose cut points enclose the expected ranks.

        Example:
            cut points [0.5, 1.5]: [[0.9, 0.4]] -> [1]
        """
        thresholds = self.default_thresholds() if thresholds is None else thresholds
        return np.searchsorted(thresholds, self.cut_values(outputs), side="right")

    def rank_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each rank, `(rows, ranks)`.

        Example:
            [[0.9, 0.4]] -> [[0.1, 0.5, 0.4]]
        """
        # P(rank = i) = P(rank above i - 1) - P(rank above i), with 1 and 0 at the ends:
        # [1, 0.9, 0.4] - [0.9, 0.4, 0] = [0.1, 0.5, 0.4]
        above = np.pad(outputs, ((0, 0), (1, 0)), constant_values=1.0)
        return np.asarray(above - np.pad(outputs, ((0, 0), (0, 1))))

    def class_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each rank, `(rows, ranks)` float64."""
        return self.rank_probabilities(outputs.astype(np.float64))

    def confidence(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of the likeliest rank of each row.

        Example:
            [[0.9, 0.4]]: ranks have the probabilities 0.1, 0.5, 0.4 -> [0.5]
        """
        return self.rank_probabilities(outputs).max(axis=1)

    def agreement(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the probability, in each row, of the rank decided for the first row."""
        decided = self.decide(outputs[:1], thresholds)[0]
        return self.rank_probabilities(outputs.astype(np.float64))[:, decided]

    @property
    def threshold_names(self) -> tuple[str, ...]:
        """Each pair of neighbouring ranks."""
        # ("a", "b", "c") -> "a | b", "b | c"
        pairs = zip(self.label_names, self.label_names[1:], strict=False)
        return tuple(f"{low} | {high}" for low, high in pairs)

    @property
    def threshold_note(self) -> str:
        """The scale of the cut points."""
        return "Cut points on the expected rank"

    def describe_output(self, output: np.ndarray, thresholds: np.ndarray | None = None) -> str:
        """Return the predicted rank, and the expected number.

        Example:
            ("1", "2", "4"), [0.9, 0.5] -> "2 (mean 2.90)"
        """
        decided = self.decide(output[None], thresholds)[0]
        return f"{self.label_names[decided]} (mean {self.numbers(output[None])[0, 0]:.2f})"
