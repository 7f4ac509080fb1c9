"""Thresholds tuned on some rows, and their gain on others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regard.metrics.registry import METRICS, score
from regard.metrics.thresholds.by_function import tune_by_function
from regard.metrics.thresholds.classes import tune_classes
from regard.metrics.thresholds.columns import tune_columns
from regard.metrics.thresholds.cuts import tune_cuts
from regard.metrics.thresholds.grids import tune_grids
from regard.tasks import Targets, Task

if TYPE_CHECKING:
    from regard.config import ThresholdsConfig

# By `Task.threshold_search`.
SEARCHES: dict[str, Callable[..., np.ndarray]] = {
    "classes": tune_classes,
    "columns": tune_columns,
    "cuts": tune_cuts,
}

# The parts of a fold's rows whose thresholds are tuned on the other parts.
_N_PARTS = 5
_MIN_ROWS = 20
# The groups of rows that are left out in turn, to know how far a gain is chance.
_N_GROUPS = 20


@dataclass(frozen=True, eq=False)
class FoldThresholds:
    """The thresholds of one fold's rows.

    Attributes:
        fold: its number.
        thresholds: tuned on its own rows.
        honest_thresholds: tuned on the rows of all other folds.
        score: of its rows with `thresholds`.
        honest_score: of its rows with `honest_thresholds`.
        shared_score: of its rows with thresholds that were tuned on all rows.
        default_score: of its rows with the default thresholds.
    """

    fold: int
    thresholds: np.ndarray
    honest_thresholds: np.ndarray
    score: float
    honest_score: float
    shared_score: float
    default_score: float


@dataclass(frozen=True, eq=False)
class Tuned:
    """Tuned thresholds and their scores.

    Attributes:
        thresholds: in the form of `Task.default_thresholds`, tuned on all rows: for the submission.
        score: with them, on the rows they were tuned on.
        honest_score: of all rows, those of each fold decided by thresholds that were tuned on the
            other folds.
        default_score: of all rows with the default thresholds.
        standard_error: of the difference between these two scores.
        greater_is_better: whether a greater score is better.
        by_fold: of each fold, in order.
    """

    thresholds: np.ndarray
    score: float
    honest_score: float
    default_score: float
    standard_error: float
    greater_is_better: bool
    by_fold: tuple[FoldThresholds, ...]

    @property
    def gain(self) -> float:
        """How much better the honest score is than that of the default thresholds."""
        difference = self.honest_score - self.default_score
        return difference if self.greater_is_better else -difference

    @property
    def pays(self) -> bool:
        """Whether the gain is greater than its standard error; NaN counts as tuned."""
        return not self.gain <= self.standard_error

    @property
    def chosen_score(self) -> float:
        """The honest score where tuning pays, else that of the default thresholds."""
        return self.honest_score if self.pays else self.default_score


def is_tuned(metric: str, task: Task) -> bool:
    """Return whether thresholds are tuned: where decisions count and the default may not be best.

    Example:
        f1_macro of classes -> True; their accuracy, for which the likeliest class is best -> False
    """
    record = METRICS[metric]
    if task.grids:
        return record.compares in ("numbers", "ranks") and record.suits(task)
    if record.compares != "labels" or task.threshold_search is None or not record.suits(task):
        return False
    return not (record.best_at_likeliest and task.threshold_search == "classes")


def score_at_best(
    config: ThresholdsConfig, metric: str, task: Task, targets: Targets, outputs: np.ndarray
) -> float:
    """Return the score of outputs, at their own best thresholds where `config` asks for tuning."""
    thresholds = None
    if config.tuned and is_tuned(metric, task):
        thresholds = tune(metric, task, targets, outputs, per_label=config.per_label)
    return score(metric, task, targets, outputs, thresholds)


def shown_scores(
    config: ThresholdsConfig, metric: str, task: Task, targets: Targets, outputs: np.ndarray
) -> dict[str, float]:
    """Return the scores of a fold's held-out rows, for the record of an epoch.

    Returns:
        `score`, as from `score_at_best`, which chooses the best epoch; where thresholds are tuned
        also `honest_score`, as from `cross_fitted_score`, which can be compared with the score of
        the run.
    """
    scores = {"score": score_at_best(config, metric, task, targets, outputs)}
    honest = cross_fitted_score(config, metric, task, targets, outputs)
    return scores if honest is None else {**scores, "honest_score": honest}


def cross_fitted_score(
    config: ThresholdsConfig, metric: str, task: Task, targets: Targets, outputs: np.ndarray
) -> float | None:
    """Return the score of outputs, each decided by thresholds that were tuned on other rows.

    The rows are split into fifths, the same ones in every call, and each fifth is decided by the
    thresholds of the others. The score of a run is computed alike, with thresholds of the other
    folds, so the two are close in the mean: on drawn F1, macro F1 and kappa of 200 rows a fold they
    differed by 0.01 to 0.03, and the score at the rows' own best thresholds by up to 0.13.

    Returns:
        None where no thresholds are tuned, and for too few rows to tune any on.
    """
    n_rows = len(outputs)
    if not (config.tuned and is_tuned(metric, task)) or n_rows < _MIN_ROWS:
        return None
    return _cross_fitted(metric, task, targets, outputs, per_label=config.per_label)


def _cross_fitted(
    metric: str, task: Task, targets: Targets, outputs: np.ndarray, *, per_label: bool
) -> float:
    """Return the score of rows, each fifth decided by thresholds that were tuned on the others."""
    if np.isnan(outputs).any():
        return math.nan
    decided = _decide_parts(metric, task, targets, outputs, per_label=per_label)
    return METRICS[metric].score(task, targets, decided)


def _decide_parts(
    metric: str, task: Task, targets: Targets, outputs: np.ndarray, *, per_label: bool
) -> np.ndarray:
    """Return the decisions of rows, each fifth by thresholds that were tuned on the others."""
    parts = np.random.default_rng(0).permutation(len(outputs)) % _N_PARTS
    decided = task.decide(outputs, task.default_thresholds())
    for part in range(_N_PARTS):
        rows = parts == part
        others = tune(metric, task, targets.take(~rows), outputs[~rows], per_label=per_label)
        decided[rows] = task.decide(outputs[rows], others)
    return decided


def _standard_error(
    metric: str, task: Task, targets: Targets, decided: np.ndarray, defaults: np.ndarray
) -> float:
    """Return the standard error of the difference of two scores of the same rows.

    It is that of the jackknife: both decisions are scored without one group of rows at a time,
    the same groups in every call.

    Args:
        metric: the name of a metric of labels.
        task: the task.
        targets: of the rows.
        decided: the decisions of the rows.
        defaults: other decisions of them.

    Returns:
        Infinite for too few rows, and where a score is not defined.
    """
    n_rows = len(decided)
    if n_rows < _MIN_ROWS:
        return math.inf
    groups = np.random.default_rng(0).permutation(n_rows) % _N_GROUPS
    function = METRICS[metric].score
    differences = []
    for group in range(_N_GROUPS):
        kept = groups != group
        rows = targets.take(kept)
        differences.append(
            function(task, rows, decided[kept]) - function(task, rows, defaults[kept])
        )
    error = math.sqrt((_N_GROUPS - 1) * np.var(differences))
    return math.inf if math.isnan(error) else error


def tune(
    metric: str, task: Task, targets: Targets, outputs: np.ndarray, *, per_label: bool = True
) -> np.ndarray:
    """Find the thresholds with the best score.

    Of those that score alike, the nearest to the default is taken.

    Args:
        metric: the name of a metric of labels.
        task: the task.
        targets: labels, and their weights if any.
        outputs: `(rows, n_outputs)`.
        per_label: multi_label: a threshold for each label, or one for all.

    Returns:
        float64, in the form of `Task.default_thresholds`; the defaults themselves where `is_tuned`
        is false, where there are no rows, and where an output is NaN.

    Example:
        f1, labels [0, 0, 1, 1], outputs [0.1, 0.2, 0.3, 0.9] -> [0.25]
    """
    if not is_tuned(metric, task) or len(outputs) == 0 or np.isnan(outputs).any():
        return task.default_thresholds()
    record = METRICS[metric]
    if task.grids:
        return tune_grids(record, task, targets, outputs)
    if record.raised is None:
        return tune_by_function(record, task, targets, outputs)
    search = SEARCHES[task.threshold_search or ""]
    return search(record.raised, task, targets, outputs, per_label=per_label)


def tune_over_folds(
    metric: str,
    task: Task,
    targets: Targets,
    outputs: np.ndarray,
    folds: np.ndarray,
    *,
    per_label: bool,
) -> Tuned:
    """Tune thresholds on out-of-fold predictions, and score rows they were not tuned on.

    Args:
        metric: the name of a metric of labels.
        task: the task.
        targets: labels, and their weights if any.
        outputs: `(rows, n_outputs)` out-of-fold predictions.
        folds: `(rows,)` the fold of each row; rows of fold -1 have no prediction and are left out.
        per_label: multi_label: a threshold for each label, or one for all.

    Returns:
        Thresholds of all rows and of each fold, with their scores; NaN where an output is NaN. A
        single fold has no others: its honest score is cross-fitted inside it.
    """
    kept = folds >= 0
    targets, outputs, folds = targets.take(kept), outputs[kept], folds[kept]
    if len(np.unique(folds)) == 1:
        return _tune_one_fold(metric, task, targets, outputs, int(folds[0]), per_label=per_label)
    shared = tune(metric, task, targets, outputs, per_label=per_label)
    decided, by_fold = task.decide(outputs, shared), []
    for fold in np.unique(folds):
        rows = folds == fold
        # No label of this fold has a say in its honest thresholds.
        honest = tune(metric, task, targets.take(~rows), outputs[~rows], per_label=per_label)
        own_targets, own = targets.take(rows), outputs[rows]
        # How far the score would move with thresholds that know the labels: for the report.
        best = tune(metric, task, own_targets, own, per_label=per_label)
        scores = [
            score(metric, task, own_targets, own, thresholds)
            for thresholds in (best, honest, shared, None)
        ]
        decided[rows] = task.decide(own, honest)
        by_fold.append(FoldThresholds(int(fold), best, honest, *scores))
    shared_score = score(metric, task, targets, outputs, shared)
    # Decisions are never NaN, even where an output is.
    honest_score, error = math.nan, math.inf
    if not math.isnan(shared_score):
        honest_score = METRICS[metric].score(task, targets, decided)
        error = _standard_error(metric, task, targets, decided, task.decide(outputs))
    return Tuned(
        shared,
        shared_score,
        honest_score,
        score(metric, task, targets, outputs),
        error,
        METRICS[metric].greater_is_better,
        tuple(by_fold),
    )


def _tune_one_fold(
    metric: str,
    task: Task,
    targets: Targets,
    outputs: np.ndarray,
    fold: int,
    *,
    per_label: bool,
) -> Tuned:
    """Tune thresholds on the rows of the only fold, and score them by those of other rows."""
    own = tune(metric, task, targets, outputs, per_label=per_label)
    own_score = score(metric, task, targets, outputs, own)
    default = score(metric, task, targets, outputs)
    honest, error = default, math.inf
    if len(outputs) >= _MIN_ROWS:  # else too few to split
        decided = _decide_parts(metric, task, targets, outputs, per_label=per_label)
        error = _standard_error(metric, task, targets, decided, task.decide(outputs))
        if not np.isnan(outputs).any():
            honest = METRICS[metric].score(task, targets, decided)
        else:
            honest = math.nan
    by_fold = FoldThresholds(fold, own, own, own_score, honest, own_score, default)
    better = METRICS[metric].greater_is_better
    return Tuned(own, own_score, honest, default, error, better, (by_fold,))
