"""Multi-class classification: one of several classes a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from regard.tasks import pair_cells
from regard.tasks.forms import OneClass, accuracy_reason
from regard.tasks.rankings import ranked_submissions

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

_DOMINANT = 2 / 3  # a class with a greater share of the rows makes accuracy say little


@dataclass(frozen=True)
class MultiClass(OneClass):
    """One class a row: labels are `(rows,)` int32, outputs a probability for each class.

    Attributes:
        marks: the negative and the positive value where each class has a label column, of which one
            is positive in every row; else empty.

    Example:
        MultiClass(("a", "b")).hard_labels(np.array([[0.2, 0.8]])) -> ["b"]
        MultiClass(("a", "b"), ("0", "1")).hard_labels(np.array([[0.2, 0.8]])) -> [["0", "1"]]
    """

    marks: tuple[str, ...] = ()

    kind = "multi_class"
    has_temperature = True
    similar_kinds = ("ordinal",)
    one_label_column = False
    default_metric = "accuracy"
    activation = "softmax"
    loss = "categorical_cross_entropy"

    @classmethod
    def submissions(cls, *, compares_labels: bool, ranks_labels: bool = False) -> tuple[str, ...]:
        """Return probabilities and labels, or the likeliest labels in one cell."""
        return ranked_submissions(compares_labels=compares_labels, ranks_labels=ranks_labels)

    @classmethod
    def excludes(cls, n_columns: int) -> bool:
        """Return whether each class has a column."""
        return n_columns > 1

    @classmethod
    def from_labels(cls, train: pd.DataFrame, competition: CompetitionConfig) -> Self:
        """Build the task from the column of classes, or from a column for each class."""
        if len(competition.label_columns) == 1:
            return super().from_labels(train, competition)
        return cls(tuple(competition.label_columns), pair_cells.read_pair(train, competition))

    def encode_labels(self, train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
        """Return the index of each row's class in `label_names`.

        Raises:
            DataError: also if a row has no positive column, or several.

        Example:
            columns a, b with the cells 0, 1 -> [1]
        """
        if not self.marks:
            return super().encode_labels(train, competition)
        return pair_cells.encode_exclusive(train, competition, self.marks).astype(np.int32)

    @property
    def written_values(self) -> tuple[str, ...]:
        """The classes, or the values of their columns."""
        return self.marks or self.label_names

    def hard_labels(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the class of each row, or the value of each column of classes."""
        if not self.marks:
            return super().hard_labels(outputs, thresholds)
        ideal = self.ideal_outputs(self.decide(outputs, thresholds))
        return np.array(self.marks)[ideal.astype(np.int64)]

    @classmethod
    def usual_label_metric(cls, shares: Mapping[str, float]) -> tuple[str, str]:
        """Return macro F1 where one class dominates, else accuracy."""
        most = max(shares, key=lambda name: shares[name])
        if shares[most] > _DOMINANT:
            return "f1_macro", (
                f"{shares[most]:.0%} of the rows are of the class {most}, so accuracy would hardly "
                "depend on the others"
            )
        # The default metric is the same, but here the shares give a reason.
        return "accuracy", accuracy_reason(shares)

    def ideal_outputs(self, labels: np.ndarray) -> np.ndarray:
        """Return 1 for the class of each row, 0 for the others.

        Example:
            two classes, [1, 0] -> [[0, 1], [1, 0]]
        """
        return (labels[:, None] == np.arange(self.n_outputs)).astype(np.float64)

    @property
    def threshold_search(self) -> str:
        """One threshold for each class."""
        return "classes"

    def default_thresholds(self) -> np.ndarray:
        """Return the same threshold for each class; their sum is one."""
        return np.full(self.n_outputs, 1.0 / self.n_outputs)

    def decide(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Choose the class whose probability is the greatest multiple of its threshold.

        Of two classes with thresholds that sum to one, the second is chosen from its threshold
        upwards, just as a positive label is.

        Example:
            thresholds [0.7, 0.2, 0.1]: [[0.6, 0.3, 0.1]] -> [1]
        """
        thresholds = self.default_thresholds() if thresholds is None else thresholds
        # [0.6, 0.3, 0.1] / [0.7, 0.2, 0.1] = [0.86, 1.5, 1]
        return (outputs.astype(np.float64) / thresholds).argmax(axis=1)

    def agreement(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the probability, in each row, of the class decided for the first row."""
        return outputs[:, self.decide(outputs[:1], thresholds)[0]].astype(np.float64)

    def class_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return the outputs, `(rows, classes)` float64."""
        return outputs.astype(np.float64)

    def confidence(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of the likeliest class of each row."""
        return outputs.max(axis=1)

    @property
    def threshold_note(self) -> str:
        """How a class is chosen."""
        return (
            "The class whose probability is the greatest multiple of its threshold is chosen; "
            "thresholds are 1 on average"
        )

    def shown_thresholds(self, thresholds: np.ndarray) -> np.ndarray:
        """Return thresholds as multiples of their mean, for their sum is one."""
        return thresholds * self.n_outputs

    def correctness(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of the true class, `(rows,)`."""
        return outputs.astype(np.float64)[np.arange(len(labels)), labels]

    def describe_output(self, output: np.ndarray, thresholds: np.ndarray | None = None) -> str:
        """Return the predicted class with its probability.

        Example:
            ("a", "b"), [0.2, 0.8] -> "b (0.80)"
        """
        decided = self.decide(output[None], thresholds)[0]
        return f"{self.label_names[decided]} ({output[decided]:.2f})"
