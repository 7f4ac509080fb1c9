"""Metrics of labels that weigh what is found and what is missed: F-beta, Jaccard, mean recall.

All are computed from confusion counts, see `confusion`, but those whose names end in `_of_rows`:
they score each row of several labels by itself, and their mean over rows is no sum of counts.
"""

import functools
from collections.abc import Callable

import numpy as np

from regard.metrics.confusion import Confusion, RatioOfSums, Scores, ratio
from regard.tasks import Targets, Task


def f_beta_of_labels(found: Confusion, beta: float) -> np.ndarray:
    """Return the F-beta of each label, `(candidates, labels)`; 0 where it does not occur.

    Recall counts beta times as much as precision.

    Example:
        beta 2: 3 right of 4 predicted and 6 true -> 5 * 3 / (4 * 6 + 4)
    """
    return ratio(*_f_beta_terms(found, beta))


def f_beta(beta: float) -> Scores:
    """Return the F-beta of the positive label."""
    return lambda found: f_beta_of_labels(found, beta)[:, 1]


def f_beta_macro(beta: float) -> RatioOfSums:
    """Return the mean F-beta of the labels; classes that no row has or gets do not count."""

    def terms(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
        counted = (found.predicted + found.true > 0) | (not found.one_label)
        return f_beta_of_labels(found, beta), counted.astype(np.float64)

    return RatioOfSums(terms)


def f_beta_micro(beta: float) -> RatioOfSums:
    """Return the F-beta of all labels together; of classes it is the accuracy."""
    return RatioOfSums(functools.partial(_f_beta_terms, beta=beta))


def _f_beta_terms(found: Confusion, beta: float) -> tuple[np.ndarray, np.ndarray]:
    square = beta**2
    return (1 + square) * found.right, square * found.true + found.predicted


@RatioOfSums
def balanced_accuracy(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of the mean recall of the labels; those that no row has do not count."""
    return ratio(found.right, found.true), (found.true > 0).astype(np.float64)


def jaccard(found: Confusion) -> np.ndarray:
    """Return the Jaccard score of the positive label: rows with both over rows with either."""
    return ratio(*_jaccard_terms(found))[:, 1]


@RatioOfSums
def jaccard_macro(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of the mean Jaccard score; classes that no row has or gets do not count."""
    right, either = _jaccard_terms(found)
    counted = (either > 0) | (not found.one_label)
    return ratio(right, either), counted.astype(np.float64)


@RatioOfSums
def jaccard_micro(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of the Jaccard score of all labels together."""
    return _jaccard_terms(found)


def _jaccard_terms(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
    return found.right, found.predicted + found.true - found.right


@RatioOfSums
def hamming_loss(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of the share of wrong cells of several labels."""
    wrong = found.true + found.predicted - 2 * found.right
    return wrong, np.full_like(wrong, found.n_rows)


def f_beta_of_rows(beta: float) -> Callable[[Task, Targets, np.ndarray], float]:
    """Return the mean over rows of the F-beta of a row's labels; 0 for a row without any."""

    def score(task: Task, targets: Targets, decided: np.ndarray) -> float:
        right, predicted, true = _sums_of_rows(targets, decided)
        scores = ratio((1 + beta**2) * right, beta**2 * true + predicted)
        return float(np.average(scores, weights=targets.weights))

    return score


def jaccard_of_rows(task: Task, targets: Targets, decided: np.ndarray) -> float:
    """Return the mean over rows of the Jaccard score of a row's labels; 0 without any."""
    right, predicted, true = _sums_of_rows(targets, decided)
    scores = ratio(right, predicted + true - right)
    return float(np.average(scores, weights=targets.weights))


def exact_match(task: Task, targets: Targets, decided: np.ndarray) -> float:
    """Return the share of rows all of whose labels are right."""
    right = (targets.labels == decided).all(axis=1)
    return float(np.average(right, weights=targets.weights))


def _sums_of_rows(targets: Targets, decided: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the labels of each row that are right, predicted and true, `(rows,)` float64 each."""
    labels = targets.labels.astype(np.float64)
    return (labels * decided).sum(axis=1), decided.sum(axis=1) * 1.0, labels.sum(axis=1)
