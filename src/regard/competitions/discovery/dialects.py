r"""Guess how the cells of a CSV file are written, by reading the file in each way.

Quotes are the hard part. In a file with quoted cells, a quote in a text is doubled or written \";
in others, as many TSV files are, it is a character like others. The wrong way often reads such a
file without an error, but merges rows or changes texts.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from regard.competitions.discovery.ids import is_id_name
from regard.config import Dialect
from regard.data.byte_streams import ByteSource
from regard.data.csv_records import csv_lines
from regard.data.swallowed_rows import describe_swallowed, find_swallowed
from regard.data.unclear_quotes import describe_unclear
from regard.data.whole_files import WholeFile, read_whole
from regard.errors import DataError, one_line

_ESCAPE = "\\"
_MIN_SHARE = 0.95  # of the lines, for a habit to be that of the file
_QUOTED_SHARE = 0.5  # of the lines; if more have a quoted cell, quotes are no plain characters
FILES = "{files}"
# A quote after an odd number of backslashes, and the character after it.
_ESCAPED_QUOTE = re.compile(r'(?<!\\)(?:\\\\)*\\"(.|$)', re.DOTALL)
_LINE = re.compile(r"[^\r\n]*")


@dataclass(frozen=True)
class Reading:
    """A file as one dialect reads it.

    Attributes:
        dialect: the dialect.
        file: the rows; None if they cannot be read.
        problem: the first sign that the dialect is not that of the file; "" without one.
    """

    dialect: Dialect
    file: WholeFile | None
    problem: str


@dataclass(frozen=True)
class Guessed:
    """The dialect of a file.

    Attributes:
        reading: the file as the dialect reads it.
        is_decided: whether the file has quotes, so that another dialect would read other cells.
        doubt: about the quotes, with `FILES` in place of the names of the files.
    """

    reading: Reading
    is_decided: bool
    doubt: str


@dataclass
class Lines:
    """The lines of a file that tell how it is written.

    Attributes:
        separator: the separator of its cells.
        n: the number of lines.
        n_quotes: lines with a quote.
        n_quoted: lines with a cell in quotes.
        n_blank: lines with a blank after each separator.
        n_needless: lines with a cell in quotes that holds neither a comma nor another quote.
        n_escaped_separators: lines with a backslash before a separator.
        escaped: the first line with a backslash before a quote; "" without one.
        is_escaped: whether a quote after a backslash has no other quote behind it.
        doubled: the first line with a doubled quote; "" without one.
        header: the first line.
    """

    separator: str = ","
    n: int = 0
    n_quotes: int = 0
    n_quoted: int = 0
    n_blank: int = 0
    n_needless: int = 0
    n_escaped_separators: int = 0
    escaped: str = ""
    is_escaped: bool = False
    doubled: str = ""
    header: str = ""


def guess_dialect(path: Path, dialect: Dialect) -> Guessed:
    """Return the dialect of a CSV file, and the file as it reads it.

    Args:
        path: the file.
        dialect: its encoding.
    """
    lines = _look_at(path, dialect)
    dialect = replace(dialect, skip_blank=_has_blanks(lines))
    usual = read_in(path, dialect)
    if not lines.n_quotes and not lines.n_escaped_separators:
        return Guessed(usual, False, "")
    for other, is_likely in _others(dialect, lines, usual):
        if not is_likely():
            continue
        reading = read_in(path, other)
        if not reading.problem:
            return Guessed(reading, True, _doubt(other, lines, usual.problem))
    doubt = ""
    if usual.problem and usual.file:
        doubt = f"quoting: {FILES}: {usual.problem}; look at these texts, and mend their quotes"
    return Guessed(usual, lines.n_quoted > 0, doubt)


def read_in(path: Path, dialect: Dialect) -> Reading:
    """Read a file in a dialect, and look for signs that it is another one."""
    try:
        file = read_whole(path, dialect)
    except DataError as error:
        return Reading(dialect, None, one_line(error))
    found = find_swallowed(file, dialect, _likely_ids(file))
    if found:
        return Reading(dialect, file, describe_swallowed(file, found))
    return Reading(dialect, file, "" if file.is_clear else describe_unclear(file, dialect))


def _others(
    dialect: Dialect, lines: Lines, usual: Reading
) -> Iterator[tuple[Dialect, Callable[[], bool]]]:
    """Yield other dialects, each with a function that tells whether the file may have it."""
    escaped = replace(dialect, escape=_ESCAPE)
    has_cells = lines.separator != "\t" or lines.n_quoted > 0  # a file with cells in quotes
    yield (
        escaped,
        lambda: (
            bool(lines.escaped)
            and (bool(usual.problem) or (has_cells and lines.is_escaped and _all_escaped(usual)))
        ),
    )
    plain = replace(dialect, quoting="none")
    may_be_plain = lines.n_quoted <= _QUOTED_SHARE * lines.n or usual.file is None
    is_needless = lines.separator == "\t" and 0 < lines.n_needless < _QUOTED_SHARE * lines.n
    yield plain, lambda: may_be_plain and (bool(usual.problem) or is_needless)
    yield (
        replace(plain, escape=_ESCAPE),
        lambda: bool(lines.n_escaped_separators) and bool(usual.problem),
    )


def _all_escaped(usual: Reading) -> bool:
    """Return whether cells hold quotes, each of them after a backslash."""
    if usual.file is None:
        return False
    cells = [usual.file.frame[column].str for column in usual.file.frame]
    has_plain = any(one.contains(r'(?<!\\)"').any() for one in cells)
    return not has_plain and any(one.contains('"', regex=False).any() for one in cells)


def _likely_ids(file: WholeFile) -> str | None:
    """Return the column that may hold ids."""
    columns = list(map(str, file.frame.columns))
    named = [column for column in columns if is_id_name(column)]
    return next((column for column in named or columns[:1] if file.frame[column].is_unique), None)


def _has_blanks(lines: Lines) -> bool:
    """Return whether blanks after separators are no part of the cells."""
    names = [name.strip('"') for name in lines.header.split(lines.separator)]
    is_padded = len(names) > 1 and any(name != name.strip(" ") for name in names)
    return is_padded or (lines.n > 0 and lines.n_blank >= _MIN_SHARE * lines.n)


def _look_at(path: Path, dialect: Dialect) -> Lines:
    """Read the lines of a file."""
    with contextlib.closing(ByteSource(path)) as source, source.errors_in_one_line(lambda: 0):
        return _count(source, dialect)


def _count(source: ByteSource, dialect: Dialect) -> Lines:
    # Wrong bytes are named when the rows are read.
    content = csv_lines(source.content, source.suffix, replace(dialect, encoding_errors="replace"))
    found = Lines(content.separator)
    cut = re.escape(found.separator)
    edge = rf"(?:^|{cut} *)"
    end = rf"(?= *(?:{cut}|[\r\n]*$))"
    quoted = re.compile(rf'{edge}"')
    needless = re.compile(rf'{edge}"[^",{cut}]+"{end}')
    doubled = re.compile(rf'[^"{cut}\\]""[^"{cut}\r\n]')
    for line in content.lines:
        if not line.strip():
            continue
        if not found.header:
            found.header = _first_line(line)
            continue
        found.n += 1
        n_separators = line.count(found.separator)
        found.n_blank += 0 < n_separators == line.count(f"{found.separator} ")
        found.n_escaped_separators += f"\\{found.separator}" in line
        if '"' in line:
            found.n_quotes += 1
            found.n_quoted += bool(quoted.search(line))
            found.n_needless += bool(needless.search(line))
            if escape := _ESCAPED_QUOTE.search(line):
                found.escaped = found.escaped or _first_line(line)
                found.is_escaped = found.is_escaped or escape[0][-1] != '"'
            found.doubled = found.doubled or (_first_line(line) if doubled.search(line) else "")
    found.n -= 1  # the line that the reader adds at the end
    return found


def _first_line(text: str) -> str:
    found = _LINE.match(text)
    return found[0] if found else ""


def _doubt(dialect: Dialect, lines: Lines, problem: str) -> str:
    """Return the doubt about a dialect with other quotes than the usual ones."""
    if dialect.quoting == "none":
        because = f"else {problem}" if problem else "few cells are in quotes"
        return (
            f"quoting: in {FILES} quotes are read as plain characters ({because}); if they "
            "enclose cells, write quoting: minimal"
        )
    mixed = f", and doubled ones are taken as one ({lines.doubled[:60]!r})" if lines.doubled else ""
    return (
        f'escape: in {FILES} \\" is read as a quote ({lines.escaped[:60]!r}){mixed}; if the '
        "backslashes belong to the texts, write escape: null"
    )
