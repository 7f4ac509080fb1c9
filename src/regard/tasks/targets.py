"""What is learnt from labels: what perfect outputs would be, and what folds keep the shares of."""

import numpy as np

from regard.tasks.base import Task

_N_BINS = 10  # of numbers, for folds


def targets(labels: np.ndarray, task: Task) -> np.ndarray:
    """Return what perfect outputs would be: whether it is this class, whether it is above this
    rank, or the labels.

    Args:
        labels: as `encode_labels` gives them.
        task: what is predicted.

    Returns:
        `(rows, n_outputs)` float64.

    Example:
        ordinal of three ranks [0, 1, 2] -> [[0, 0], [1, 0], [1, 1]]
    """
    if task.kind == "multi_class":
        labels = labels[:, None] == np.arange(task.n_outputs)
    elif task.kind == "ordinal":
        labels = labels[:, None] > np.arange(task.n_outputs)
    return labels.astype(np.float64)


def strata(labels: np.ndarray, task: Task) -> np.ndarray:
    """Return what the folds should keep the shares of.

    Numbers are put into ten bins of equally many rows; of several columns, their standardised mean.

    Returns:
        `(rows,)` int64, a class or bin; or, where a row may have several labels, `(rows, labels)`
        bool.

    Example:
        multi_label [[0, 1], [1, 1], [0, 1]] -> [[False, True], [True, True], [False, True]]
    """
    if labels.ndim == 1 or task.kind == "binary":
        single: np.ndarray = labels.reshape(len(labels)).astype(np.int64)
        return single
    if task.exclusive:
        likeliest: np.ndarray = labels.argmax(axis=1)
        return likeliest
    if task.kind == "multi_label" or (task.kind == "soft_labels" and task.n_outputs > 1):
        cells: np.ndarray = labels >= 0.5
        return cells
    spread = labels.std(axis=0)
    return _bins((labels / np.where(spread > 0, spread, 1.0)).mean(axis=1))


def _bins(values: np.ndarray) -> np.ndarray:
    """Ten bins of equally many rows, as far as equal values allow."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _N_BINS + 1)[1:-1]))
    bins: np.ndarray = np.searchsorted(edges, values, side="right")
    return bins.astype(np.int64)
