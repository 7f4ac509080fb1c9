"""The registry of blend methods: how members are weighted, and how weighted members combine.

A new method is one entry, for example the median of the members:

    METHODS["median"] = Method(
        fit=lambda members, objective: (equal_weights(members, objective), None),
        combine=lambda fitted, members, task: np.median(members, axis=0),
    )
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from regard.ensembling.fitting import equal_weights, hill_climbing, least_squares
from regard.ensembling.objective import Objective
from regard.ensembling.stacking import stack, stacked
from regard.metrics.registry import METRICS, Metric
from regard.tasks import Task


@dataclass(frozen=True, eq=False)
class Fit:
    """The fitted weights of members.

    Attributes:
        method: the name of the method, see `METHODS`.
        weights: `(members,)` float64, none below zero, their sum one; of a stacker `(members,
            n_outputs)`, any numbers.
        intercepts: of a stacker `(n_outputs,)`, else None.
    """

    method: str
    weights: np.ndarray
    intercepts: np.ndarray | None = None


def weighted_mean(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    """Return the weighted mean of the members, `(rows, n_outputs)` float64."""
    return np.tensordot(fitted.weights, members.astype(np.float64), axes=1)


def mean_by_rank(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    """Return the mean outputs in the order of the mean ranks: they can be read as probabilities.

    Example:
        columns [0.1, 0.2, 0.9] and [0.5, 0.7, 0.6]: mean outputs [0.3, 0.45, 0.75], mean ranks
        [1, 2.5, 2.5] -> [0.3, 0.45, 0.45]
    """
    from scipy.stats import rankdata

    mean = weighted_mean(fitted, members, task)
    if not len(mean):
        return mean
    # Equal mean ranks get the lowest of their ranks, and so the same output.
    ranks = rankdata(rankdata(members, axis=1).mean(axis=0), method="min", axis=0)
    return np.take_along_axis(np.sort(mean, axis=0), ranks.astype(np.int64) - 1, axis=0)


def _stacked(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    if fitted.intercepts is None:
        raise TypeError("a stack has intercepts")
    return stacked(members, fitted.weights, fitted.intercepts, task)


def _compares_ranks(metric: Metric, task: Task) -> bool:
    return metric.compares == "ranks" and task.independent_probabilities


@dataclass(frozen=True)
class Method:
    """A blend method.

    Attributes:
        fit: from members `(members, rows, n_outputs)` without NaN, and the objective of these rows,
            to the weights and intercepts of a `Fit`.
        combine: from the fit, members of any rows and the task to outputs `(rows, n_outputs)`.
        suits: whether it suits a metric and a task.
    """

    fit: Callable[[np.ndarray, Objective], tuple[np.ndarray, np.ndarray | None]]
    combine: Callable[[Fit, np.ndarray, Task], np.ndarray] = weighted_mean
    suits: Callable[[Metric, Task], bool] = lambda metric, task: True


# In the order in which `auto` prefers them among equal scores: the simplest first.
METHODS: dict[str, Method] = {
    "mean": Method(lambda members, objective: (equal_weights(members, objective), None)),
    # Ranks lose the probabilities, so only where nothing but the order of a column counts.
    "rank_mean": Method(
        lambda members, objective: (equal_weights(members, objective), None),
        combine=mean_by_rank,
        suits=_compares_ranks,
    ),
    "hill_climbing": Method(lambda members, objective: (hill_climbing(members, objective), None)),
    "nnls": Method(lambda members, objective: (least_squares(members, objective), None)),
    "stacker": Method(stack, combine=_stacked),
}


def methods_for(metric: str, task: Task) -> tuple[str, ...]:
    """Return the names of the methods that suit a metric and a task."""
    return tuple(name for name, method in METHODS.items() if method.suits(METRICS[metric], task))


def fit(method: str, members: np.ndarray, objective: Objective) -> Fit:
    """Fit the weights of members.

    Args:
        method: one of `methods_for`.
        members: `(members, rows, n_outputs)`, no NaN.
        objective: of these rows.
    """
    weights, intercepts = METHODS[method].fit(members, objective)
    return Fit(method, weights, intercepts)


def combine(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    """Combine the outputs of members.

    Args:
        fitted: from `fit`.
        members: `(members, rows, n_outputs)` outputs of any rows.
        task: the task.

    Returns:
        `(rows, n_outputs)` float32.

    Example:
        mean of [[0.9]] and [[0.7]] -> [[0.8]]
    """
    return METHODS[fitted.method].combine(fitted, members, task).astype(np.float32)
