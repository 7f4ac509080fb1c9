"""Thresholds tuned on some rows, and what they are worth on others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regard.metrics.registry import METRICS, needs_labels, score
from regard.metrics.thresholds.classes import tune_classes
from regard.metrics.thresholds.cuts import tune_columns, tune_cuts
from regard.tasks import Targets, Task

if TYPE_CHECKING:
    from regard.config import ThresholdsConfig

# A mistake costs them the same whatever the classes, so the best is to say the likeliest, if
# probabilities are right.
_OF_THE_LIKELIEST = ("accuracy", "f1_micro")


@dataclass(frozen=True, eq=False)
class FoldThresholds:
    """The thresholds of one fold's rows.

    Attributes:
        fold: its number.
        thresholds: tuned on its own rows.
        honest_thresholds: tuned on the rows of all other folds.
        score: of its rows, with its own thresholds.
        honest_score: of its rows, with those of the other folds.
        shared_score: of its rows, with those that were tuned on all rows.
    """

    fold: int
    thresholds: np.ndarray
    honest_thresholds: np.ndarray
    score: float
    honest_score: float
    shared_score: float


@dataclass(frozen=True, eq=False)
class Tuned:
    """Tuned thresholds and what they are worth.

    Attributes:
        thresholds: of the form of `task.default_thresholds`, tuned on all rows: for the submission.
        score: with them, on the rows they were tuned on.
        honest_score: with each fold's rows decided by thresholds that were tuned on the other
            folds' rows.
        by_fold: of each fold, in their order.
    """

    thresholds: np.ndarray
    score: float
    honest_score: float
    by_fold: tuple[FoldThresholds, ...]


def is_tuned(metric: str, task: Task) -> bool:
    """Return whether thresholds are tuned: where labels are compared, unless the likeliest class is the best guess."""
    if not needs_labels(metric) or task.kind not in METRICS[metric].tasks:
        return False
    return task.kind != "multi_class" or metric not in _OF_THE_LIKELIEST


def score_at_best(
    config: ThresholdsConfig, metric: str, task: Task, truth: Targets, outputs: np.ndarray
) -> float:
    """Return the score of outputs; of a metric of labels, where `config` asks for it, at their own best thresholds."""
    thresholds = None
    if config.tuned and is_tuned(metric, task):
        thresholds = tune(metric, task, truth, outputs, per_label=config.per_label)
    return score(metric, task, truth, outputs, thresholds)


def tune(
    metric: str, task: Task, truth: Targets, outputs: np.ndarray, *, per_label: bool = True
) -> np.ndarray:
    """Find the thresholds that score best.

    Of those that score alike, the nearest to the default is taken. Cut points of an ordinal task
    are moved one at a time until none gets better, once from the default, once from those that give
    each rank as often as it is. The thresholds of classes are a power of how frequent each is.

    Args:
        metric: the name of a metric of labels.
        task: what is predicted.
        truth: labels, and their weights if any.
        outputs: `(rows, n_outputs)`.
        per_label: multi_label: a threshold for each label, or one for all.

    Returns:
        float64, of the form of `task.default_thresholds`; these themselves where `is_tuned` is
        false, where there are no rows, and where an output is NaN.

    Example:
        f1, labels [0, 0, 1, 1], outputs [0.1, 0.2, 0.3, 0.9] -> [0.25]
    """
    defaults = task.default_thresholds()
    if not is_tuned(metric, task) or len(outputs) == 0 or np.isnan(outputs).any():
        return defaults
    labels = truth.labels.astype(np.int64).reshape(len(outputs), -1)
    if task.threshold_search == "classes":
        return tune_classes(metric, task, Targets(labels[:, 0], truth.weights), outputs)
    if task.threshold_search == "columns":
        return tune_columns(
            metric, Targets(labels, truth.weights), outputs.astype(np.float64), per_label=per_label
        )
    values = task.cut_values(outputs)
    return tune_cuts(metric, Targets(labels[:, 0], truth.weights), values, defaults)


def tune_over_folds(
    metric: str,
    task: Task,
    truth: Targets,
    outputs: np.ndarray,
    folds: np.ndarray,
    *,
    per_label: bool,
) -> Tuned:
    """Tune thresholds on out-of-fold predictions, and find out what they are worth on rows they
    were not tuned on.

    Args:
        metric: the name of a metric of labels.
        task: what is predicted.
        truth: labels, and their weights if any.
        outputs: `(rows, n_outputs)` out-of-fold predictions.
        folds: `(rows,)` the fold of each row; rows of fold -1 have no prediction and are left out.
        per_label: multi_label: a threshold for each label, or one for all.

    Returns:
        Thresholds of all rows and of each fold, with their scores; a score is NaN where an output
        is.
    """
    kept = folds >= 0
    truth, outputs, folds = truth.take(kept), outputs[kept], folds[kept]
    shared = tune(metric, task, truth, outputs, per_label=per_label)
    decided, by_fold = task.decide(outputs, shared), []
    for fold in np.unique(folds):
        rows = folds == fold
        honest = tune(metric, task, truth.take(~rows), outputs[~rows], per_label=per_label)
        own_truth, own = truth.take(rows), outputs[rows]
        best = tune(metric, task, own_truth, own, per_label=per_label)
        scores = [
            score(metric, task, own_truth, own, thresholds) for thresholds in (best, honest, shared)
        ]
        decided[rows] = task.decide(own, honest)
        by_fold.append(FoldThresholds(int(fold), best, honest, *scores))
    shared_score = score(metric, task, truth, outputs, shared)
    honest_score = (
        math.nan if math.isnan(shared_score) else METRICS[metric].function(task, truth, decided)
    )
    return Tuned(shared, shared_score, honest_score, tuple(by_fold))
