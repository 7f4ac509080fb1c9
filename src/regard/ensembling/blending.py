"""Blends whose scores are honest."""

from dataclasses import dataclass

import numpy as np

from regard.ensembling.methods import Fit, combine, fit, methods_for
from regard.ensembling.objective import Objective, best_of, honest_score
from regard.errors import ConfigError
from regard.tasks import Task

# Of the rows of a single fold, where no others were trained.
_N_PARTS = 5


@dataclass(frozen=True, eq=False)
class Blend:
    """A blend of out-of-fold outputs, and the fit that blends other rows.

    Attributes:
        fit: to all rows that were held out.
        outputs: `(rows, n_outputs)` float32, those of each fold by a fit to the other folds; NaN
            for rows that no fold held out.
        scores: of these outputs, for each method that was tried.
    """

    fit: Fit
    outputs: np.ndarray
    scores: dict[str, float]


def check_method(method: str, metric: str, task: Task) -> None:
    """Make sure that a method suits the metric.

    Raises:
        ConfigError: it does not; the message names those that do.
    """
    suiting = methods_for(metric, task)
    if method not in ("auto", *suiting):
        raise ConfigError(
            f"blend.method={method} does not suit the metric {metric} of the task {task.kind}; "
            f"for it there are: auto, {', '.join(suiting)}"
        )


def blend(
    members: np.ndarray, objective: Objective, folds: np.ndarray, *, method: str = "auto"
) -> Blend:
    """Blend the out-of-fold outputs of several runs.

    `auto` takes the method with the best score. Each of these scores is honest. Taking the best of
    them is optimistic, but barely: there are few, and they rise and fall together.

    Args:
        members: `(members, rows, n_outputs)` out-of-fold outputs, all by the same folds.
        objective: the metric and the targets.
        folds: `(rows,)` the fold of each row. Rows of fold -1, and those where an output is NaN,
            are left out.
        method: "auto" or one of `methods_for`.

    Returns:
        The blend of these rows, and the fit that blends those of the test set.

    Raises:
        ConfigError: the method does not suit the metric.

    Example:
        accuracy, labels [0, 1], outputs [[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]], folds
        [0, 1], "mean" -> outputs [[0.8, 0.2], [0.4, 0.6]], scores {"mean": 1.0}
    """
    metric, task = objective.metric, objective.task
    check_method(method, metric, task)
    held_out = (folds >= 0) & np.isfinite(members).all(axis=(0, 2))
    folds = np.where(held_out, folds, -1)
    parts = _parts(folds)
    methods = methods_for(metric, task) if method == "auto" else (method,)
    # Outputs of each fold are blended without its labels, so their score is honest.
    outputs = {name: _nested(name, members, objective, parts) for name in methods}
    scores = {name: honest_score(objective, outputs[name], folds) for name in methods}
    best = best_of(scores, metric)
    # The test rows get a fit to all rows: no label of theirs could be in it.
    fitted = fit(best, members[:, held_out], objective.take(held_out))
    return Blend(fitted, outputs[best], scores)


def _parts(folds: np.ndarray) -> np.ndarray:
    """Return the parts of the rows that are blended by fits to the other parts: their folds.

    A single fold has no other, so its rows are split into fifths.
    """
    if len(np.unique(folds[folds >= 0])) != 1:
        return folds
    parts = np.random.default_rng(0).permutation(len(folds)) % _N_PARTS
    return np.where(folds >= 0, parts, -1)


def _nested(
    method: str, members: np.ndarray, objective: Objective, folds: np.ndarray
) -> np.ndarray:
    """Blend each fold's rows by a fit to the other folds' rows."""
    outputs = np.full(members.shape[1:], np.nan, np.float32)
    for fold in np.unique(folds[folds >= 0]):
        others = np.flatnonzero((folds >= 0) & (folds != fold))
        rows = np.flatnonzero(folds == fold)
        fitted = fit(method, members[:, others], objective.take(others))
        outputs[rows] = combine(fitted, members[:, rows], objective.task)
    return outputs
