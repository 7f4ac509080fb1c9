"""The thresholds of several labels a row."""

from dataclasses import dataclass

import numpy as np

from regard.metrics.confusion import Confusion, Scores
from regard.metrics.thresholds.candidates import (
    N_SWEEPS,
    best_candidate,
    candidate_thresholds,
    tables_of_cuts,
    weights_below,
)
from regard.tasks import Targets, Task

_HALF = np.array([0.5])


@dataclass(frozen=True, eq=False)
class _Group:
    """Columns that share a threshold, and their counts at each candidate for it.

    Attributes:
        columns: `(columns,)` int.
        grid: `(candidates,)` the candidates.
        counts: `(2, candidates, columns)`, the weight of rows that are predicted and have the
            label, and of all rows that are predicted.
    """

    columns: np.ndarray
    grid: np.ndarray
    counts: np.ndarray


def tune_columns(
    scores_of: Scores, task: Task, targets: Targets, outputs: np.ndarray, *, per_label: bool = True
) -> np.ndarray:
    """Move the threshold of each label in turn while the others stay, until none moves.

    Args:
        scores_of: the metric.
        task: of several label columns.
        targets: `(rows, columns)` of 0 and 1, and the weights of the rows if any.
        outputs: `(rows, columns)` probabilities.
        per_label: a threshold for each label, or one for all.

    Returns:
        `(columns,)` float64.
    """
    outputs, labels = outputs.astype(np.float64), targets.labels.astype(np.int64)
    weights = np.ones(len(outputs)) if targets.weights is None else targets.weights
    columns = np.arange(outputs.shape[1])
    groups = [
        _count(outputs, labels, weights, group)
        for group in (columns[:, None] if per_label else columns[None])
    ]
    true, n_rows = weights @ labels, float(weights.sum())
    chosen = [int(np.searchsorted(group.grid, 0.5)) for group in groups]
    # The counts of all columns at their present thresholds. To try 1000 candidates for one column,
    # they are repeated 1000 times, and that column gets its counts at each candidate.
    current = np.empty((2, len(columns)))
    for group, index in zip(groups, chosen, strict=True):
        current[:, group.columns] = group.counts[:, index]
    for _ in range(N_SWEEPS):
        before = list(chosen)
        for at, group in enumerate(groups):
            n_tried = len(group.grid)
            tried = np.repeat(current[:, None], n_tried, axis=1)
            tried[:, :, group.columns] = group.counts
            everywhere = np.broadcast_to(true, (n_tried, len(true)))
            counts = Confusion(tried[0], tried[1], everywhere, n_rows, one_label=False)
            chosen[at] = best_candidate(scores_of(counts), group.grid, 0.5)
            current[:, group.columns] = group.counts[:, chosen[at]]
        if chosen == before:
            break
    return np.full(
        len(columns), [group.grid[index] for group, index in zip(groups, chosen, strict=True)]
    )


def _count(
    outputs: np.ndarray, labels: np.ndarray, weights: np.ndarray, columns: np.ndarray
) -> _Group:
    """Count the rows of some columns at each candidate for their common threshold."""
    grid = candidate_thresholds(outputs[:, columns].ravel(), labels[:, columns].ravel(), _HALF)
    every = np.arange(len(grid))[:, None]
    counts = np.empty((2, len(grid), len(columns)))
    for index, column in enumerate(columns):
        # Of each table of the candidates, the line of rows that are predicted positive.
        below = weights_below(grid, outputs[:, column], labels[:, column], weights, 2)
        predicted = tables_of_cuts(below, every)[:, 1]
        counts[:, :, index] = predicted[:, 1], predicted.sum(axis=1)
    return _Group(columns, grid, counts)
