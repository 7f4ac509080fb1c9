"""Three forms of labels, each shared by two or more kinds of task."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from regard.tasks import cells, pair_cells
from regard.tasks.base import Task
from regard.tasks.grids import cut_names, cut_to_grids, nearest_cuts

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

_N_BINS = 10  # of numbers, as strata of the folds


def accuracy_reason(shares: Mapping[str, float]) -> str:
    """Return the reason to guess accuracy, with the share of the most frequent label."""
    most = max(shares.values())
    return f"the sample has labels; the most frequent has {most:.0%} of the rows"


@dataclass(frozen=True)
class OneClass(Task, ABC):
    """A task with one class a row: `label_names` are the classes, labels are `(rows,)` int32."""

    report_section = "confusion"

    @classmethod
    def from_labels(cls, train: pd.DataFrame, competition: CompetitionConfig) -> Self:
        """Build the task from the label column.

        Example:
            cells "b", "a", "b" -> label_names ("a", "b")
        """
        cells.given_values(competition)
        cells.refuse_empty(train, competition)
        return cls(cells.find_classes(train, competition))

    def encode_labels(self, train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
        """Return the index of each row's class in `label_names`.

        Example:
            cells "b", "a", "b" with label_names ("a", "b") -> [1, 0, 1]
        """
        (column,) = competition.label_columns
        return cells.encode(train, competition, column, self.label_names).astype(np.int32)

    def count_labels(self, labels: np.ndarray) -> str:
        """Return the number of rows of each class in words."""
        return cells.counts_line(self.label_names, self.class_counts(labels)[0])

    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return the classes, `(rows,)` int64."""
        return labels.astype(np.int64)

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of a row's label."""
        return self.label_names

    def hard_labels(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the class of each row, `(rows,)` str.

        Example:
            multi_class ("a", "b"), [[0.2, 0.8]] -> ["b"]
        """
        return np.array(self.label_names)[self.decide(outputs, thresholds)]

    def class_counts(self, labels: np.ndarray) -> np.ndarray:
        """Count the rows of each class, `(1, classes)`."""
        # Some rows, as those of a fold, may lack the last classes.
        return np.bincount(labels, minlength=len(self.label_names))[None]

    def class_weight_table(self, weights: np.ndarray) -> np.ndarray:
        """Return a weight for each class, `(classes,)`."""
        return weights

    def cell_weights(self, labels: np.ndarray, class_weights: np.ndarray | None) -> np.ndarray:
        """Return the weight of each row's class, the same in each output."""
        shape = (len(labels), self.n_outputs)
        if class_weights is None:
            return np.ones(shape)
        # Weights [1, 3], labels [1, 0] -> [[3, 3], [1, 1]]
        return np.broadcast_to(class_weights[labels][:, None], shape)

    def describe_label(self, label: np.ndarray) -> str:
        """Return the name of a class."""
        return self.label_names[int(label)]


@dataclass(frozen=True)
class YesNo(Task, ABC):
    """A task of positive and negative labels: `(rows, columns)` float32 of 0 and 1.

    Attributes:
        values: the negative and the positive value in train.csv.
    """

    values: tuple[str, str] = ("0", "1")

    activation = "sigmoid"
    loss = "binary_cross_entropy"

    def encode_labels(self, train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
        """Return 1 for each positive cell, 0 for each negative one.

        Example:
            cells "yes", "no" with values ("no", "yes") -> [[1], [0]]
        """
        columns = [
            pair_cells.encode_pair(train, competition, column, self.values)
            for column in competition.label_columns
        ]
        # float32, as the network's loss multiplies labels and outputs.
        return np.stack(columns, axis=1).astype(np.float32)

    def count_labels(self, labels: np.ndarray) -> str:
        """Return the number of positive rows of each column in words."""
        return cells.counts_line(self.label_names, self.class_counts(labels)[:, 1])

    def class_counts(self, labels: np.ndarray) -> np.ndarray:
        """Count the negative and positive rows of each column, `(columns, 2)`."""
        # A float32 sum of more than 2 ** 24 ones would stop rising.
        positive = labels.sum(axis=0, dtype=np.float64)
        return np.stack([len(labels) - positive, positive], axis=1)

    def confidence(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each row's least certain decision.

        Example:
            [[0.9, 0.2]] -> [0.8]
        """
        return np.maximum(outputs, 1.0 - outputs).min(axis=1)

    def agreement(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the probability, in each row, of all labels decided for the first row."""
        labels = np.broadcast_to(self.decide(outputs[:1], thresholds), outputs.shape)
        return self.correctness(labels, outputs)

    def correctness(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of all labels of a row together, `(rows,)`."""
        wide = outputs.astype(np.float64)
        return np.where(labels > 0.5, wide, 1.0 - wide).prod(axis=1)


@dataclass(frozen=True)
class Numbers(Task, ABC):
    """A task of numbers: labels are `(rows, columns)` float32."""

    has_classes = False
    one_label_column = False
    report_section = "residuals"
    correctness_caption = "off by"

    def count_labels(self, labels: np.ndarray) -> str:
        """Return the mean of each column in words.

        Example:
            column "ease", [[1.0], [2.0]] -> "ease mean 1.5"
        """
        means = zip(self.label_names, self.label_numbers(labels).mean(axis=0), strict=True)
        return ", ".join(f"{name} mean {mean:.4g}" for name, mean in means)

    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return ten bins of about equally many rows, `(rows,)` int64.

        Several columns are binned by the mean of their standardized values.
        """
        # A constant column has no spread to divide by.
        spread = labels.std(axis=0)
        values = (labels / np.where(spread > 0, spread, 1.0)).mean(axis=1)
        # Edges between ten equal parts; equal values share a bin, so there may be fewer.
        edges = np.unique(np.quantile(values, np.linspace(0, 1, _N_BINS + 1)[1:-1]))
        bins: np.ndarray = np.searchsorted(edges, values, side="right")
        return bins.astype(np.int64)

    @property
    def threshold_search(self) -> str | None:
        """Cut points between the values of a grid, if there is one."""
        return "grid" if self.grids else None

    @property
    def threshold_names(self) -> tuple[str, ...]:
        """Each pair of neighbouring values of a grid."""
        return cut_names(self.label_names, self.grids) if self.grids else self.label_names

    @property
    def threshold_note(self) -> str:
        """The scale of the cut points."""
        return "Cut points between the values of competition.label_grid; nan: the number is kept"

    def default_thresholds(self) -> np.ndarray:
        """Return the cut points that give each number the nearest value of its grid."""
        return nearest_cuts(self.grids) if self.grids else super().default_thresholds()

    def decide(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the values of the grids, `(rows, columns)` float64; without grids see `Task`."""
        if not self.grids:
            return super().decide(outputs, thresholds)
        cuts = self.default_thresholds() if thresholds is None else thresholds
        return cut_to_grids(self.numbers(outputs), self.grids, cuts)

    def describe_label(self, label: np.ndarray) -> str:
        """Return the numbers, with the names of their columns if there are several.

        Example:
            columns ("a", "b"), [1.25, 3] -> "a 1.25, b 3"
        """
        return self._listed(self.label_numbers(label[None])[0])

    def describe_output(self, output: np.ndarray, thresholds: np.ndarray | None = None) -> str:
        """Return the predicted numbers in the same form."""
        return self._listed(self.numbers(output[None])[0])

    def _listed(self, numbers: np.ndarray) -> str:
        if len(self.label_names) == 1:
            return _shown(numbers[0])
        named = zip(self.label_names, numbers, strict=True)
        return ", ".join(f"{name} {_shown(number)}" for name, number in named)


def _shown(number: float) -> str:
    """Return three digits of a number, and of a large one all before the decimal point.

    Example:
        1.25678 -> "1.26", 12345.6 -> "12346"
    """
    return f"{number:.3g}" if abs(number) < 1000 else f"{number:.0f}"
