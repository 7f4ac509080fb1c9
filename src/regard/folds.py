"""Rows to fold numbers: every row is held out exactly once, rows that belong together share a fold.

A score is honest only if the model that predicts a row saw neither it nor an identical text. So folds are made of
groups of rows, and stratified, so that every fold has its share of every label.
"""

import logging
from collections.abc import Sequence

import numpy as np

from regard.errors import DataError

_log = logging.getLogger(__name__)


def group_rows(identical: np.ndarray, group_values: Sequence[str] | None) -> np.ndarray:
    """Return which rows must share a fold: those with identical texts, and those with the same value in a column.

    Both together: if row 0 has the text of row 1, and row 1 the value of row 2, all three are one group. An empty value
    puts a row in no group.

    Args:
        identical: `(rows,)` int64, the first row with the same text.
        group_values: `(rows,)` of the column `folds.group_column`, or None.

    Returns:
        `(rows,)` int64, equal for rows of one group.

    Example:
        identical=[0, 0, 2, 3], group_values=["", "a", "a", "b"] -> [0, 0, 0, 1]
    """
    if group_values is None:
        return identical
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = np.arange(len(identical))
    values, first_rows, places = np.unique(np.asarray(group_values, str), return_index=True, return_inverse=True)
    first_rows = np.where(values[places] == "", rows, first_rows[places])
    ends = np.concatenate([identical, first_rows])
    links = coo_array((np.ones(len(ends), np.int8), (np.tile(rows, 2), ends)), shape=(len(rows), len(rows)))
    groups: np.ndarray = connected_components(links, directed=False)[1]
    return groups.astype(np.int64)


def check_enough_rows(strata: np.ndarray, groups: np.ndarray, names: Sequence[str], *, n_folds: int) -> None:
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
        remedy = f"set folds.n_folds={possible}, or merge" if possible > 1 else "merge"
        raise DataError(
            f"label {names[rarest]!r} has {n_rows} rows in {possible} groups (identical texts are one group), too few "
            f"for folds.n_folds={n_folds}; {remedy} or remove that label"
        )


def assign_folds(strata: np.ndarray, groups: np.ndarray, *, n_folds: int, seed: int) -> np.ndarray:
    """Divide rows into folds at random, with equal shares of every stratum as far as the groups allow.

    Groups are dealt out one by one, the largest first, each to the fold that has the least of its strata so far, which
    is the greedy way to the smallest sum of squares. scikit-learn's `StratifiedGroupKFold` does alike, but is far
    slower where nearly every row is a group of its own, and its `StratifiedKFold` knows no groups. Strata with fewer
    rows than folds count as one: so do the rare combinations of labels of a multi-label task.

    Args:
        strata: `(rows,)` int64.
        groups: `(rows,)` int64; rows with the same number share a fold.
        n_folds: how many folds.
        seed: of the random order in which groups are dealt out.

    Returns:
        `(rows,)` int32, the fold that holds a row out, from 0 to `n_folds - 1`; no fold is empty.

    Raises:
        DataError: there are fewer groups than folds.

    Example:
        strata=[0, 0, 1, 1, 1], groups=[0, 1, 2, 3, 3], n_folds=2 -> for example [0, 1, 1, 0, 0]
    """
    _, groups, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) < n_folds:
        raise DataError(
            f"{len(groups)} rows in {len(sizes)} groups (identical texts are one group) are too few for "
            f"folds.n_folds={n_folds}; set it to {len(sizes)} or fewer"
        )
    strata = _merge_rare(strata, n_folds)
    weights = 1.0 / np.bincount(strata)
    members = np.split(strata[np.argsort(groups, kind="stable")], np.cumsum(sizes)[:-1])
    # What each fold has so far: its share of every stratum, and of all rows, so that folds are of equal size, too.
    shares, fold_sizes = np.zeros((n_folds, len(weights))), np.zeros(n_folds)
    fold_of_group = np.empty(len(sizes), np.int32)
    shuffled = np.random.default_rng(seed).permutation(len(sizes))
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        columns, size = members[group], sizes[group]
        fold = (shares[:, columns].sum(axis=1) + fold_sizes * (size / len(strata))).argmin()
        np.add.at(shares[fold], columns, weights[columns])
        fold_sizes[fold] += size
        fold_of_group[group] = fold
    _log.info("%d folds of %d to %d rows, %d groups", n_folds, fold_sizes.min(), fold_sizes.max(), len(sizes))
    return fold_of_group[groups]


def ready_made_folds(values: Sequence[str], *, column: str, groups: np.ndarray) -> np.ndarray:
    """Number the folds that a column of the train file names; folds named by numbers keep their order.

    Groups that stand in several folds are the maker's choice: they are kept, with a warning.

    Args:
        values: `(rows,)` of the column `folds.fold_column`.
        column: its name.
        groups: `(rows,)` from `group_rows`.

    Returns:
        `(rows,)` int32, from 0.

    Raises:
        DataError: cells are empty, or all rows are in one fold.

    Example:
        values=["10", "2", "10"] -> [1, 0, 1]
    """
    names = np.asarray(values, str)
    empty = np.flatnonzero(np.char.strip(names) == "")
    if len(empty):
        raise DataError(
            f"the fold column {column!r} is empty in {len(empty)} rows, first in row {empty[0] + 1}; "
            "give every row a fold"
        )
    try:
        distinct, folds = np.unique(names.astype(np.float64), return_inverse=True)
    except ValueError:
        distinct, folds = np.unique(names, return_inverse=True)
    if len(distinct) < 2:
        raise DataError(f"the fold column {column!r} has '{names[0]}' in every row; it needs two folds or more")
    group_of_part = np.unique(np.stack([groups, folds]), axis=1)[0]
    n_torn = int((np.unique(group_of_part, return_counts=True)[1] > 1).sum())
    if n_torn:
        _log.warning("fold column %r: %d groups of identical or related rows stand in several folds", column, n_torn)
    return folds.astype(np.int32)


def _merge_rare(strata: np.ndarray, n_folds: int) -> np.ndarray:
    """Number the strata anew, from 0, those with fewer rows than folds as one."""
    _, codes, counts = np.unique(strata, return_inverse=True, return_counts=True)
    merged = np.where(counts[codes] < n_folds, len(counts), codes)
    return np.unique(merged, return_inverse=True)[1]
