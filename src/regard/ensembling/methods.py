"""The registry of blend methods: how members are weighted, and how weighted members combine.

A new method is one entry, for example the median of the members:

    METHODS["median"] = Method(
        fit=lambda members, objective: (equal_weights(members, objective), None),
        combine=lambda fitted, members, task: np.median(members, axis=0),
    )
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from regard.ensembling.fitting import equal_weights, hill_climbing, least_squares
from regard.ensembling.objective import Objective
from regard.ensembling.quantiles import mean_by_quantile, quantile_grids
from regard.ensembling.stacking import stack, stacked
from regard.metrics.registry import METRICS, Metric
from regard.tasks import Task


@dataclass(frozen=True, eq=False)
class Fit:
    """Everything that combines members: with it, any rows can be blended at any time.

    Attributes:
        method: the name of the method, see `METHODS`.
        weights: `(members,)` float64, none below zero, their sum one; of a stacker `(members,
            n_outputs)`, any numbers.
        intercepts: of a stacker `(n_outputs,)`, else None.
        references: of a mean of ranks `(members, n_outputs, quantiles)` float64, the quantiles of
            each member's out-of-fold outputs; else None.
    """

    method: str
    weights: np.ndarray
    intercepts: np.ndarray | None = None
    references: np.ndarray | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the fit for JSON; `fit_from` reads the same numbers back, bit for bit.

        Example:
            Fit("mean", np.array([0.5, 0.5])).to_dict()
            -> {"method": "mean", "weights": [0.5, 0.5], "intercepts": None, "references": None}
        """
        return {
            "method": self.method,
            "weights": self.weights.tolist(),
            "intercepts": None if self.intercepts is None else self.intercepts.tolist(),
            "references": None if self.references is None else self.references.tolist(),
        }


def weighted_mean(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    """Return the weighted mean of the members, `(rows, n_outputs)` float64."""
    # Member by member: a product of matrices would round a row differently beside other rows.
    mean = np.zeros(members.shape[1:])
    for weight, member in zip(fitted.weights, members, strict=True):
        mean += weight * member.astype(np.float64)
    return mean


def mean_by_rank(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    """Return the mean of the members' ranks among their out-of-fold outputs, as probabilities.

    See `quantiles.mean_by_quantile`, which has an example.
    """
    if fitted.references is None:
        raise TypeError("a mean of ranks has references")
    return mean_by_quantile(members, fitted.weights, fitted.references)


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
        needs: the attributes of a `Fit` that `combine` reads besides the weights: "intercepts",
            which `fit` returns, and "references", which are the quantiles of the members.
    """

    fit: Callable[[np.ndarray, Objective], tuple[np.ndarray, np.ndarray | None]]
    combine: Callable[[Fit, np.ndarray, Task], np.ndarray] = weighted_mean
    suits: Callable[[Metric, Task], bool] = lambda metric, task: True
    needs: tuple[str, ...] = ()


# In the order in which `auto` prefers them among equal scores: the simplest first.
METHODS: dict[str, Method] = {
    "mean": Method(lambda members, objective: (equal_weights(members, objective), None)),
    # Ranks lose the probabilities, so only where nothing but the order of a column counts.
    "rank_mean": Method(
        lambda members, objective: (equal_weights(members, objective), None),
        combine=mean_by_rank,
        suits=_compares_ranks,
        needs=("references",),
    ),
    "hill_climbing": Method(lambda members, objective: (hill_climbing(members, objective), None)),
    "nnls": Method(lambda members, objective: (least_squares(members, objective), None)),
    "stacker": Method(stack, combine=_stacked, needs=("intercepts",)),
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
    entry = METHODS[method]
    weights, intercepts = entry.fit(members, objective)
    references = quantile_grids(members) if "references" in entry.needs else None
    return Fit(method, weights, intercepts, references)


def combine(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    """Combine the outputs of members; a row's outputs do not depend on the other rows.

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
