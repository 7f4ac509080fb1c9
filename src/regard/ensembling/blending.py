"""Blends whose scores are honest."""

from dataclasses import dataclass

import numpy as np

from regard.ensembling.fitting import Fit, combine, fit
from regard.ensembling.objective import Goal, best_of, honest_score
from regard.errors import ConfigError
from regard.tasks import Task

_OF_ORDER = ("roc_auc", "mean_column_roc_auc", "pr_auc", "bias_roc_auc", "spearman")


@dataclass(frozen=True, eq=False)
class Blend:
    """A blend of out-of-fold outputs, and how to blend others.

    Attributes:
        fit: by all rows that were held out.
        outputs: `(rows, n_outputs)` float32, each fold's by a fit of the other folds; NaN for rows
            none held out.
        scores: of these outputs, for each method that was tried.
    """

    fit: Fit
    outputs: np.ndarray
    scores: dict[str, float]


def methods_for(metric: str, task: Task) -> tuple[str, ...]:
    """Return the methods that suit a metric: means of ranks only where nothing but the order of a column counts."""
    by_order = metric in _OF_ORDER and task.independent_probabilities
    return ("mean", *(["rank_mean"] if by_order else []), "hill_climbing", "nnls", "stacker")


def check_method(method: str, metric: str, task: Task) -> None:
    """Refuse a method that does not suit the metric.

    Raises:
        ConfigError: the message names those that do.
    """
    suiting = methods_for(metric, task)
    if method not in ("auto", *suiting):
        raise ConfigError(
            f"blend.method={method} does not suit the metric {metric} of the task {task.kind}; for it there are: auto, "
            f"{', '.join(suiting)}"
        )


def blend(members: np.ndarray, goal: Goal, folds: np.ndarray, *, method: str = "auto") -> Blend:
    """Blend the out-of-fold outputs of several runs.

    `auto` takes the method of the best score. Each of these scores is honest. That the best of them
    is taken makes it optimistic, but barely: there are five at most, and they go up and down
    together.

    Args:
        members: `(members, rows, n_outputs)` out-of-fold outputs, all by the same folds.
        goal: what is predicted, and by what metric it is scored.
        folds: `(rows,)` the fold of each row. Rows of fold -1, and those where an output is NaN,
            are left out.
        method: "auto" or one of `methods_for`.

    Returns:
        The blend of these rows, and how to blend those of the test set.

    Raises:
        ConfigError: the method does not suit the metric.

    Example:
        accuracy, labels [0, 1], outputs [[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]], folds
        [0, 1], "mean" -> outputs [[0.8, 0.2], [0.4, 0.6]], scores {"mean": 1.0}
    """
    check_method(method, goal.metric, goal.task)
    held_out = (folds >= 0) & np.isfinite(members).all(axis=(0, 2))
    folds = np.where(held_out, folds, -1)
    methods = methods_for(goal.metric, goal.task) if method == "auto" else (method,)
    outputs = {name: _nested(name, members, goal, folds) for name in methods}
    scores = {name: honest_score(goal, outputs[name], folds) for name in methods}
    best = best_of(scores, goal.metric)
    return Blend(fit(best, members[:, held_out], goal.take(held_out)), outputs[best], scores)


def _nested(method: str, members: np.ndarray, goal: Goal, folds: np.ndarray) -> np.ndarray:
    """Blend each fold's rows by a fit of the other folds' rows."""
    outputs = np.full(members.shape[1:], np.nan, np.float32)
    for fold in np.unique(folds[folds >= 0]):
        others, rows = np.flatnonzero((folds >= 0) & (folds != fold)), np.flatnonzero(folds == fold)
        outputs[rows] = combine(
            fit(method, members[:, others], goal.take(others)), members[:, rows], goal.task
        )
    return outputs
