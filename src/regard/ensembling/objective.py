"""What a blend is fitted to, and what scores it."""

from dataclasses import dataclass

import numpy as np

from regard.config import ThresholdsConfig
from regard.metrics.registry import greater_is_better, score
from regard.metrics.thresholds import is_tuned, tune, tune_over_folds
from regard.tasks import Targets, Task


@dataclass(frozen=True, eq=False)
class Goal:
    """What a blend is fitted to, and scored by.

    Attributes:
        metric: its name.
        task: what is predicted.
        truth: of all train rows.
        thresholds: whether they are tuned, for metrics of labels.
    """

    metric: str
    task: Task
    truth: Targets
    thresholds: ThresholdsConfig

    def take(self, rows: np.ndarray) -> "Goal":
        """Return that of some of the rows."""
        return Goal(self.metric, self.task, self.truth.take(rows), self.thresholds)


def honest_score(goal: Goal, outputs: np.ndarray, folds: np.ndarray) -> float:
    """Return the score of out-of-fold outputs, with thresholds, if they are tuned, of the other
    folds.

    Args:
        goal: what is predicted, and by what metric it is scored.
        outputs: `(rows, n_outputs)`.
        folds: `(rows,)`; rows of fold -1 do not count.
    """
    if _tuned(goal):
        per_label = goal.thresholds.per_label
        return tune_over_folds(
            goal.metric, goal.task, goal.truth, outputs, folds, per_label=per_label
        ).honest_score
    rows = np.flatnonzero(folds >= 0)
    return score(goal.metric, goal.task, goal.truth.take(rows), outputs[rows])


def best_of(scores: dict[str, float], metric: str) -> str:
    """Return the name with the best score; the first of those alike, and NaN is never the best."""
    sign = 1.0 if greater_is_better(metric) else -1.0
    return max(scores, key=lambda name: np.nan_to_num(sign * scores[name], nan=-np.inf))


def objective(goal: Goal, outputs: np.ndarray) -> float:
    """Return the metric of rows that are fitted to, at thresholds tuned on them; the greater, the better."""
    if goal.metric in ("roc_auc", "mean_column_roc_auc") and goal.truth.weights is None:
        return _mean_auc(goal.task.ideal_outputs(goal.truth.labels) >= 0.5, outputs)
    thresholds = None
    if _tuned(goal):
        thresholds = tune(
            goal.metric, goal.task, goal.truth, outputs, per_label=goal.thresholds.per_label
        )
    found = score(goal.metric, goal.task, goal.truth, outputs, thresholds)
    if np.isnan(found):
        return -np.inf
    return found if greater_is_better(goal.metric) else -found


def row_weights(goal: Goal) -> np.ndarray:
    """Return how much each row counts, `(rows,)` float64."""
    weights = goal.truth.weights
    return np.ones(len(goal.truth.labels)) if weights is None else weights


def deviations(targets: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each column, 1 where that is 0."""
    spread = targets.std(axis=0)
    scale: np.ndarray = np.where(spread > 0, spread, 1.0)
    return scale


def _tuned(goal: Goal) -> bool:
    return goal.thresholds.tuned and is_tuned(goal.metric, goal.task)


def _mean_auc(targets: np.ndarray, outputs: np.ndarray) -> float:
    """The metric itself, but faster: how often a row of yes stands above one of no, half of it where they tie."""
    aucs = []
    for yes, found in zip(targets.T, outputs.T, strict=True):
        if yes.any() and not yes.all():
            below = np.sort(found[~yes])
            places = [np.searchsorted(below, found[yes], side) for side in ("left", "right")]
            aucs.append(np.mean(places) / len(below))
    return float(np.mean(aucs)) if aucs else -np.inf
