"""Find rows that a quote has merged into one cell.

A quote that is opened and closed only some lines further down is valid CSV: the lines between
become part of one cell, and their rows are lost without an error. A text that holds lines like
rows, such as a piece of a table, is read the same way, so every sign is weighed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regard.config.dialect import Dialect
from regard.data.unclear_quotes import describe_unclear, unclear_rows
from regard.data.whole_files import WholeFile, first_few
from regard.errors import DataError

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_RUNS = (
    (re.compile(r"[0-9]+"), "0"),
    (re.compile(r"[a-z]+"), "a"),
    (re.compile(r"[A-Z]+"), "A"),
)
_NOTHING = re.compile(r"(?!)")
_MAX_DIGITS = 16  # of ids that are counted
_MIN_CODE = 8  # characters of an id that no word of a text looks like
_MAX_VALUES = 50  # a column with more distinct values tells nothing about a line
_SHARE_OF_NUMBERS = 0.9  # of a range of whole numbers that are ids: then a gap means a lost row
_MIN_LINES = 2  # lines like rows in one cell; a text may well hold one such line


@dataclass(frozen=True)
class Swallowed:
    """Rows that one cell has swallowed.

    Attributes:
        row: the row with the cell.
        n_lines: its lines that look like rows.
        is_certain: whether no text can be meant.
    """

    row: int
    n_lines: int
    is_certain: bool


def find_swallowed(
    file: WholeFile, dialect: Dialect, id_column: str | None = None, known_ids: Sequence[str] = ()
) -> list[Swallowed]:
    """Find rows with a cell whose lines look like rows of the file.

    Args:
        file: a file.
        dialect: how it was read.
        id_column: its column of ids; None without one.
        known_ids: ids that the file should have, such as those of the sample.
    """
    # Only rows of several lines are looked at: most rows of most files have one.
    n_lines = np.diff(np.append(file.lines, file.n_lines + 1)) if file.is_csv else np.zeros(0)
    candidates = np.flatnonzero(n_lines > 1)
    if not len(candidates):
        return []
    known = _Known(file, id_column if id_column in file.frame else None, known_ids)
    unclear = unclear_rows(file, dialect) if not file.is_clear else set()
    found = (known.judge(int(row), is_unclear=int(row) in unclear) for row in candidates)
    return [one for one in found if one]


def swallowed_error(file: WholeFile, found: Sequence[Swallowed]) -> DataError:
    """Return the error for a cell that has certainly swallowed rows."""
    first = next(one for one in found if one.is_certain)
    more = f", as in {len(found) - 1} more places" if len(found) > 1 else ""
    return DataError(
        f"{file.path} line {file.lines[first.row]}: a quote opens a cell there that takes in the "
        f"rows of the lines below it{more}; mend that quote, or set competition.quoting=none "
        "if quotes are plain characters"
    )


def describe_swallowed(file: WholeFile, found: Sequence[Swallowed]) -> str:
    """Return where cells may have swallowed rows.

    Example:
        "1 cell holds lines that look like rows (line 7)"
    """
    lines = first_few(file.lines[[one.row for one in found]])
    if len(found) == 1:
        return f"1 cell holds lines that look like rows (line {lines})"
    return f"{len(found)} cells hold lines that look like rows (lines {lines})"


def quotes_warning(file: WholeFile, dialect: Dialect, found: Sequence[Swallowed]) -> str | None:
    """Return a warning about quotes that may be read in the wrong way; None without a sign."""
    if found:
        return (
            f"{file.path}: {describe_swallowed(file, found)}; if they are rows, set "
            "competition.quoting=none, or mend the quote that is opened there"
        )
    if file.is_clear:
        return None
    return (
        f"{file.path}: {describe_unclear(file, dialect)}, and is lost; set "
        "competition.quoting=none if quotes are plain characters, or competition.escape='\\\\' if "
        'they are written \\"'
    )


class _Known:
    """Everything about the rows of one line that a line of a cell is compared with.

    Args:
        file: the file.
        id_column: its column of ids; None without one.
        known_ids: ids that the file should have.
    """

    def __init__(self, file: WholeFile, id_column: str | None, known_ids: Sequence[str]) -> None:
        self._file = file
        frame = file.frame
        self._width = frame.shape[1]
        self._id_index = -1 if id_column is None else list(frame.columns).index(id_column)
        self._ids = set(frame[id_column]) if id_column is not None else set()
        self._shapes = {_shape(cell) for cell in self._ids}
        self._letters = _letters_of(self._ids)
        self._missing = set(known_ids) - self._ids
        self._numbers = _dense_numbers(self._ids)
        self._values = _few_values(frame, id_column)

    def judge(self, row: int, *, is_unclear: bool) -> Swallowed | None:
        """Return the rows that a row of several lines has swallowed; None if there are none.

        Args:
            row: the row.
            is_unclear: whether a quote in it is neither doubled nor escaped.
        """
        cells = self._file.frame.iloc[row]
        # Without its quotes, the row is the lines that an unquoted file would have.
        lines = _LINE_BREAK.split(self._file.separator.join(cells))
        like_rows = [line for line in lines[1:] if self._is_like_row(line)]
        if not like_rows:
            return None
        all_alike = len(like_rows) == len(lines) - 1 and self._is_whole_row(lines[0])
        is_gap = self._id_index >= 0 and all(map(self._fills_gap, like_rows))
        has_tabs = self._file.separator == "\t" and self._width > 1
        if is_gap or (all_alike and (is_unclear or has_tabs)):
            return Swallowed(row, len(like_rows), True)
        is_doubtful = all_alike or is_unclear or len(like_rows) >= _MIN_LINES
        return Swallowed(row, len(like_rows), False) if is_doubtful else None

    def _is_whole_row(self, line: str) -> bool:
        """Return whether a line has exactly the cells of a row, and known values in them."""
        cells = line.split(self._file.separator)
        return len(cells) == self._width and all(
            cells[index].strip('"') in values for index, values in self._values.items()
        )

    def _is_like_row(self, line: str) -> bool:
        """Return whether a line has the cells of a row: its number, an id, and known values."""
        cells = line.split(self._file.separator)
        if len(cells) < self._width or self._width < 2:
            return False
        # Texts with separators have more cells: those before them count from the left, those after
        # them from the right.
        surplus = len(cells) - self._width
        if self._id_index >= 0:
            cell = cells[self._id_index].strip('"')
            is_id = _shape(cell) in self._shapes or self._letters.fullmatch(cell)
            if cell in self._ids or not is_id:
                return False
        elif surplus or not self._values:
            return False
        return all(
            cells[index].strip('"') in values or cells[index + surplus].strip('"') in values
            for index, values in self._values.items()
        )

    def _fills_gap(self, line: str) -> bool:
        """Return whether the id of a line is one that the file lacks."""
        cell = line.split(self._file.separator)[self._id_index].strip('"')
        is_number = cell.isdecimal() and len(cell) < _MAX_DIGITS
        return (
            cell in self._missing
            or (is_number and int(cell) in self._numbers)
            or bool(self._letters.fullmatch(cell))
        )


def _few_values(frame: pd.DataFrame, id_column: str | None) -> dict[int, set[str]]:
    """Return the values of each column that has few, by its index, such as labels."""
    found = {}
    for index, column in enumerate(frame.columns):
        values = set(frame[column].unique())
        if column != id_column and len(values) <= min(_MAX_VALUES, len(frame) // 4):
            found[index] = {value for value in values if not _LINE_BREAK.search(value)}
    return found


def _dense_numbers(ids: set[str]) -> set[int]:
    """Return the numbers that are missing among ids that are nearly all numbers of a range.

    Example:
        "1", "2", "3", ..., "9" and "11" -> {10}
    """
    if not ids or not all(cell.isdecimal() and len(cell) < _MAX_DIGITS for cell in ids):
        return set()
    numbers = set(map(int, ids))
    if len(numbers) < _SHARE_OF_NUMBERS * (max(numbers) - min(numbers) + 1):
        return set()
    # The first and the last row may be lost, too.
    return set(range(min(numbers) - 1, max(numbers) + 2)) - numbers


def _letters_of(ids: set[str]) -> re.Pattern[str]:
    """Return a pattern for long codes of one length, such as hashes; it matches nothing else.

    Example:
        "0f3a90bb", "77aa01c9", ... -> eight of their letters and digits
    """
    lengths = {len(cell) for cell in ids}
    letters = set("".join(ids))
    is_code = len(lengths) == 1 and min(lengths) >= _MIN_CODE and all(map(str.isalnum, letters))
    if not is_code or not any(map(str.isdecimal, letters)):
        return _NOTHING
    return re.compile(f"[{''.join(sorted(letters))}]{{{min(lengths)}}}")


def _shape(cell: str) -> str:
    """Return the kinds of letters of an id.

    Example:
        "tt0042" -> "a0"; "a new line" -> "a a a"
    """
    for pattern, mark in _RUNS:
        cell = pattern.sub(mark, cell)
    return cell
