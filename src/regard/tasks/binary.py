"""Binary classification: one column of positive and negative labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from regard.tasks import cells, pair_cells
from regard.tasks.forms import YesNo, accuracy_reason

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

_RARE = 0.25  # a lower share of positives is usually scored by F1


@dataclass(frozen=True)
class Binary(YesNo):
    """Binary labels: `(rows, 1)` of 0 and 1; the output is the probability of the positive value.

    Example:
        Binary(("spam",), ("no", "yes")).hard_labels(np.array([[0.7], [0.2]])) -> ["yes", "no"]
    """

    kind = "binary"
    has_temperature = True
    default_metric = "roc_auc"
    fraction_metric = "roc_auc"
    report_section = "confusion"

    @classmethod
    def usual_label_metric(cls, shares: Mapping[str, float]) -> tuple[str, str]:
        """Return F1 where positives are rare, else accuracy."""
        # The keys are in order, the positive label last.
        *_, positive = shares
        if shares[positive] < _RARE:
            share = f"{positive} in {shares[positive]:.1%} of the rows"
            return "f1", f"usual for a rare positive label: {share}"
        return "accuracy", accuracy_reason(shares)

    @classmethod
    def from_labels(cls, train: pd.DataFrame, competition: CompetitionConfig) -> Self:
        """Build the task from the label column.

        Example:
            cells "yes", "no" -> values ("no", "yes")
        """
        values = pair_cells.read_pair(train, competition)
        cells.need_each(train, competition, values)
        return cls(tuple(competition.label_columns), values)

    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return the labels as one column, `(rows,)` int64."""
        return labels.reshape(len(labels)).astype(np.int64)

    @property
    def classes(self) -> tuple[str, ...]:
        """The negative and the positive value."""
        return self.values

    @property
    def probability_names(self) -> tuple[str, ...]:
        """The positive value."""
        return self.values[1:]

    @property
    def threshold_search(self) -> str:
        """One cut on the probability."""
        return "cuts"

    def hard_labels(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the value of each row, `(rows,)` str."""
        return np.array(self.values)[self.decide(outputs, thresholds)[:, 0]]

    def class_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probabilities of the negative and the positive value, `(rows, 2)` float64."""
        positive = outputs.astype(np.float64)
        return np.concatenate([1.0 - positive, positive], axis=1)

    def class_weight_table(self, weights: np.ndarray) -> np.ndarray:
        """Return the weights of negative and positive rows, `(1, 2)`."""
        return weights[None]

    def describe_label(self, label: np.ndarray) -> str:
        """Return the value of a row."""
        return self.values[int(label[0])]

    def describe_output(self, output: np.ndarray, thresholds: np.ndarray | None = None) -> str:
        """Return the predicted value with its probability.

        Example:
            [0.2] with values ("no", "yes") -> "no (0.80)"
        """
        positive = float(output[0])
        decided = self.decide(output[None], thresholds)[0, 0]
        # The probability of the predicted value, not always of the positive one.
        return f"{self.values[decided]} ({positive if decided else 1 - positive:.2f})"
