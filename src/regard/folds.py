"""Rows to fold numbers: every row is held out exactly once, rows that belong together share a fold.

A score is honest only if the model that predicts a row saw neither it nor an identical text. So folds are made of
groups of rows, and stratified, so that every fold has its share of every label.
"""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from regard.errors import DataError

_log = logging.getLogger(__name__)

_MOST_EXCHANGES = 2000  # of groups between folds; a few are enough unless it cannot be done
_N_TRIED = 30  # groups on either side of an exchange


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

    Groups are dealt out one by one, each to the fold that has the least of its strata so far: the greedy way to the
    smallest sum of squares. The largest groups come first; where rows may have several labels, those of the rarest
    label (iterative stratification). Afterwards groups are exchanged until every label that has as many groups as there
    are folds stands in every fold, which dealing out does not promise.

    scikit-learn's `StratifiedGroupKFold` does alike, but knows no rows of several labels and is far slower where nearly
    every row is a group of its own; iterative-stratification's `MultilabelStratifiedKFold` knows no groups. Strata with
    fewer rows than folds count as one.

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
    rows, labels = np.nonzero(strata) if several else (np.arange(len(strata)), _merge_rare(strata, n_folds))
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
        _spread_labels(fold_of_group, members, sizes, len(totals), seed=seed)
    fold_sizes = np.bincount(fold_of_group[groups])
    _log.info("%d folds of %d to %d rows, %d groups", n_folds, fold_sizes.min(), fold_sizes.max(), len(sizes))
    return fold_of_group[groups]


