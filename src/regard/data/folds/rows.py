"""Groups of related rows, and the rows that a fold trains on and holds out."""

from collections.abc import Sequence

import numpy as np


def group_rows(identical: np.ndarray, group_values: Sequence[str] | None) -> np.ndarray:
    """Group rows that must share a fold: rows with identical texts or the same value in a column.

    Both relations are combined: if rows 0 and 1 have the same text, and rows 1 and 2 the same
    value, all three are one group. An empty value relates a row to no other.

    Args:
        identical: `(rows,)` int64, the first row with the same text.
        group_values: `(rows,)` cells of the column `competition.group_column`, or None.

    Returns:
        `(rows,)` int64, equal for rows of one group.

    Example:
        identical=[0, 0, 2, 3], group_values=["", "a", "a", "b"] -> [0, 0, 0, 1]
    """
    if group_values is None:
        return identical
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    # In the example, the first rows with the same value are [0, 1, 1, 3]. The links 1-0 (text) and
    # 2-1 (value) make one connected component of rows 0, 1 and 2.
    rows = np.arange(len(identical))
    values, first_rows, inverse = np.unique(
        np.asarray(group_values, str), return_index=True, return_inverse=True
    )
    first_rows = np.where(values[inverse] == "", rows, first_rows[inverse])
    ends = np.concatenate([identical, first_rows])
    links = coo_array(
        (np.ones(len(ends), np.int8), (np.tile(rows, 2), ends)), shape=(len(rows), len(rows))
    )
    groups: np.ndarray = connected_components(links, directed=False)[1]
    return groups.astype(np.int64)


def training_rows(folds: np.ndarray, fold: int, *, kind: str) -> np.ndarray:
    """Return the rows that a fold's model trains on.

    These are the rows of all other folds, or of all earlier folds if folds follow time.

    Args:
        folds: `(rows,)` fold that holds each row out; -1 for none.
        fold: number of the fold.
        kind: `folds.kind`, "stratified" or "time".

    Returns:
        Row indices, int64.

    Example:
        folds=[0, -1, 1, 0], fold=0: "stratified" -> [1, 2]; "time" -> [1]
    """
    return np.flatnonzero(folds < fold if kind == "time" else folds != fold)


def held_out_rows(folds: np.ndarray, fold: int) -> np.ndarray:
    """Return the rows that a fold holds out, int64.

    Example:
        folds=[0, -1, 1, 0], fold=0 -> [0, 3]
    """
    return np.flatnonzero(folds == fold)


def inner_valid_rows(folds: np.ndarray, rows: np.ndarray, fold: int) -> np.ndarray | None:
    """Return a mask of the inner validation rows, on which a fold's model settings are chosen.

    They are the training rows that belong to the preceding fold, or to the last one for the first
    fold. Thus no group is split, and with folds in time they are the latest training rows.

    Args:
        folds: `(rows,)` fold that holds each row out; -1 for none.
        rows: row indices that the fold trains on, int64.
        fold: number of the fold.

    Returns:
        `(len(rows),)` bool; None if all training rows belong to one fold.

    Example:
        folds=[0, 1, 2, 1, 0], rows=[0, 1, 3, 4], fold=2 -> [False, True, True, False]
    """
    fold_of_row = folds[rows]
    earlier = fold_of_row[fold_of_row < fold]
    is_valid = fold_of_row == (earlier.max() if len(earlier) else fold_of_row.max())
    return None if is_valid.all() else is_valid
