"""Groups of rows exchanged between folds, for what dealing them out does not promise: every label in every fold."""

import logging
from collections.abc import Sequence

import numpy as np

_log = logging.getLogger(__name__)

_MOST_EXCHANGES = 2000  # of groups between folds; a few are enough unless it cannot be done
_N_TRIED = 30  # groups on either side of an exchange


def spread_labels(
    folds: np.ndarray, members: Sequence[np.ndarray], sizes: np.ndarray, n_labels: int, *, seed: int
) -> None:
    """Exchange groups, in place, until every label of as many groups as there are folds stands in
    every fold.

    Where that is not reached, as few labels as were found possible are lacking, and a warning says
    how many. Fold sizes end no more unequal than they were, unless that would take a label out of a
    fold.

    Args:
        folds: `(groups,)` the fold of each group; changed.
        members: for each group the labels of its rows, int64, with repetitions.
        sizes: `(groups,)` rows in each.
        n_labels: how many labels there are.
        seed: of the random choice of groups that are tried.

    Example:
        folds=[0, 0, 1, 1], members=[[0], [0], [], []], sizes=[1, 1, 1, 1], n_labels=1 -> for
        example [1, 0, 0, 1]
    """
    has = np.zeros((len(members), n_labels), np.int64)
    for group, labels in enumerate(members):
        has[group, labels] = 1
    n_folds = folds.max() + 1
    has = has[:, has.sum(axis=0) >= n_folds]
    counts = np.zeros((n_folds, has.shape[1]), np.int64)
    np.add.at(counts, folds, has)
    random, allowed = np.random.default_rng(seed), int(np.ptp(np.bincount(folds, sizes)))
    best, fewest = (folds.copy(), counts.copy()), counts.size
    for _ in range(_MOST_EXCHANGES):
        n_lacking = int((counts == 0).sum())
        if n_lacking < fewest:
            best, fewest = (folds.copy(), counts.copy()), n_lacking
        if not fewest:
            break
        _bring_label(folds, has, counts, sizes, random)
    folds[:], counts[:] = best
    if fewest:
        _log.warning(
            "%d labels stand in enough groups of rows, but no exchange was found that brings them into every fold",
            (counts == 0).any(axis=0).sum(),
        )
    while np.ptp(np.bincount(folds, sizes)) > allowed and _even_out(
        folds, has, counts, sizes, random
    ):
        pass


def _bring_label(
    folds: np.ndarray,
    has: np.ndarray,
    counts: np.ndarray,
    sizes: np.ndarray,
    random: np.random.Generator,
) -> None:
    """Bring a fold some label that it lacks, by the exchange or move after which the fewest are lacking."""
    fold, label = random.permutation(np.argwhere(counts == 0))[0]
    come = _some(has[:, label].astype(bool) & (folds != fold), random)
    go = _some(folds == fold, random)
    labels, n_rows = _or_none(has[go], sizes[go])
    # What each exchange brings the fold, `(come, go, labels)`, and how many labels more are lacking
    # after it.
    brings = has[come][:, None] - labels[None]
    n_lacking = (counts[folds[come]][:, None] == brings).sum(axis=2) + (
        counts[fold] + brings == 0
    ).sum(axis=2)
    n_lacking -= (counts[folds[come]] == 0).sum(axis=1)[:, None]
    n_lacking[np.bincount(folds)[folds[come]] == 1, -1] = counts.size  # no fold is emptied
    unequal = np.abs(sizes[come][:, None] - n_rows[None]) / sizes.sum()
    first, second = np.unravel_index((n_lacking + unequal).argmin(), n_lacking.shape)
    counts[fold] += brings[first, second]
    counts[folds[come[first]]] -= brings[first, second]
    folds[go[second : second + 1]] = folds[come[first]]
    folds[come[first]] = fold


def _even_out(
    folds: np.ndarray,
    has: np.ndarray,
    counts: np.ndarray,
    sizes: np.ndarray,
    random: np.random.Generator,
) -> bool:
    """Exchange a group of the largest fold for one of the smallest, or for none; False if a label forbids it."""
    fold_sizes = np.bincount(folds, sizes)
    large, small = fold_sizes.argmax(), fold_sizes.argmin()
    go, come = _some(folds == large, random), _some(folds == small, random)
    labels, n_rows = _or_none(has[come], sizes[come])
    # What each exchange takes from the larger fold, `(go, come, labels)`, and how many rows.
    takes, shrinks = has[go][:, None] - labels[None], sizes[go][:, None] - n_rows[None]
    leaves = ((takes > 0) & (counts[large] == takes)) | ((takes < 0) & (counts[small] == -takes))
    gap = fold_sizes[large] - fold_sizes[small]
    fits = (shrinks > 0) & (shrinks < gap) & ~leaves.any(axis=2)
    first, second = np.unravel_index(
        np.where(fits, np.abs(gap - 2 * shrinks), np.inf).argmin(), fits.shape
    )
    if not fits[first, second]:
        return False
    counts[large] -= takes[first, second]
    counts[small] += takes[first, second]
    folds[go[first]] = small
    folds[come[second : second + 1]] = large
    return True


def _or_none(has: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and sizes of groups, and of no group as the last: what is exchanged for it is moved."""
    return np.vstack([has, np.zeros_like(has[:1])]), np.append(sizes, 0)


def _some(wanted: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A few of the places that are wanted."""
    return random.permutation(np.flatnonzero(wanted))[:_N_TRIED]