def ready_made_folds(values: Sequence[str], *, column: str, groups: np.ndarray) -> np.ndarray:
    """Number the folds that a column of the train file names; folds named by numbers keep their order.

    Identical texts that stand in several folds are the maker's choice: they are kept, with a warning.

    Args:
        values: `(rows,)` of the column `competition.fold_column`.
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
    if n_torn := len(_torn(groups, folds)):
        _log.warning("fold column %r: %d groups of identical or related rows stand in several folds", column, n_torn)
    return folds.astype(np.int32)


def check_groups(values: Sequence[str], folds: np.ndarray, *, column: str, fold_column: str) -> None:
    """Make sure that ready-made folds keep together the rows that a column says belong together.

    Args:
        values: `(rows,)` of the column `competition.group_column`; an empty one is in no group.
        folds: `(rows,)` from `ready_made_folds`.
        column: the group column's name.
        fold_column: the fold column's name.

    Raises:
        DataError: a value stands in several folds.
    """
    names = np.asarray(values, str)
    distinct, groups = np.unique(names, return_inverse=True)
    torn = [name for name in distinct[_torn(groups, folds)] if name]
    if torn:
        raise DataError(
            f"{len(torn)} values of the group column {column!r} stand in several folds of {fold_column!r} (first: "
            f"{', '.join(torn[:5])}); a model would be scored on groups it was trained on: set one of "
            "competition.group_column and competition.fold_column to null"
        )


def time_ordered_folds(values: Sequence[str], *, column: str, n_folds: int) -> np.ndarray:
    """Cut the rows, in the order of a column, into blocks that follow one another.

    The first block is only trained on; each of the others is held out from a model of all blocks before it. Rows of the
    same time stay together.

    Args:
        values: `(rows,)` of the column `competition.time_column`: numbers, or dates in ISO 8601.
        column: its name.
        n_folds: how many blocks are held out.

    Returns:
        `(rows,)` int32, from -1, the first block, to `n_folds - 1`, the last.

    Raises:
        DataError: a cell is no number or date, or too few differ.

    Example:
        values=["2024-02-01", "2023-05-07", "2024-03-09"], n_folds=2 -> [0, -1, 1]
    """
    distinct, places, counts = np.unique(_times(values, column), return_inverse=True, return_counts=True)
    # A time goes to the block that the middle of its rows falls into.
    middles = np.cumsum(counts) - counts / 2
    blocks = np.minimum(middles * (n_folds + 1) / len(places), n_folds).astype(np.int32)
    if len(np.unique(blocks)) <= n_folds:
        raise DataError(
            f"the time column {column!r} has {len(distinct)} different times, too few or too unequal for "
            f"{n_folds} folds and a first block; lower folds.n_folds, or set folds.kind=stratified"
        )
    _log.info(
        "%d folds in the order of %r; the first %d rows are only trained on", n_folds, column, counts[blocks == 0].sum()
    )
    return blocks[places] - 1


def training_rows(folds: np.ndarray, fold: int, *, kind: str) -> np.ndarray:
    """Return the rows that a fold's model learns from: all others, or, of folds in time, all earlier ones.

    Args:
        folds: `(rows,)` the fold that holds each row out, -1 for none.
        fold: which.
        kind: `folds.kind`, "stratified" or "time".

    Returns:
        int64.

    Example:
        folds=[0, -1, 1, 0], fold=0: "stratified" -> [1, 2]; "time" -> [1]
    """
    return np.flatnonzero(folds < fold if kind == "time" else folds != fold)


def held_out_rows(folds: np.ndarray, fold: int) -> np.ndarray:
    """Return the rows that a fold holds out, int64."""
    return np.flatnonzero(folds == fold)


def _deal_out(
    members: Sequence[np.ndarray], sizes: np.ndarray, order: np.ndarray, totals: np.ndarray, n_folds: int
) -> np.ndarray:
    """Give each group, in some order, to the fold that has the least of its labels and of all rows."""
    weights, n_rows = 1.0 / np.maximum(totals, 1), sizes.sum()
    # What each fold has so far: its share of every label, and of all rows, so that folds are of equal size, too.
    shares, fold_sizes = np.zeros((n_folds, len(totals))), np.zeros(n_folds)
    fold_of_group = np.empty(len(sizes), np.int32)
    for group in order:
        columns, size = members[group], sizes[group]
        fold = (shares[:, columns].sum(axis=1) + fold_sizes * (size / n_rows)).argmin()
        np.add.at(shares[fold], columns, weights[columns])
        fold_sizes[fold] += size
        fold_of_group[group] = fold
    return fold_of_group


def _spread_labels(
    folds: np.ndarray, members: Sequence[np.ndarray], sizes: np.ndarray, n_labels: int, *, seed: int
) -> None:
    """Exchange groups between folds until every label of as many groups as folds stands in every fold."""
    has = np.zeros((len(members), n_labels), np.int64)
    for group, labels in enumerate(members):
        has[group, labels] = 1
    n_folds = folds.max() + 1
    has = has[:, has.sum(axis=0) >= n_folds]
    counts = np.zeros((n_folds, has.shape[1]), np.int64)
    np.add.at(counts, folds, has)
    random = np.random.default_rng(seed)
    for _ in range(_MOST_EXCHANGES):
        lacking = np.argwhere(counts == 0)
        if not len(lacking):
            return
        fold, label = random.permutation(lacking)[0]
        come = random.permutation(np.flatnonzero((has[:, label] > 0) & (folds != fold)))[:_N_TRIED]
        go = random.permutation(np.flatnonzero(folds == fold))[:_N_TRIED]
        # What each exchange brings the fold, `(come, go, labels)`, and how many labels are lacking after it.
        brings = has[come][:, None] - has[go][None]
        n_lacking = (counts[folds[come]][:, None] == brings).sum(axis=2) + (counts[fold] + brings == 0).sum(axis=2)
        n_lacking -= (counts[folds[come]] == 0).sum(axis=1)[:, None]
        unequal = np.abs(sizes[come][:, None] - sizes[go][None]) / sizes.sum()
        first, second = np.unravel_index((n_lacking + unequal).argmin(), n_lacking.shape)
        counts[fold] += brings[first, second]
        counts[folds[come[first]]] -= brings[first, second]
        folds[come[first]], folds[go[second]] = fold, folds[come[first]]
    n_labels_lacking = int((counts == 0).any(axis=0).sum())
    _log.warning("%d labels stand in too few groups of rows to be in every fold", n_labels_lacking)


def _torn(groups: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The numbers of groups whose rows stand in several folds."""
    group_of_part = np.unique(np.stack([groups, folds]), axis=1)[0]
    numbers, n_parts = np.unique(group_of_part, return_counts=True)
    return numbers[n_parts > 1]


def _times(values: Sequence[str], column: str) -> np.ndarray:
    """A column as numbers or as dates, whichever more of its cells are."""
    cells = pd.Series(values, dtype="str").str.strip()
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
    dates = pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=True).dt.tz_localize(None).to_numpy()
    times = numbers if np.isnan(numbers).sum() <= np.isnat(dates).sum() else dates.astype("datetime64[ns]")
    wrong = np.flatnonzero(pd.isna(times))
    if len(wrong):
        found = ", ".join(f"{values[row]!r} in row {row + 1}" for row in wrong[:3])
        raise DataError(
            f"the time column {column!r} has {len(wrong)} cells that are neither numbers nor dates such as 2024-03-31 "
            f"({found}); correct them, or set folds.kind=stratified"
        )
    return times


def _merge_rare(strata: np.ndarray, n_folds: int) -> np.ndarray:
    """Number the strata anew, from 0, those with fewer rows than folds as one."""
    _, codes, counts = np.unique(strata, return_inverse=True, return_counts=True)
    merged = np.where(counts[codes] < n_folds, len(counts), codes)
    return np.unique(merged, return_inverse=True)[1]
