"""The threshold of a binary label, and the cut points between ranks."""

import numpy as np

from regard.metrics.confusion import Scores, from_tables
from regard.metrics.thresholds.candidates import (
    N_SWEEPS,
    best_candidate,
    candidate_thresholds,
    is_better,
    tables_of_cuts,
    weights_below,
)
from regard.tasks import Targets, Task


def tune_cuts(
    scores_of: Scores, task: Task, targets: Targets, outputs: np.ndarray, *, per_label: bool = True
) -> np.ndarray:
    """Move cut points in turn until the score stops rising, from the better of two starts.

    The starts are the default thresholds, and the cut points that give each rank as many rows as
    have it.

    Args:
        scores_of: the metric.
        task: gives the values and the default cut points.
        targets: one label a row, and their weights if any.
        outputs: `(rows, n_outputs)`.
        per_label: not used; there is one label.

    Returns:
        `(cut points,)` float64, ascending.
    """
    values, defaults = task.cut_values(outputs), task.default_thresholds()
    labels = targets.labels.astype(np.int64).reshape(len(values))
    grid = candidate_thresholds(values, labels, defaults)
    below = weights_below(grid, values, labels, targets.weights, len(defaults) + 1)
    # Rows by rank [5, 3, 2]: the cut points have 5 and 8 rows below them.
    n_up_to_rank = np.cumsum(below[-1])[:-1]
    at_rates = np.searchsorted(below.sum(axis=1), n_up_to_rank).clip(max=len(grid) - 1)
    found = [
        _move_cuts(scores_of, below, grid, start, defaults)
        for start in (np.searchsorted(grid, defaults), at_rates)
    ]
    scores = scores_of(from_tables(tables_of_cuts(below, np.stack(found))))
    return grid[found[int(is_better(scores[1], scores[0]))]]


def _move_cuts(
    scores_of: Scores, below: np.ndarray, grid: np.ndarray, start: np.ndarray, defaults: np.ndarray
) -> np.ndarray:
    """Move each cut point in turn to the best candidate between its neighbours, until none moves.

    Cut points are indices of the grid.
    """
    cuts = start.copy()
    for _ in range(N_SWEEPS):
        before = cuts.copy()
        for index, default in enumerate(defaults):
            low = cuts[index - 1] if index else 0
            high = cuts[index + 1] if index + 1 < len(cuts) else len(grid) - 1
            # Cut points [4, 9], the first is moved from 0 to 9: [0, 9], [1, 9], ... [9, 9]
            tried = np.repeat(cuts[None], high - low + 1, axis=0)
            tried[:, index] = np.arange(low, high + 1)
            scores = scores_of(from_tables(tables_of_cuts(below, tried)))
            cuts[index] = low + best_candidate(scores, grid[low : high + 1], default)
        if np.array_equal(cuts, before):
            break
    return cuts
