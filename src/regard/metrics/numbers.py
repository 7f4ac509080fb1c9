"""Metrics of numbers: errors and correlations."""

import math
from collections.abc import Callable

import numpy as np

from regard.metrics.confusion import ratio
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


def rmsle(task: Task, targets: Targets, predicted: np.ndarray) -> float:
    """Return the mean over columns of the root mean squared error of log(1 + number).

    Predictions below 0 count as 0. NaN where a label is -1 or less.
    """
    true = task.label_numbers(targets.labels)
    if (true <= -1.0).any():
        return math.nan
    squares = np.square(np.log1p(true) - np.log1p(predicted.clip(0.0)))
    return float(np.sqrt(np.average(squares, axis=0, weights=targets.weights)).mean())


def smape(task: Task, targets: Targets, predicted: np.ndarray) -> float:
    """Return the mean of the error over the mean size of both numbers; 0 where both are 0.

    It is from 0 to 2, for percent multiply by 100.

    Example:
        label 1, prediction 3 -> 2 / 2
    """
    true = task.label_numbers(targets.labels)
    sizes = (np.abs(true) + np.abs(predicted)) / 2
    errors = ratio(np.abs(true - predicted), sizes).mean(axis=1)
    return float(np.average(errors, weights=targets.weights))


def r2(task: Task, targets: Targets, predicted: np.ndarray) -> float:
    """Return the mean over columns of the share of the variance that is explained.

    NaN for fewer than two rows.
    """
    if len(predicted) < 2:
        return math.nan
    return error("r2_score")(task, targets, predicted)


def gini(task: Task, targets: Targets, predicted: np.ndarray) -> float:
    """Return the normalized Gini coefficient, a mean over columns; NaN if a column is constant.

    It compares the order of rows by the prediction with their order by the label. Rows of equal
    predictions share the mean of their ranks. Of labels 0 and 1 it is twice the ROC AUC minus 1.

    Example:
        labels [1, 2, 4], predictions [0, 2, 1] -> ranks [0.5, 2.5, 1.5] - 1.5 = [-1, 1, 0]
        -> (-1 + 2) / (-1 + 4)
    """
    true = task.label_numbers(targets.labels)
    weights = np.ones(len(true)) if targets.weights is None else targets.weights
    found = []
    for label, number in zip(true.T, predicted.T, strict=True):
        if _is_constant(label):
            return math.nan
        gained, most = (
            (weights * label * (_weighted_ranks(values, weights) - weights.sum() / 2)).sum()
            for values in (number, label)
        )
        found.append(gained / most)
    return float(np.mean(found))


def _weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weight of the rows below each row, plus half the weight of its equals.

    Example:
        values [5, 7, 7], weights [1, 1, 2] -> [0.5, 2.5, 2.5]
    """
    _, inverse = np.unique(values, return_inverse=True)
    of_value = np.bincount(inverse, weights)
    return (of_value.cumsum() - of_value / 2)[inverse]


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
