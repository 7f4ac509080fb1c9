"""The threshold of each label, and the cut points between ranks.

Rows are counted once between neighbouring candidates. The metric of all candidates follows from
running sums.
"""

import numpy as np

from regard.metrics.thresholds.counts import (
    best_candidate,
    is_better,
    ratio,
    scores_of_confusions,
)
from regard.tasks import Targets

_N_CANDIDATES = 1000  # at most about so many for a threshold
_N_SWEEPS = 20  # it takes two or three until nothing changes
_HALF = np.array([0.5])


def tune_columns(
    metric: str, truth: Targets, outputs: np.ndarray, *, per_label: bool
) -> np.ndarray:
    """Thresholds of several labels a row, each moved in turn while the others stay.

    Every metric is one sum over the columns divided by another, so what cannot be bettered in any
    one column is the best of all.
    """
    columns = np.arange(outputs.shape[1])
    groups = columns[:, None] if per_label else columns[None]
    grids = [
        _candidates(outputs[:, group].ravel(), truth.labels[:, group].ravel(), _HALF)
        for group in groups
    ]
    parts = [
        _parts(metric, truth, outputs, group, grid)
        for group, grid in zip(groups, grids, strict=True)
    ]
    places = [int(np.searchsorted(grid, 0.5)) for grid in grids]
    for _ in range(_N_SWEEPS):
        before = list(places)
        for at, grid in enumerate(grids):
            chosen = np.array([part[:, place] for part, place in zip(parts, places, strict=True)])
            others = np.delete(chosen, at, axis=0).sum(axis=0)[:, None]
            places[at] = best_candidate(ratio(*(others + parts[at])), grid, 0.5)
        if places == before:
            break
    return np.full(len(columns), [grid[place] for grid, place in zip(grids, places, strict=True)])


def _parts(
    metric: str, truth: Targets, outputs: np.ndarray, group: np.ndarray, grid: np.ndarray
) -> np.ndarray:
    """`(2, candidates)`, the two sums of a metric over some columns, if all have the same threshold."""
    every, sums = np.arange(len(grid))[:, None], np.zeros((2, len(grid)))
    for column in group:
        confusion = _confusion(
            _below(grid, outputs[:, column], truth.labels[:, column], truth.weights, 2), every
        )
        right, said, there = (
            confusion[:, 1, 1],
            confusion[:, 1].sum(axis=1),
            confusion[:, :, 1].sum(axis=1),
        )
        f1 = ratio(2 * right, said + there)
        sums += {
            "accuracy": (right + confusion[:, 0, 0], confusion.sum(axis=(1, 2))),
            "f1_macro": (f1, np.ones_like(f1)),
            "f1_micro": (2 * right, said + there),
            "f1_weighted": (there * f1, there),
        }[metric]
    return sums


def tune_cuts(metric: str, truth: Targets, values: np.ndarray, defaults: np.ndarray) -> np.ndarray:
    """The threshold of a yes or no, or the cut points between ranks, from the better of two starts."""
    n_ranks = len(defaults) + 1
    grid = _candidates(values, truth.labels, defaults)
    below = _below(grid, values, truth.labels, truth.weights, n_ranks)
    # Where as many rows lie below a cut point as have a lower rank.
    at_rates = np.searchsorted(below.sum(axis=1), np.cumsum(below[-1])[:-1]).clip(max=len(grid) - 1)
    found = [
        _move_cuts(metric, below, grid, start, defaults)
        for start in (np.searchsorted(grid, defaults), at_rates)
    ]
    scores = scores_of_confusions(metric, _confusion(below, np.stack(found)))
    best: np.ndarray = grid[found[int(is_better(scores[1], scores[0]))]]
    return best


def _move_cuts(
    metric: str, below: np.ndarray, grid: np.ndarray, start: np.ndarray, defaults: np.ndarray
) -> np.ndarray:
    """Move each cut point in turn to the best candidate between its neighbours, until none moves."""
    cuts = start.copy()
    for _ in range(_N_SWEEPS):
        before = cuts.copy()
        for at, default in enumerate(defaults):
            low = cuts[at - 1] if at else 0
            high = cuts[at + 1] if at + 1 < len(cuts) else len(grid) - 1
            tried = np.repeat(cuts[None], high - low + 1, axis=0)
            tried[:, at] = np.arange(low, high + 1)
            scores = scores_of_confusions(metric, _confusion(below, tried))
            cuts[at] = low + best_candidate(scores, grid[low : high + 1], default)
        if np.array_equal(cuts, before):
            break
    return cuts


def _candidates(values: np.ndarray, labels: np.ndarray, defaults: np.ndarray) -> np.ndarray:
    """Sorted thresholds worth trying: the defaults, and the middle between a value and the next
    lower one.

    They are spread over the rows of each class alike, for most values of a rare label's column are
    those of its negatives.
    """
    n_each = _N_CANDIDATES // (len(defaults) + 1)
    picked = []
    for label in range(len(defaults) + 1):
        of_label = np.unique(values[labels == label])
        picked.append(
            of_label[
                np.linspace(0, len(of_label) - 1, min(n_each, len(of_label))).round().astype(int)
            ]
        )
    levels, upper = np.unique(values), np.unique(np.concatenate(picked))
    lower = levels[(np.searchsorted(levels, upper) - 1).clip(0)]
    above_all = np.nextafter(levels[-1], np.inf)
    return np.unique(np.concatenate([lower + (upper - lower) / 2, defaults, [above_all]]))


def _below(
    grid: np.ndarray,
    values: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray | None,
    n_labels: int,
) -> np.ndarray:
    """`(candidates + 1, labels)`, the weight of each label's rows below each candidate; the last line has all rows."""
    reached = np.searchsorted(grid, values, side="right")
    counts = np.bincount(reached * n_labels + labels, weights, minlength=(len(grid) + 1) * n_labels)
    return counts.reshape(-1, n_labels).cumsum(axis=0).astype(np.float64)


def _confusion(below: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """Confusion matrices `(tried, predicted, true)` of cut points `(tried, cuts)`, given by their places."""
    ends = (len(tried), 1, below.shape[1])
    edges = (np.zeros(ends), below[tried], np.broadcast_to(below[-1], ends))
    return np.diff(np.concatenate(edges, axis=1), axis=1)
