"""Blends whose scores are honest."""

from dataclasses import dataclass

import numpy as np

from regard.blend.fitting import Fit, combine, fit
from regard.blend.goal import Goal, best_of, honest_score
from regard.errors import ConfigError
from regard.task import Task

_OF_ORDER = ("roc_auc", "mean_column_roc_auc", "pr_auc", "bias_roc_auc", "spearman")


@dataclass(frozen=True, eq=False)
class Blend:
    """A blend of out-of-fold outputs, and how to blend others.

    Attributes:
        fit: by all rows that were held out.
        fold_fits: for each fold, by the rows of the other folds.
        outputs: `(rows, n_outputs)` float32, each fold's by its fit; NaN for rows none held out.
        scores: of these outputs, for each method that was tried.
    """

    fit: Fit
    fold_fits: dict[int, Fit]
    outputs: np.ndarray
    scores: dict[str, float]


def methods_for(metric: str, task: Task) -> tuple[str, ...]:
    """Return the methods that suit a metric: means of ranks only where nothing but the order of a column counts."""
    by_order = metric in _OF_ORDER and task.activation == "sigmoid" and task.kind != "ordinal"
    return ("mean", *(["rank_mean"] if by_order else []), "hill_climbing", "nnls", "stacker")


def blend(members: np.ndarray, goal: Goal, folds: np.ndarray, *, method: str = "auto") -> Blend:
    """Blend the out-of-fold outputs of several runs.

    `auto` takes the method of the best score. Each of these scores is honest. That the best of them is taken makes it
    optimistic, but barely: there are five at most, and they go up and down together.

    Args:
        members: `(members, rows, n_outputs)` out-of-fold outputs, all by the same folds.
        goal: what is predicted, and by what metric it is scored.
        folds: `(rows,)` the fold of each row. Rows of fold -1, and those where an output is NaN, are left out.
        method: "auto" or one of `methods_for`.

    Returns:
        The blend of these rows, and how to blend those of the test set.

    Raises:
        ConfigError: the method does not suit the metric.

    Example:
        accuracy, labels [0, 1], outputs [[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]], folds [0, 1], "mean" ->
        outputs [[0.8, 0.2], [0.4, 0.6]], scores {"mean": 1.0}
    """
    suiting = methods_for(goal.metric, goal.task)
    if method not in ("auto", *suiting):
        raise ConfigError(
            f"blend.method={method} does not suit the metric {goal.metric} of the task {goal.task.kind}; for it there "
            f"are: auto, {', '.join(suiting)}"
        )
    held_out = (folds >= 0) & np.isfinite(members).all(axis=(0, 2))
    folds = np.where(held_out, folds, -1)
    methods = suiting if method == "auto" else (method,)
    fits = {name: _fits_of_folds(name, members, goal, folds) for name in methods}
    outputs = {name: _nested(fits[name], members, goal.task, folds) for name in methods}
    scores = {name: honest_score(goal, outputs[name], folds) for name in methods}
    best = best_of(scores, goal.metric)
    return Blend(fit(best, members[:, held_out], goal.take(held_out)), fits[best], outputs[best], scores)


def _fits_of_folds(method: str, members: np.ndarray, goal: Goal, folds: np.ndarray) -> dict[int, Fit]:
    """For each fold a fit of the other folds' rows."""
    fits = {}
    for fold in np.unique(folds[folds >= 0]).tolist():
        others = np.flatnonzero((folds >= 0) & (folds != fold))
        fits[fold] = fit(method, members[:, others], goal.take(others))
    return fits


def _nested(fits: dict[int, Fit], members: np.ndarray, task: Task, folds: np.ndarray) -> np.ndarray:
    """Blend each fold's rows by its fit."""
    outputs = np.full(members.shape[1:], np.nan, np.float32)
    for fold, fitted in fits.items():
        rows = np.flatnonzero(folds == fold)
        outputs[rows] = combine(fitted, members[:, rows], task)
    return outputs
