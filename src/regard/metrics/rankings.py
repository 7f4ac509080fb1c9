"""Metrics of the order of the labels within each row: the likeliest labels come first."""

from collections.abc import Callable

import numpy as np

from regard.metrics.confusion import ratio
from regard.tasks import Targets, Task
from regard.tasks.rankings import top_labels

_Function = Callable[[Task, Targets, np.ndarray], float]


def map_at_k(k: int) -> _Function:
    """Return the mean average precision of the k likeliest labels of each row.

    A row's average precision is the sum, over its true labels among the first k, of the share of
    true ones up to there, divided by the smaller of k and the number of its labels. Of one true
    label at place i it is 1 / i. A row without labels counts 0.

    Example:
        k = 3, the true label is second -> 1 / 2; true labels first and third of two
        -> (1 / 1 + 2 / 3) / 2
    """

    def score(task: Task, targets: Targets, probabilities: np.ndarray) -> float:
        n_true = task.ideal_outputs(targets.labels).sum(axis=1)
        hits = _hits(task, targets, probabilities, k)
        # hits [1, 0, 1] -> precision [1, 1/2, 2/3] -> 1 + 2/3
        precision = hits.cumsum(axis=1) / np.arange(1, hits.shape[1] + 1)
        found = ratio((precision * hits).sum(axis=1), np.minimum(n_true, k))
        return float(np.average(found, weights=targets.weights))

    return score


def top_k_accuracy(k: int) -> _Function:
    """Return the share of rows whose class is among the k likeliest ones."""

    def score(task: Task, targets: Targets, probabilities: np.ndarray) -> float:
        hits = _hits(task, targets, probabilities, k).max(axis=1)
        return float(np.average(hits, weights=targets.weights))

    return score


def _hits(task: Task, targets: Targets, probabilities: np.ndarray, k: int) -> np.ndarray:
    """Return whether each of the first k labels is true, `(rows, k)` float64.

    A label of probability -inf is never true: a submission did not list it.
    """
    first = top_labels(probabilities, k)
    true = task.ideal_outputs(targets.labels) >= 0.5
    listed = np.take_along_axis(probabilities, first, axis=1) > -np.inf
    return (np.take_along_axis(true, first, axis=1) & listed).astype(np.float64)
