"""Metrics of numbers: errors and correlations."""

import math
from collections.abc import Callable

import numpy as np

from regard.tasks import Targets, Task


def error(name: str, *, root: bool = False) -> Callable[[Task, Targets, np.ndarray], float]:
    """Return an error of numbers, averaged over columns.

    Args:
        name: of a function of `sklearn.metrics`.
        root: whether to take the square root of the average.
    """

    def function(task: Task, targets: Targets, predicted: np.ndarray) -> float:
        from sklearn import metrics

        true = task.label_numbers(targets.labels)
        found = float(getattr(metrics, name)(true, predicted, sample_weight=targets.weights))
        return math.sqrt(found) if root else found

    return function


def correlation(name: str) -> Callable[[Task, Targets, np.ndarray], float]:
    """Return the mean over columns of a correlation; NaN if a column is constant.

    Args:
        name: of a function of `scipy.stats`.
    """

    def function(task: Task, targets: Targets, predicted: np.ndarray) -> float:
        from scipy import stats

        true = task.label_numbers(targets.labels)
        # scipy warns of a constant, and correlates the rounding errors of a nearly constant one.
        pairs = list(zip(true.T, predicted.T, strict=True))
        if any(_is_constant(column) for pair in pairs for column in pair):
            return math.nan
        return float(np.mean([getattr(stats, name)(*pair).statistic for pair in pairs]))

    return function


def _is_constant(values: np.ndarray) -> bool:
    """Return whether values differ by rounding only; their correlation would be noise."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())
