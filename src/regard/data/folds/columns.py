"""Folds by a column of the train file: ready-made ones, and blocks in the order of time."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from regard.errors import DataError

_log = logging.getLogger(__name__)


def ready_made_folds(values: Sequence[str], *, column: str, groups: np.ndarray) -> np.ndarray:
    """Number the folds that a column of the train file names; folds named by numbers keep their
    order.

    Identical texts that stand in several folds are the maker's choice: they are kept, with a
    warning.

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
        raise DataError(
            f"the fold column {column!r} has '{names[0]}' in every row; it needs two folds or more"
        )
    if n_torn := len(_torn(groups, folds)):
        _log.warning(
            "fold column %r: %d groups of identical or related rows stand in several folds",
            column,
            n_torn,
        )
    return folds.astype(np.int32)


def check_groups(
    values: Sequence[str], folds: np.ndarray, *, column: str, fold_column: str
) -> None:
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
    torn = [group for group in _torn(groups, folds) if distinct[group]]
    if torn:
        rows = [np.flatnonzero(groups == group) for group in torn[:3]]
        # By their rows: the folds have been numbered anew.
        found = [
            f"{values[of[0]]!r} in rows {of[0] + 1} and {of[folds[of] != folds[of[0]]][0] + 1}"
            for of in rows
        ]
        raise DataError(
            f"{len(torn)} values of the group column {column!r} stand in several folds of {fold_column!r} (first: "
            f"{', '.join(found)}); a model would be scored on groups it was trained on: set one of "
            "competition.group_column and competition.fold_column to null"
        )


def time_ordered_folds(values: Sequence[str], *, column: str, n_folds: int) -> np.ndarray:
    """Cut the rows, in the order of a column, into blocks that follow one another.

    The first block is only trained on; each of the others is held out from a model of all blocks
    before it. Blocks are as equal as rows of the same time, which stay together, allow.

    Args:
        values: `(rows,)` of the column `competition.time_column`: numbers, or dates in ISO 8601.
        column: its name.
        n_folds: how many blocks are held out.

    Returns:
        `(rows,)` int32, from -1, the first block, to `n_folds - 1`, the last.

    Raises:
        DataError: a cell is no number or date, or fewer differ than there are blocks.

    Example:
        values=["2024-02-01", "2023-05-07", "2024-03-09"], n_folds=2 -> [0, -1, 1]
    """
    distinct, places, counts = np.unique(
        _times(values, column), return_inverse=True, return_counts=True
    )
    n_times = len(distinct)
    if n_times <= n_folds:
        fewer = f"set folds.n_folds={n_times - 1} or fewer, or " if n_times > 2 else ""
        raise DataError(
            f"the time column {column!r} has {n_times} different times, too few for {n_folds} folds and a first block; "
            f"{fewer}set folds.kind=stratified"
        )
    # A time goes to the block that the middle of its rows falls into, but no block is left out.
    middles = np.cumsum(counts) - counts / 2
    blocks = np.minimum(middles * (n_folds + 1) / len(places), n_folds).astype(np.int32)
    blocks[0] = 0
    steps = np.arange(n_times, dtype=np.int32)
    blocks = np.maximum(np.minimum.accumulate(blocks - steps) + steps, n_folds - steps[::-1])
    first, *others = np.bincount(blocks[places]).tolist()
    told = "%d folds of %d to %d rows in the order of %r; the first %d rows are only trained on"
    _log.info(told, n_folds, min(others), max(others), column, first)
    return blocks[places] - 1


def _torn(groups: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The numbers of groups whose rows stand in several folds."""
    group_of_part = np.unique(np.stack([groups, folds]), axis=1)[0]
    numbers, n_parts = np.unique(group_of_part, return_counts=True)
    return numbers[n_parts > 1]


def _times(values: Sequence[str], column: str) -> np.ndarray:
    """A column as numbers or as dates, whichever more of its cells are."""
    cells = pd.Series(values, dtype="str").str.strip()
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
    dated = cells.where(cells.str.match(r"\d{4}"))  # pandas would read "now" and "today"
    dates = (
        pd.to_datetime(dated, format="ISO8601", errors="coerce", utc=True)
        .dt.tz_localize(None)
        .to_numpy()
    )
    times: np.ndarray = numbers if np.isnan(numbers).sum() <= np.isnat(dates).sum() else dates
    wrong = np.flatnonzero(pd.isna(times))
    if len(wrong):
        found = ", ".join(f"{values[row]!r} in row {row + 1}" for row in wrong[:3])
        raise DataError(
            f"the time column {column!r} has {len(wrong)} cells that are neither numbers nor dates such as 2024-03-31 "
            f"({found}); correct them, or set folds.kind=stratified"
        )
    return times
