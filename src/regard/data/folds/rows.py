"""Which rows belong together, and which a fold learns from and holds out."""

from collections.abc import Sequence

import numpy as np


def group_rows(identical: np.ndarray, group_values: Sequence[str] | None) -> np.ndarray:
    """Return which rows must share a fold: those with identical texts, and those with the same
    value in a column.

    Both together: if row 0 has the text of row 1, and row 1 the value of row 2, all three are one
    group. An empty value puts a row in no group.

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
    values, first_rows, places = np.unique(
        np.asarray(group_values, str), return_index=True, return_inverse=True
    )
    first_rows = np.where(values[places] == "", rows, first_rows[places])
    ends = np.concatenate([identical, first_rows])
    links = coo_array(
        (np.ones(len(ends), np.int8), (np.tile(rows, 2), ends)), shape=(len(rows), len(rows))
    )
    groups: np.ndarray = connected_components(links, directed=False)[1]
    return groups.astype(np.int64)


def training_rows(folds: np.ndarray, fold: int, *, kind: str) -> np.ndarray:
    """Return the rows that a fold's model learns from: all others, or, of folds in time, all
    earlier ones.

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


def choosing_rows(folds: np.ndarray, rows: np.ndarray, fold: int) -> np.ndarray | None:
    """Return which of a fold's training rows choose its settings, as they are taught by the others.

    They are the rows of the fold before it; of the first fold, those of the last. So rows of one
    group stay together, and of folds in time what comes later is predicted.

    Args:
        folds: `(rows,)` the fold that holds each row out, -1 for none.
        rows: those that the fold learns from, int64.
        fold: which.

    Returns:
        `(len(rows),)` bool; None where there is no other fold among the rows.

    Example:
        folds=[0, 1, 2, 1, 0], rows=[0, 1, 3, 4], fold=2 -> [False, True, True, False]
    """
    of_rows = folds[rows]
    before = of_rows[of_rows < fold]
    chosen = of_rows == (before.max() if len(before) else of_rows.max())
    return None if chosen.all() else chosen
