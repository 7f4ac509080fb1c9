"""Folds from a column of the train file: predefined folds, and blocks in the order of time."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from regard.errors import DataError

_log = logging.getLogger(__name__)


def predefined_folds(values: Sequence[str], *, column: str, groups: np.ndarray) -> np.ndarray:
    """Number the folds that a column of the train file names.

    Folds that are named by numbers keep their order. Folds that split a group of identical texts
    are accepted with a warning, since they are a deliberate choice.

    Args:
        values: `(rows,)` cells of the column `competition.fold_column`.
        column: its name.
        groups: `(rows,)` from `group_rows`.

    Returns:
        `(rows,)` int32, from 0.

    Raises:
        DataError: a cell is empty, or all rows have the same fold.

    Example:
        values=["10", "2", "10"] -> [1, 0, 1]
    """
    names = np.asarray(values, str)
    empty = np.flatnonzero(np.char.strip(names) == "")
    if len(empty):
        raise DataError(
            f"the fold column {column!r} is empty in {len(empty)} rows, first in row "
            f"{empty[0] + 1}; give every row a fold"
        )
    # As numbers if possible, so that fold 10 comes after fold 2.
    try:
        distinct, folds = np.unique(names.astype(np.float64), return_inverse=True)
    except ValueError:
        distinct, folds = np.unique(names, return_inverse=True)
    if len(distinct) < 2:
        raise DataError(
            f"the fold column {column!r} has '{names[0]}' in every row; it needs at least two "
            "different folds"
        )
    if n_split := len(_split_groups(groups, folds)):
        _log.warning(
            "fold column %r: %d groups of identical or related rows are split between folds",
            column,
            n_split,
        )
    return folds.astype(np.int32)


def check_groups(
    values: Sequence[str], folds: np.ndarray, *, column: str, fold_column: str
) -> None:
    """Check that predefined folds split none of the groups that a column names.

    Args:
        values: `(rows,)` cells of the column `competition.group_column`; "" is not a group.
        folds: `(rows,)` from `predefined_folds`.
        column: name of the group column.
        fold_column: name of the fold column.

    Raises:
        DataError: a group has rows in several folds.
    """
    names = np.asarray(values, str)
    distinct, groups = np.unique(names, return_inverse=True)
    split = [group for group in _split_groups(groups, folds) if distinct[group]]
    if split:
        # The message names rows instead of folds, because the folds have been renumbered.
        examples = []
        for group in split[:3]:
            rows = np.flatnonzero(groups == group)
            other = rows[folds[rows] != folds[rows[0]]][0]
            examples.append(f"{values[rows[0]]!r} in rows {rows[0] + 1} and {other + 1}")
        raise DataError(
            f"{len(split)} values of the group column {column!r} are split between folds of "
            f"{fold_column!r} (first: {', '.join(examples)}), so models would be scored on groups "
            "they were trained on; set competition.group_column or competition.fold_column to null"
        )


def time_ordered_folds(values: Sequence[str], *, column: str, n_folds: int) -> np.ndarray:
    """Split the rows into consecutive blocks in the order of a time column.

    The first block is used for training only. Each later block is held out from a model that is
    trained on all blocks before it. Blocks are as equal in size as possible when rows of the same
    time stay together.

    Args:
        values: `(rows,)` cells of the column `competition.time_column`: numbers or ISO 8601 dates.
        column: its name.
        n_folds: number of blocks that are held out.

    Returns:
        `(rows,)` int32, from -1 for the first block to `n_folds - 1` for the last.

    Raises:
        DataError: a cell is neither a number nor a date, or there are too few distinct times.

    Example:
        values=["2024-02-01", "2023-05-07", "2024-03-09"], n_folds=2 -> [0, -1, 1]
    """
    distinct, time_of_row, counts = np.unique(
        read_times(values, column), return_inverse=True, return_counts=True
    )
    n_times = len(distinct)
    if n_times <= n_folds:
        fewer = f"set folds.n_folds={n_times - 1} or fewer, or " if n_times > 2 else ""
        raise DataError(
            f"the time column {column!r} has {n_times} different times, too few for {n_folds} "
            f"folds and a first block; {fewer}set folds.kind=stratified"
        )
    blocks = _blocks_of_times(counts, n_folds + 1)
    n_first, *n_rows = np.bincount(blocks[time_of_row]).tolist()
    _log.info(
        "%d folds of %d to %d rows in the order of %r; the first %d rows are for training only",
        n_folds,
        min(n_rows),
        max(n_rows),
        column,
        n_first,
    )
    return blocks[time_of_row] - 1


def _blocks_of_times(counts: np.ndarray, n_blocks: int) -> np.ndarray:
    """Divide times into blocks of about equally many rows, none of them empty.

    Args:
        counts: `(times,)` number of rows of each time, in the order of time.
        n_blocks: number of blocks; there are at least as many times.

    Returns:
        `(times,)` int32, never falling.

    Example:
        counts=[50, 1, 1], n_blocks=3 -> [0, 1, 2]
    """
    # A time belongs to the block that contains the middle of its rows. The middles of the example
    # are [25, 50.5, 51.5] of 52 rows, which gives blocks [1, 2, 2] and leaves block 0 empty.
    last = n_blocks - 1
    middles = np.cumsum(counts) - counts / 2
    blocks = np.minimum(middles * n_blocks / counts.sum(), last).astype(np.int32)
    # Fill the gaps: the first time is in block 0, each next time is at most one block further, and
    # at least as many times follow as blocks are left.
    blocks[0] = 0
    steps = np.arange(len(counts), dtype=np.int32)
    return np.maximum(np.minimum.accumulate(blocks - steps) + steps, last - steps[::-1])


def _split_groups(groups: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Return the numbers of the groups that have rows in several folds.

    Example:
        groups=[7, 7, 8], folds=[0, 1, 1] -> [7]
    """
    # The distinct pairs (7, 0), (7, 1), (8, 1) name group 7 twice.
    group_of_pair = np.unique(np.stack([groups, folds]), axis=1)[0]
    numbers, n_folds = np.unique(group_of_pair, return_counts=True)
    return numbers[n_folds > 1]


def read_times(values: Sequence[str], column: str) -> np.ndarray:
    """Parse a column as numbers or as dates, whichever fits more of its cells.

    Raises:
        DataError: a cell is neither a number nor a date.
    """
    cells = pd.Series(values, dtype="str").str.strip()
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
    # Only cells that start with a year, because pandas also parses "now" and "today".
    dated = cells.where(cells.str.match(r"\d{4}"))
    dates = (
        pd.to_datetime(dated, format="ISO8601", errors="coerce", utc=True)
        .dt.tz_localize(None)
        .to_numpy()
    )
    times: np.ndarray = numbers if np.isnan(numbers).sum() <= np.isnat(dates).sum() else dates
    invalid = np.flatnonzero(pd.isna(times))
    if len(invalid):
        examples = ", ".join(f"{values[row]!r} in row {row + 1}" for row in invalid[:3])
        raise DataError(
            f"the time column {column!r} has {len(invalid)} cells that are neither numbers nor "
            f"dates such as 2024-03-31 ({examples}); correct them, or set folds.kind=stratified"
        )
    return times
