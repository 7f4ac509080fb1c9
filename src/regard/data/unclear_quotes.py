"""Find quotes in quoted cells that are neither doubled nor escaped.

The csv module takes such a quote as the end of the cell and all that follows as plain characters.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator

from regard.config.dialect import Dialect
from regard.data.byte_streams import ByteSource
from regard.data.csv_records import csv_lines
from regard.data.whole_files import WholeFile, first_few


def describe_unclear(file: WholeFile, dialect: Dialect) -> str:
    """Return where quotes are neither doubled nor escaped.

    Example:
        "1 row has a quote inside a quoted cell that is not doubled (line 7)"
    """
    rows = sorted(unclear_rows(file, dialect))
    lines = first_few(file.lines[rows])
    if len(rows) == 1:
        return f"1 row has a quote inside a quoted cell that is not doubled (line {lines})"
    return f"{len(rows)} rows have a quote inside a quoted cell that is not doubled (lines {lines})"


def unclear_rows(file: WholeFile, dialect: Dialect) -> set[int]:
    """Return the rows with a quote that is neither doubled nor escaped, from the file itself."""
    starts = {int(line): row for row, line in enumerate(file.lines)}
    with contextlib.closing(ByteSource(file.path)) as source:
        return {starts[line] for line in _unclear_lines(source, dialect) if line in starts}


def _unclear_lines(source: ByteSource, dialect: Dialect) -> Iterator[int]:
    """Yield the line on which each such row starts."""
    lines = csv_lines(source.content, source.suffix, dialect)
    taken: list[str] = []

    def take() -> Iterator[str]:
        for line in lines.lines:
            taken.append(line)
            yield line

    reader = lines.with_lines(take()).reader(dialect)
    start = lines.n_before + 1
    for _ in reader:
        if not _is_clear(lines.with_lines(iter(taken)).reader(dialect, strict=True)):
            yield start
        taken.clear()
        start = reader.line_num + lines.n_before + 1


def _is_clear(reader: Iterator[list[str]]) -> bool:
    """Return whether a strict reader reads a row."""
    try:
        list(reader)
    except csv.Error:
        return False
    return True
