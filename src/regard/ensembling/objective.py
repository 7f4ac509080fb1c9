"""The objective of a blend: the score that its fit raises, and the score that is honest."""

from dataclasses import dataclass

import numpy as np

from regard.config import ThresholdsConfig
from regard.metrics.registry import METRICS, greater_is_better, score
from regard.metrics.thresholds import is_tuned, score_at_best, tune_over_folds
from regard.tasks import Targets, Task


@dataclass(frozen=True, eq=False)
class Objective:
    """The metric and the targets that a blend is fitted to and scored by.

    Attributes:
        metric: its name.
        task: the task.
        targets: of all train rows.
        thresholds: whether thresholds are tuned, for metrics of labels.
    """

    metric: str
    task: Task
    targets: Targets
    thresholds: ThresholdsConfig

    def take(self, rows: np.ndarray) -> "Objective":
        """Return the objective of some rows."""
        return Objective(self.metric, self.task, self.targets.take(rows), self.thresholds)


def fit_score(objective: Objective, outputs: np.ndarray) -> float:
    """Return the score of rows that are fitted to; higher is better for every metric.

    Thresholds are tuned on these rows if the objective asks for it. An undefined score is -inf.
    """
    task, targets = objective.task, objective.targets
    metric = METRICS[objective.metric]
    # Hill climbing asks hundreds of times.
    if metric.quick is not None and targets.weights is None:
        found = metric.quick(task, targets, outputs)
    else:
        found = score_at_best(objective.thresholds, objective.metric, task, targets, outputs)
    if np.isnan(found):
        return -np.inf
    return found if metric.greater_is_better else -found


def honest_score(objective: Objective, outputs: np.ndarray, folds: np.ndarray) -> float:
    """Return the score of out-of-fold outputs; tuned thresholds are those of the other folds.

    Where tuning does not pay, the default ones decide.

    Args:
        objective: the metric and the targets.
        outputs: `(rows, n_outputs)`.
        folds: `(rows,)`; rows of fold -1 do not count.
    """
    metric, task, targets = objective.metric, objective.task, objective.targets
    if objective.thresholds.tuned and is_tuned(metric, task):
        per_label = objective.thresholds.per_label
        tuned = tune_over_folds(metric, task, targets, outputs, folds, per_label=per_label)
        return tuned.chosen_score
    # The first block of ordered rows is held out by no fold.
    rows = np.flatnonzero(folds >= 0)
    return score(metric, task, targets.take(rows), outputs[rows])


def best_of(scores: dict[str, float], metric: str) -> str:
    """Return the name of the best score: the first of equal ones, NaN last.

    Example:
        {"mean": 0.8, "nnls": 0.9}, "roc_auc" -> "nnls"
    """
    sign = 1.0 if greater_is_better(metric) else -1.0
    return max(scores, key=lambda name: np.nan_to_num(sign * scores[name], nan=-np.inf))


def row_weights(objective: Objective) -> np.ndarray:
    """Return the weight of each row, `(rows,)` float64."""
    targets = objective.targets
    return np.ones(len(targets.labels)) if targets.weights is None else targets.weights


def column_stds(values: np.ndarray) -> np.ndarray:
    """Return the standard deviation of each column, 1 for a constant column."""
    stds = values.std(axis=0)
    return np.where(stds > 0, stds, 1.0)
