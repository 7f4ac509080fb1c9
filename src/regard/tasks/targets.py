"""Targets: the labels that predictions are scored against."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Targets:
    """Labels of some rows, with the weights and subgroups that scores need.

    Attributes:
        labels: `(rows,)` or `(rows, columns)`, in the form of the task.
        weights: `(rows,)` float64, the weight of each row in a score; None: all rows count alike.
        subgroups: `(rows, subgroups)` bool, for metrics that compare subgroups; None: there are
            none.
    """

    labels: np.ndarray
    weights: np.ndarray | None = None
    subgroups: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> "Targets":
        """Return the targets of some rows, given by their numbers or a mask."""
        weights = None if self.weights is None else self.weights[rows]
        subgroups = None if self.subgroups is None else self.subgroups[rows]
        return Targets(self.labels[rows], weights, subgroups)
