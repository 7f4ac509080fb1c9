"""The thresholds of several labels a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from regard.metrics.confusion import Confusion, RatioOfSums, Scores, ratio
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
        counts: of these columns.
    """

    columns: np.ndarray
    grid: np.ndarray
    counts: Confusion


# From the index of a group and the chosen candidate of each group, to the score of each candidate
# for that group, `(candidates,)`.
_Scorer = Callable[[int, Sequence[int]], np.ndarray]


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
    columns = np.arange(outputs.shape[1])
    groups = [
        _count(outputs, labels, targets.weights, group)
        for group in (columns[:, None] if per_label else columns[None])
    ]
    scorer = _score_in_full(scores_of, groups)
    if isinstance(scores_of, RatioOfSums):
        scorer = _score_by_sums(scores_of, groups)
    chosen = [int(np.searchsorted(group.grid, 0.5)) for group in groups]
    for _ in range(N_SWEEPS):
        before = list(chosen)
        for index, group in enumerate(groups):
            chosen[index] = best_candidate(scorer(index, chosen), group.grid, 0.5)
        if chosen == before:
            break
    thresholds = [group.grid[index] for group, index in zip(groups, chosen, strict=True)]
    return np.full(len(columns), thresholds)


def _score_by_sums(scores_of: RatioOfSums, groups: Sequence[_Group]) -> _Scorer:
    """Score a ratio: only the terms of the group that moves differ between candidates."""
    # (2, candidates) of each group: both sums over its columns
    sums = [
        np.stack([terms.sum(axis=1) for terms in scores_of.terms(group.counts)]) for group in groups
    ]

    def scores(moved: int, chosen: Sequence[int]) -> np.ndarray:
        current = [each[:, index] for each, index in zip(sums, chosen, strict=True)]
        others = np.delete(current, moved, axis=0).sum(axis=0)
        return ratio(*(others[:, None] + sums[moved]))

    return scores


def _score_in_full(scores_of: Scores, groups: Sequence[_Group]) -> _Scorer:
    """Score any other metric: for each candidate it needs the counts of all columns."""
    n_columns = sum(len(group.columns) for group in groups)

    def scores(moved: int, chosen: Sequence[int]) -> np.ndarray:
        # To try 1000 candidates for one column, the present counts of the other columns are
        # repeated 1000 times.
        counts = groups[moved].counts
        right, predicted, true = np.empty((3, len(counts.right), n_columns))
        for number, group in enumerate(groups):
            tried = slice(None) if number == moved else [chosen[number]]
            right[:, group.columns] = group.counts.right[tried]
            predicted[:, group.columns] = group.counts.predicted[tried]
            true[:, group.columns] = group.counts.true[tried]
        return scores_of(Confusion(right, predicted, true, counts.n_rows, one_label=False))

    return scores


def _count(
    outputs: np.ndarray, labels: np.ndarray, weights: np.ndarray | None, columns: np.ndarray
) -> _Group:
    """Count the rows of some columns at each candidate for their common threshold."""
    grid = candidate_thresholds(outputs[:, columns].ravel(), labels[:, columns].ravel(), _HALF)
    every = np.arange(len(grid))[:, None]
    right, predicted, true = np.empty((3, len(grid), len(columns)))
    for index, column in enumerate(columns):
        below = weights_below(grid, outputs[:, column], labels[:, column], weights, 2)
        # Of each table of the candidates, the line of rows that are predicted positive.
        positive = tables_of_cuts(below, every)[:, 1]
        right[:, index], predicted[:, index] = positive[:, 1], positive.sum(axis=1)
        true[:, index] = below[-1, 1]
    n_rows = float(below[-1].sum())
    return _Group(columns, grid, Confusion(right, predicted, true, n_rows, one_label=False))
