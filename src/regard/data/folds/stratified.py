"""Folds at random, in equal shares of every label."""

import logging
from collections.abc import Sequence

import numpy as np

from regard.data.folds.spreading import spread_labels
from regard.errors import DataError

_log = logging.getLogger(__name__)


def check_enough_rows(
    strata: np.ndarray, groups: np.ndarray, names: Sequence[str], *, n_folds: int
) -> None:
    """Make sure that every label can stand in every fold.

    Args:
        strata: `(rows,)` int64, places in `names`.
        groups: `(rows,)` from `group_rows`.
        names: what a label is called in the train file.
        n_folds: how many folds are wanted.

    Raises:
        DataError: a label has fewer rows, or fewer groups of rows, than there are folds.
    """
    pairs = np.unique(np.stack([strata, groups]), axis=1)
    n_groups = np.bincount(pairs[0], minlength=len(names))
    rarest = int(n_groups.argmin())
    if n_groups[rarest] < n_folds:
        n_rows, possible = int((strata == rarest).sum()), int(n_groups[rarest])
        in_groups = (
            f" in {possible} groups (identical texts are one group)" if possible < n_rows else ""
        )
        remedy = f"set folds.n_folds={possible}, or merge" if possible > 1 else "merge"
        raise DataError(
            f"label {names[rarest]!r} has {n_rows} rows{in_groups}, too few for folds.n_folds={n_folds}; {remedy} or "
            "remove that label"
        )


def assign_folds(strata: np.ndarray, groups: np.ndarray, *, n_folds: int, seed: int) -> np.ndarray:
    """Divide rows into folds at random, with equal shares of every stratum as far as the groups
    allow.

    Groups are dealt out one by one, each to the fold that has the least of its strata so far: the
    greedy way to the smallest sum of squares. The largest groups come first; where rows may have
    several labels, those of the rarest label (iterative stratification). Afterwards groups are
    exchanged until every label that has as many groups as there are folds stands in every fold,
    which dealing out does not promise.

    scikit-learn's `StratifiedGroupKFold` does alike, but knows no rows of several labels and is far
    slower where nearly every row is a group of its own; iterative-stratification's
    `MultilabelStratifiedKFold` knows no groups. Strata with fewer rows than folds count as one.

    Args:
        strata: `(rows,)` int64; or, where a row may have several labels, `(rows, labels)` bool.
        groups: `(rows,)` int64; rows with the same number share a fold.
        n_folds: how many folds.
        seed: of the random order in which groups are dealt out.

    Returns:
        `(rows,)` int32, the fold that holds a row out, from 0 to `n_folds - 1`; no fold is empty.

    Raises:
        DataError: there are fewer groups than folds.

    Example:
        strata=[0, 0, 1, 1, 1], groups=[0, 1, 2, 3, 3], n_folds=2 -> for example [0, 1, 1, 0, 0]

    Reference:
        Sechidis, Tsoumakas & Vlahavas (2011), On the stratification of multi-label data, ECML PKDD.
    """
    _, groups, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) < n_folds:
        raise DataError(
            f"{len(groups)} rows in {len(sizes)} groups (identical texts are one group) are too few for "
            f"folds.n_folds={n_folds}; set it to {len(sizes)} or fewer"
        )
    several = strata.ndim == 2
    rows, labels = (
        np.nonzero(strata) if several else (np.arange(len(strata)), _merge_rare(strata, n_folds))
    )
    totals = np.bincount(labels, minlength=strata.shape[1] if several else 0)
    by_group = labels[np.argsort(groups[rows], kind="stable")]
    members = np.split(by_group, np.cumsum(np.bincount(groups[rows], minlength=len(sizes)))[:-1])
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    if several:
        rarest = np.array([totals[group].min(initial=len(strata)) for group in members])
        order = order[np.argsort(rarest[order], kind="stable")]
    fold_of_group = _deal_out(members, sizes, order, totals, n_folds)
    if several:
        spread_labels(fold_of_group, members, sizes, len(totals), seed=seed)
    fold_sizes = np.bincount(fold_of_group[groups])
    _log.info(
        "%d folds of %d to %d rows, %d groups",
        n_folds,
        fold_sizes.min(),
        fold_sizes.max(),
        len(sizes),
    )
    return fold_of_group[groups]


def _deal_out(
    members: Sequence[np.ndarray],
    sizes: np.ndarray,
    order: np.ndarray,
    totals: np.ndarray,
    n_folds: int,
) -> np.ndarray:
    """Give each group, in some order, to the fold that has the least of its labels and of all rows."""
    weights, n_rows = 1.0 / np.maximum(totals, 1), sizes.sum()
    # What each fold has so far: its share of every label, and of all rows, so that folds are of
    # equal size, too.
    shares, fold_sizes = np.zeros((n_folds, len(totals))), np.zeros(n_folds)
    fold_of_group = np.empty(len(sizes), np.int32)
    for group in order:
        columns, size = members[group], sizes[group]
        fold = (shares[:, columns].sum(axis=1) + fold_sizes * (size / n_rows)).argmin()
        np.add.at(shares[fold], columns, weights[columns])
        fold_sizes[fold] += size
        fold_of_group[group] = fold
    return fold_of_group


def _merge_rare(strata: np.ndarray, n_folds: int) -> np.ndarray:
    """Number the strata anew, from 0, those with fewer rows than folds as one."""
    _, codes, counts = np.unique(strata, return_inverse=True, return_counts=True)
    merged = np.where(counts[codes] < n_folds, len(counts), codes)
    return np.unique(merged, return_inverse=True)[1]
