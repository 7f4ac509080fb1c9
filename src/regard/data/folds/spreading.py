"""Exchanges of groups between folds, so that every label occurs in every fold."""

import logging
from collections.abc import Sequence

import numpy as np

_log = logging.getLogger(__name__)

_MAX_EXCHANGES = 2000  # a few are enough, unless the goal cannot be reached
_N_CANDIDATES = 30  # groups that are tried on either side of an exchange


def spread_labels(
    folds: np.ndarray,
    labels_of_groups: Sequence[np.ndarray],
    sizes: np.ndarray,
    n_labels: int,
    *,
    seed: int,
) -> None:
    """Exchange groups between folds until every frequent label occurs in every fold.

    A label is frequent if at least as many groups have it as there are folds. If no solution is
    found, the best attempt is kept and a warning gives the number of missing labels. Fold sizes
    end no more unequal than before, unless evening them out would take a label from a fold.

    Args:
        folds: `(groups,)` fold of each group; changed in place.
        labels_of_groups: for each group the labels of its rows, int64, with repetitions.
        sizes: `(groups,)` number of rows in each group.
        n_labels: number of labels.
        seed: seed of the random choice of groups to try.

    Example:
        folds=[0, 0, 1, 1], labels_of_groups=[[0], [0], [], []], sizes=[1, 1, 1, 1], n_labels=1
        -> for example [1, 0, 0, 1]
    """
    # In the example, has = [[1], [1], [0], [0]] (groups, labels) and counts = [[2], [0]] (folds,
    # labels). The 0 means that fold 1 lacks label 0. After an exchange, counts = [[1], [1]].
    has = np.zeros((len(labels_of_groups), n_labels), np.int64)
    for group, labels in enumerate(labels_of_groups):
        has[group, labels] = 1
    n_folds = folds.max() + 1
    has = has[:, has.sum(axis=0) >= n_folds]
    counts = np.zeros((n_folds, has.shape[1]), np.int64)
    np.add.at(counts, folds, has)
    rng = np.random.default_rng(seed)
    max_gap = int(np.ptp(np.bincount(folds, sizes)))
    best = (folds.copy(), counts.copy())
    fewest = counts.size
    for _ in range(_MAX_EXCHANGES):
        n_missing = int((counts == 0).sum())
        if n_missing < fewest:
            best = (folds.copy(), counts.copy())
            fewest = n_missing
        if not fewest:
            break
        _bring_label(folds, has, counts, sizes, rng)
    folds[:], counts[:] = best
    if fewest:
        _log.warning(
            "%d labels occur in enough groups of rows, but no exchange was found that brings them "
            "into every fold",
            (counts == 0).any(axis=0).sum(),
        )
    while np.ptp(np.bincount(folds, sizes)) > max_gap and _even_out(folds, has, counts, sizes, rng):
        pass


def _bring_label(
    folds: np.ndarray,
    has: np.ndarray,
    counts: np.ndarray,
    sizes: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Bring a fold a label that it lacks, by the exchange that leaves the fewest labels missing."""
    fold, label = rng.permutation(np.argwhere(counts == 0))[0]
    incoming = _sample(has[:, label].astype(bool) & (folds != fold), rng)
    outgoing = _sample(folds == fold, rng)
    labels, n_rows = _with_no_group(has[outgoing], sizes[outgoing])
    # gains[i, j]: change of the fold's label counts if group i comes and group j goes, for example
    # has = [1, 0] comes and [0, 1] goes: [1, -1]. The other fold changes by the opposite, so it
    # loses the labels of which it has exactly as many as the first one gains.
    gains = has[incoming][:, None] - labels[None]
    n_missing = (counts[folds[incoming]][:, None] == gains).sum(axis=2) + (
        counts[fold] + gains == 0
    ).sum(axis=2)
    # Labels that the other fold lacked before are not the fault of the exchange.
    n_missing -= (counts[folds[incoming]] == 0).sum(axis=1)[:, None]
    n_missing[np.bincount(folds)[folds[incoming]] == 1, -1] = counts.size  # empty no fold
    # Below 1, so it only decides between exchanges that leave equally many labels missing.
    size_change = np.abs(sizes[incoming][:, None] - n_rows[None]) / sizes.sum()
    first, second = np.unravel_index((n_missing + size_change).argmin(), n_missing.shape)
    counts[fold] += gains[first, second]
    counts[folds[incoming[first]]] -= gains[first, second]
    folds[outgoing[second : second + 1]] = folds[incoming[first]]  # nothing if no group goes
    folds[incoming[first]] = fold


def _even_out(
    folds: np.ndarray,
    has: np.ndarray,
    counts: np.ndarray,
    sizes: np.ndarray,
    rng: np.random.Generator,
) -> bool:
    """Exchange a group of the largest fold for a smaller one, or none, of the smallest fold.

    Returns:
        Whether an exchange was made; False if each would take a label from a fold.
    """
    fold_sizes = np.bincount(folds, sizes)
    large = fold_sizes.argmax()
    small = fold_sizes.argmin()
    outgoing = _sample(folds == large, rng)
    incoming = _sample(folds == small, rng)
    labels, n_rows = _with_no_group(has[incoming], sizes[incoming])
    # losses[i, j] and shrinkage[i, j]: labels and rows that the large fold loses if group i goes
    # and group j comes. With a gap of 6 rows, a shrinkage of 3 makes both folds equal.
    losses = has[outgoing][:, None] - labels[None]
    shrinkage = sizes[outgoing][:, None] - n_rows[None]
    takes_label = ((losses > 0) & (counts[large] == losses)) | (
        (losses < 0) & (counts[small] == -losses)
    )
    gap = fold_sizes[large] - fold_sizes[small]
    is_allowed = (shrinkage > 0) & (shrinkage < gap) & ~takes_label.any(axis=2)
    first, second = np.unravel_index(
        np.where(is_allowed, np.abs(gap - 2 * shrinkage), np.inf).argmin(), is_allowed.shape
    )
    if not is_allowed[first, second]:
        return False
    counts[large] -= losses[first, second]
    counts[small] += losses[first, second]
    folds[outgoing[first]] = small
    folds[incoming[second : second + 1]] = large
    return True


def _with_no_group(has: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Append "no group" to the labels and sizes of groups: an exchange for it is a plain move."""
    return np.vstack([has, np.zeros_like(has[:1])]), np.append(sizes, 0)


def _sample(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return up to `_N_CANDIDATES` random indices at which a mask is True."""
    return rng.permutation(np.flatnonzero(mask))[:_N_CANDIDATES]
