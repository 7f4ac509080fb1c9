"""The records of a CSV file, read one by one, each with the line on which it starts.

Python's `csv` rather than pandas reads the files because it knows the line on which a record
starts: texts hold line breaks, so the tenth row may start on line 50, and a message has to send its
reader to line 50. Nothing is guessed: every cell stays the string it is, `NA` and `null` included.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any

from regard.config.dialect import Dialect
from regard.data.row_errors import empty_file
from regard.errors import DataError

# csv refuses cells of more than 131,072 characters by default. On Windows the limit is a C long of
# 32 bits, so sys.maxsize would be refused too.
_MAX_CELL_LENGTH = 2**31 - 1
_BYTE_ORDER_MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
SEPARATORS = (",", "\t", ";", "|")
_QUOTED = re.compile(r'"[^"]*"')
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)
_SENTINEL = "."  # a line added at the end: it is a record by itself unless a quote is still open
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Lines:
    """The lines of a CSV file, from its header on.

    Attributes:
        lines: the lines, and after them the sentinel that `records` needs.
        n_before: the lines before the header that were passed over.
        separator: the separator of the cells.
    """

    lines: Iterator[str]
    n_before: int
    separator: str

    def with_lines(self, lines: Iterator[str]) -> Lines:
        """Return other lines of the same file."""
        return replace(self, lines=lines)

    def reader(self, dialect: Dialect, *, strict: bool = False) -> Any:
        """Return a csv.reader of the lines.

        Args:
            dialect: how cells are written.
            strict: whether to raise a csv.Error at a quote that is neither doubled nor escaped.
        """
        csv.field_size_limit(_MAX_CELL_LENGTH)
        lines = self.lines
        if dialect.escape:
            lines = map(partial(_keep_backslashes, _escaped(self.separator)), lines)
        return csv.reader(
            lines,
            delimiter=self.separator,
            quoting=csv.QUOTE_NONE if dialect.quoting == "none" else csv.QUOTE_MINIMAL,
            escapechar=dialect.escape,
            skipinitialspace=dialect.skip_blank,
            strict=strict,
        )


def separator_of(suffix: str, header: str, separator: str | None) -> str:
    r"""Return the separator of a file.

    Args:
        suffix: of its name.
        header: its first line.
        separator: the setting; None: the tab in a .tsv file and the comma in others, or another one
            that the header has instead.

    Example:
        ".tsv", "id\ttext", None -> a tab; ".csv", "id;text", None -> ";"
    """
    if separator:
        return separator.replace("\\t", "\t")
    plain = _QUOTED.sub("", header)
    usual = "\t" if suffix == ".tsv" else ","
    return next((one for one in (usual, *SEPARATORS) if one in plain), usual)


def csv_lines(stream: io.BufferedReader, suffix: str, dialect: Dialect) -> Lines:
    """Return the lines of a CSV file; a first line `sep=;` of Excel is passed over.

    Args:
        stream: the file, at its start.
        suffix: of its name.
        dialect: its encoding and separator.
    """
    codec = _codec(stream.peek(4)[:4], dialect.encoding)
    # Line ends stay as they are, since csv has to tell those inside of quotes from the others.
    file = io.TextIOWrapper(stream, encoding=codec, errors=dialect.encoding_errors, newline="")
    # Excel begins UTF-8 files with a byte order mark, which would join the first name.
    first = file.readline().removeprefix("\ufeff")
    named = _SEPARATOR_LINE.fullmatch(first)
    if named:
        return Lines(chain(file, [_SENTINEL]), 1, dialect.separator or named[1])
    blank = []
    while first and not first.strip():
        blank.append(first)
        first = file.readline()
    separator = separator_of(suffix, first, dialect.separator)
    return Lines(chain(blank, [first], file, [_SENTINEL]), 0, separator)


def _escaped(separator: str) -> re.Pattern[str]:
    """Return a pattern for a backslash and the character after it, which is in a group."""
    return re.compile(rf"\\([\"\\\r\n{re.escape(separator)}])|\\")


def _keep_backslashes(pattern: re.Pattern[str], line: str) -> str:
    r"""Double the backslashes of a line that escape nothing, as csv takes any character after one.

    Example:
        a separator of ",": C:\new says \"hi\" -> C:\\new says \"hi\"
    """
    if "\\" not in line:
        return line
    return pattern.sub(lambda found: found[0] if found[1] else "\\\\", line)


def records(reader: Any, name: str, n_before: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its cells; blank lines are skipped.

    Args:
        reader: a csv.reader of `csv_lines`.
        name: the file, for messages.
        n_before: the lines that were passed over before.

    Raises:
        DataError: the file is blank, or ends inside a quoted cell.
    """
    before: tuple[int, list[str]] | None = None
    start = n_before + 1
    last = start
    is_blank = True
    for row in reader:
        # A record is passed on once the next one is seen: the last one is the sentinel.
        if row and before:
            is_blank = is_blank and not any(map(str.strip, before[1]))
            yield before
        if row:
            before = start, row
        last = start
        start = reader.line_num + n_before + 1
    if last != reader.line_num + n_before and before:  # the sentinel ended up inside a cell
        raise _open_quote(name, *before)
    if is_blank:
        raise empty_file(name)


def wrong_width(
    name: str, record: tuple[int, int], n_columns: int, separator: str, count: str = ""
) -> DataError:
    """Return the error for a row with too many or too few cells.

    Args:
        name: the file.
        record: the line on which the row starts, and its number of cells.
        n_columns: the number of cells in the header.
        separator: the separator.
        count: the number of such rows, as a remark in the message.
    """
    line, width = record
    return DataError(
        f"{name} line {line}: {width} cells, but the header has {n_columns}{count}; put a text "
        f"that contains a quote, a line break or the separator {separator!r} in quotes"
    )


def _codec(start: bytes, encoding: str) -> str:
    """Return the encoding to open a file with that starts with some bytes.

    Python refuses UTF-16 and UTF-32 without a byte order mark, so those get their byte order.
    """
    name = codecs.lookup(encoding).name
    if start.startswith(_BYTE_ORDER_MARKS.get(name, b"")):
        return encoding
    return f"{name}-{'le' if sys.byteorder == 'little' else 'be'}"


def _open_quote(name: str, start: int, row: Sequence[str]) -> DataError:
    """Return the error for a file that ends inside a quoted cell, the last one of its last row."""
    line = start + sum(len(_LINE_BREAK.findall(cell)) for cell in row[:-1])
    return DataError(
        f"{name} line {line}: a quote is opened and never closed, so the file was cut off or a "
        "quote is missing; download it again or mend that line, or set competition.quoting=none if "
        "quotes are plain characters there"
    )
