"""Candidates for thresholds, the rows below each of them, and the choice of the best one."""

import numpy as np

_N_CANDIDATES = 1000  # at most about so many for a threshold
_ALIKE = 1e-10  # scores that differ by less differ by rounding

N_SWEEPS = 20  # over thresholds that are moved in turn; nothing moves after two or three


def candidate_thresholds(
    values: np.ndarray, labels: np.ndarray, defaults: np.ndarray
) -> np.ndarray:
    """Return the thresholds worth trying.

    The defaults, and the middle between a value and the next lower one. At most about a thousand:
    they are spread over the rows of each label alike, since most values in the column of a rare
    label are those of its negatives.

    Args:
        values: `(rows,)` float64, the values to compare with thresholds.
        labels: `(rows,)` int.
        defaults: the default thresholds, one fewer than labels.

    Returns:
        Ascending float64; the last one is above all values.

    Example:
        values [0.2, 0.4, 0.8], labels [0, 0, 1], default [0.5] -> [0.2, 0.3, 0.5, 0.6, 0.80...01]
    """
    # In the example the rows of label 0 have the levels 0.2 and 0.4, and those of label 1 have 0.8.
    # Each level is an upper end; the lower ends are the levels before, [0.2, 0.2, 0.4], and the
    # middles [0.2, 0.3, 0.6].
    n_each = _N_CANDIDATES // (len(defaults) + 1)
    picked = []
    for label in range(len(defaults) + 1):
        levels = np.unique(values[labels == label])
        n_picked = min(n_each, len(levels))
        picked.append(levels[np.linspace(0, len(levels) - 1, n_picked).round().astype(int)])
    levels = np.unique(values)
    upper = np.unique(np.concatenate(picked))
    lower = levels[(np.searchsorted(levels, upper) - 1).clip(0)]
    above_all = np.nextafter(levels[-1], np.inf)
    return np.unique(np.concatenate([lower + (upper - lower) / 2, defaults, [above_all]]))


def weights_below(
    grid: np.ndarray,
    values: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray | None,
    n_labels: int,
) -> np.ndarray:
    """Return the weight of each label's rows below each candidate.

    Returns:
        `(candidates + 1, n_labels)` float64; the last row counts all rows.

    Example:
        grid [0.3, 0.6], values [0.2, 0.4, 0.8], labels [0, 0, 1] -> [[1, 0], [2, 0], [2, 1]]
    """
    reached = np.searchsorted(grid, values, side="right")
    counts = np.bincount(reached * n_labels + labels, weights, minlength=(len(grid) + 1) * n_labels)
    return counts.reshape(-1, n_labels).cumsum(axis=0).astype(np.float64)


def tables_of_cuts(below: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return the confusion tables of cut points.

    Args:
        below: from `weights_below`.
        cuts: `(tried, cut points)` int, indices of candidates.

    Returns:
        `(tried, predicted, true)` float64.

    Example:
        below [[1, 0], [2, 0], [2, 1]], one cut point at index 0 -> [[[1, 0], [1, 1]]]: one row of
        label 0 is below it, one row of each label is above
    """
    ends = (len(cuts), 1, below.shape[1])
    edges = (np.zeros(ends), below[cuts], np.broadcast_to(below[-1], ends))
    return np.diff(np.concatenate(edges, axis=1), axis=1)


def best_candidate(scores: np.ndarray, candidates: np.ndarray, default: float) -> int:
    """Return the index of the best score; among equal ones, of the candidate nearest the default.

    Example:
        scores [0.8, 0.9, 0.9], candidates [0.1, 0.2, 0.3], default 0.5 -> 2
    """
    alike = np.flatnonzero(scores >= scores.max() - _ALIKE)
    return int(alike[np.abs(candidates[alike] - default).argmin()])


def is_better(score: float, other: float) -> bool:
    """Return whether a score is greater by more than rounding."""
    return bool(score > other + _ALIKE)
