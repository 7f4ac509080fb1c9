"""Metrics of probabilities: the log loss, and how well scores order rows."""

import math
from collections.abc import Callable, Iterable

import numpy as np

from regard.tasks import Targets, Task

_POWER = -5.0  # of Jigsaw's mean over subgroups: the worst of them count most


def log_loss(task: Task, targets: Targets, probabilities: np.ndarray) -> float:
    """Return the mean cross-entropy: over rows of classes, over rows and columns of columns."""
    # As in scikit-learn: a prediction that is certain and wrong costs much, but not infinitely.
    smallest = np.finfo(np.float64).eps
    ideal = task.ideal_outputs(targets.labels)
    if task.activation == "softmax":
        likely = (probabilities / probabilities.sum(axis=1, keepdims=True)).clip(smallest, 1.0)
        losses = -(ideal * np.log(likely)).sum(axis=1)
    else:
        likely = probabilities.clip(smallest, 1.0 - smallest)
        losses = -(ideal * np.log(likely) + (1.0 - ideal) * np.log1p(-likely)).mean(axis=1)
    return float(np.average(losses, weights=targets.weights))


def brier(task: Task, targets: Targets, probabilities: np.ndarray) -> float:
    """Return the mean squared error of probabilities: the mean over columns, the sum over classes.

    Example:
        binary: label 1, probability 0.8 -> 0.04
        three classes: the first, [0.8, 0.1, 0.1] -> 0.04 + 0.01 + 0.01

    Reference:
        Brier (1950), Verification of forecasts expressed in terms of probability, Monthly Weather
        Review 78.
    """
    squares = np.square(task.ideal_outputs(targets.labels) - probabilities)
    exclude = task.activation == "softmax"
    errors = squares.sum(axis=1) if exclude else squares.mean(axis=1)
    return float(np.average(errors, weights=targets.weights))


def column_mean(name: str) -> Callable[[Task, Targets, np.ndarray], float]:
    """Return the mean over columns, or over each class against the others, of a score.

    Columns without a positive or without a negative row do not count; NaN if there are no others.

    Args:
        name: of a function of `sklearn.metrics`.
    """

    def function(task: Task, targets: Targets, probabilities: np.ndarray) -> float:
        positive = task.ideal_outputs(targets.labels) >= 0.5
        columns = zip(positive.T, probabilities.T, strict=True)
        return _mean(_score(name, true, found, targets.weights) for true, found in columns)

    return function


def quick_roc_auc(task: Task, targets: Targets, probabilities: np.ndarray) -> float:
    """Return the column mean of the ROC AUC, computed faster; rows have no weights.

    The share of pairs of a positive and a negative row in which the positive one scores higher; a
    tie counts half.

    Example:
        positives 0.4, 0.9, negatives 0.4, 0.1: two pairs, one tie and one more pair -> 3.5 / 4
    """
    aucs = []
    positive = task.ideal_outputs(targets.labels) >= 0.5
    for true, found in zip(positive.T, probabilities.T, strict=True):
        if true.any() and not true.all():
            negatives = np.sort(found[~true])
            # Left: the negatives below each positive; right: those that tie with it as well.
            n_below = [np.searchsorted(negatives, found[true], side) for side in ("left", "right")]
            aucs.append(float(np.mean(n_below)) / len(negatives))
    return _mean(aucs)


def bias_roc_auc(task: Task, targets: Targets, probabilities: np.ndarray) -> float:
    """Return the mean of the ROC AUC and of three power means of the AUCs of subgroups.

    Of each subgroup: the AUC of its rows; of its negatives with the positives of all others; of its
    positives with the negatives of all others.

    Reference:
        Borkan, Dixon, Sorensen, Thain & Vasserman (2019), Nuanced Metrics for Measuring Unintended
        Bias with Real Data for Text Classification, arXiv:1903.04561.
    """
    from scipy.stats import pmean

    true, found = targets.labels[:, 0] >= 0.5, probabilities[:, 0]
    weights = np.ones(len(true)) if targets.weights is None else targets.weights
    members = [] if targets.subgroups is None else list(targets.subgroups.T)
    means = [_score("roc_auc_score", true, found, weights)]
    for selections in (
        members,
        [member != true for member in members],
        [member == true for member in members],
    ):
        # A subgroup without positives or negatives has no AUC and is left out.
        aucs = _defined(
            _score("roc_auc_score", true[rows], found[rows], weights[rows]) for rows in selections
        )
        means.append(pmean(aucs, _POWER) if aucs else math.nan)
    return float(np.mean(means))


def _score(name: str, true: np.ndarray, found: np.ndarray, weights: np.ndarray | None) -> float:
    """Return a scikit-learn score of one column; NaN where all rows have the same label."""
    from sklearn import metrics

    if not true.any() or true.all():
        return math.nan
    return float(getattr(metrics, name)(true, found, sample_weight=weights))


def _mean(scores: Iterable[float]) -> float:
    defined = _defined(scores)
    return float(np.mean(defined)) if defined else math.nan


def _defined(scores: Iterable[float]) -> list[float]:
    return [score for score in scores if not math.isnan(score)]
