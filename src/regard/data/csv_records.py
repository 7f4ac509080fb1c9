"""The records of a CSV file, read one by one, each with the line on which it starts.

Python's `csv` rather than pandas reads the files because it knows the line on which a record
starts: texts hold line breaks, so the tenth row may start on line 50, and a message has to send its
reader to line 50. Nothing is guessed: every cell stays the string it is, `NA` and `null` included.
"""

import codecs
import csv
import io
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from regard.data.row_errors import empty_file
from regard.errors import DataError

# csv refuses cells of more than 131,072 characters by default. On Windows the limit is a C long of
# 32 bits, so sys.maxsize would be refused too.
_MAX_CELL_LENGTH = 2**31 - 1
_BYTE_ORDER_MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
_SENTINEL = "."  # a line added at the end: it is a record by itself unless a quote is still open
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


def separator_of(suffix: str, separator: str | None) -> str:
    r"""Return the separator of a file.

    Example:
        separator_of(".tsv", None) -> a tab; separator_of(".csv", "\\t") -> a tab
    """
    return (separator or ("\t" if suffix == ".tsv" else ",")).replace("\\t", "\t")


def csv_lines(stream: io.BufferedReader, encoding: str) -> Iterator[str]:
    """Return the lines of a CSV file and, after them, the sentinel that `records` needs.

    Args:
        stream: the file, at its start.
        encoding: any of Python's codecs.
    """
    codec = _codec(stream.peek(4)[:4], encoding)
    # Line ends stay as they are, since csv has to tell those inside of quotes from the others.
    file = io.TextIOWrapper(stream, encoding=codec, newline="")
    return chain(_first_line(file), file, [_SENTINEL])


def records(reader: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its cells; blank lines are skipped.

    Args:
        reader: a csv.reader of `csv_lines`.
        name: the file, for messages.

    Raises:
        DataError: the file is blank, or ends inside a quoted cell.
    """
    csv.field_size_limit(_MAX_CELL_LENGTH)
    before: tuple[int, list[str]] | None = None
    start = 1
    last = 1
    is_blank = True
    for row in reader:
        # A record is passed on once the next one is seen: the last one is the sentinel.
        if row and before:
            is_blank = is_blank and not any(map(str.strip, before[1]))
            yield before
        if row:
            before = start, row
        last = start
        start = reader.line_num + 1
    if last != reader.line_num and before:  # the sentinel ended up inside a cell
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


def _first_line(file: io.TextIOWrapper) -> Iterator[str]:
    # Excel begins UTF-8 files with a byte order mark, which would join the first name.
    yield file.readline().removeprefix("\ufeff")


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
        "quote is missing; download it again or mend that line"
    )
