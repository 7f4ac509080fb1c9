"""Read one CSV file as text.

Python's `csv` rather than pandas reads the files because it knows the line on which a record
starts: texts hold line breaks, so the tenth row may start on line 50, and a message has to send its
reader to line 50. Nothing is guessed: every cell stays the string it is, `NA` and `null` included.
"""

import codecs
import csv
import hashlib
import io
import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regard.errors import DataError, did_you_mean

# csv refuses cells of more than 131,072 characters by default. On Windows the limit is a C long of
# 32 bits, so sys.maxsize would be refused too.
_MAX_CELL_LENGTH = 2**31 - 1
ROWS_PER_BLOCK = 2**13
_BYTE_ORDER_MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
_SENTINEL = "."  # a line added at the end: it is a record by itself unless a quote is still open
_LINE_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, eq=False)
class CsvFile:
    """One file as it was read.

    Attributes:
        path: the file.
        frame: its rows; every column is str.
        lines: `(rows,)` int64, the line on which each row starts.
        digest: the hash of the bytes that were parsed, as `artefacts.hash_file` computes it.
    """

    path: Path
    frame: pd.DataFrame
    lines: np.ndarray
    digest: str

    def need_columns(self, columns: Sequence[str]) -> None:
        """Raise a DataError that names the first missing column and the nearest existing one."""
        present = list(self.frame.columns)
        for column in columns:
            if column not in present:
                guess = did_you_mean(column, present)
                listing = f" (there are: {', '.join(present)})"
                listing = "" if guess.startswith("there are") else listing
                # The wrong separator makes one column of the whole header.
                separator = "; or set competition.separator" if len(present) == 1 else ""
                raise DataError(
                    f"{self.path} has no column {column!r}; {guess}{listing}{separator}"
                )


def read_csv(path: Path, encoding: str, separator: str | None) -> CsvFile:
    """Read a file in blocks of rows, so that memory holds little more than the frame.

    Only the form of the file is checked, not its columns. The bytes are hashed while they are
    parsed, so the digest is that of exactly these rows, even if the file changes meanwhile.

    Args:
        path: the file.
        encoding: any of Python's codecs.
        separator: one character; None: a tab for .tsv files, else a comma.

    Raises:
        DataError: the file is missing or broken; the message names the line.
    """
    check_exists(path)
    separator = (separator or ("\t" if path.suffix == ".tsv" else ",")).replace("\\t", "\t")
    digest = hashlib.blake2b()
    starts = array("q")
    blocks: list[pd.DataFrame] = []
    wrong: list[tuple[int, int]] = []
    csv.field_size_limit(_MAX_CELL_LENGTH)
    try:
        with _open(path, encoding, digest) as file:
            # Excel begins UTF-8 files with a byte order mark, which would join the first name.
            first_line = file.readline().removeprefix("\ufeff")
            reader = csv.reader(chain([first_line], file, [_SENTINEL]), delimiter=separator)
            records = _records(reader, path)
            _, header = next(records)
            while block := list(islice(records, ROWS_PER_BLOCK)):
                starts.extend(start for start, _ in block)
                wrong += [(start, len(row)) for start, row in block if len(row) != len(header)]
                if not wrong:
                    blocks.append(pd.DataFrame([row for _, row in block], dtype="str"))
    except UnicodeDecodeError:
        raise _encoding_error(path, encoding) from None
    except FileNotFoundError:
        raise changed(path) from None
    _check_form(path, header, wrong, separator, n_rows=len(starts))
    frame = pd.concat(blocks, ignore_index=True)
    frame.columns = pd.Index(header)
    return CsvFile(path, frame, np.array(starts), digest.hexdigest())


def check_exists(path: Path) -> None:
    """Refuse a file that does not exist.

    Raises:
        DataError: the message names the file and the nearest one in its folder.
    """
    if not path.is_file():
        others = [other.name for other in path.parent.glob("*") if other.is_file()]
        hint = f"; {did_you_mean(path.name, others)}" if others else ""
        raise DataError(
            f"{path} does not exist{hint}; put it there, or set competition.train_file, test_file "
            "and sample_file to the names of the files"
        )


def changed(path: Path) -> DataError:
    """Return the error for a file that was edited or deleted while a command read it."""
    return DataError(f"{path} changed while it was read; run the same command again")


def _open(path: Path, encoding: str, digest: Any) -> io.TextIOWrapper:
    """Open a file as text with its own line ends, and hash its bytes while they are read."""
    raw = io.BufferedReader(_HashingReader(path, digest), 2**20)
    codec = _codec(raw.peek(4)[:4], encoding)
    # Line ends stay as they are, since csv has to tell those inside of quotes from the others.
    return io.TextIOWrapper(raw, encoding=codec, newline="")


class _HashingReader(io.RawIOBase):
    """The raw bytes of a file, hashed as they are read."""

    def __init__(self, path: Path, digest: Any) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._digest = digest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        n_bytes = self._file.readinto(buffer) or 0
        self._digest.update(memoryview(buffer)[:n_bytes])
        return n_bytes

    def close(self) -> None:
        self._file.close()
        super().close()


def _records(reader: Any, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its cells; blank lines are skipped.

    Args:
        reader: a csv.reader of the lines of a file and, after them, the sentinel.
        path: the file, for messages.

    Raises:
        DataError: the file is blank, or ends inside a quoted cell.
    """
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
        raise _open_quote(path, *before)
    if is_blank:
        raise DataError(f"{path} is empty")


def _codec(start: bytes, encoding: str) -> str:
    """Return the encoding to open a file with that starts with some bytes.

    Python refuses UTF-16 and UTF-32 without a byte order mark, so those get their byte order.
    """
    name = codecs.lookup(encoding).name
    if start.startswith(_BYTE_ORDER_MARKS.get(name, b"")):
        return encoding
    return f"{name}-{'le' if sys.byteorder == 'little' else 'be'}"


def _check_form(
    path: Path, header: Sequence[str], wrong: Sequence[tuple[int, int]], separator: str, n_rows: int
) -> None:
    """Refuse repeated column names, a file without rows, and rows with too many or few cells."""
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        names = ", ".join(map(repr, repeated))
        raise DataError(f"{path} has two columns named {names}; rename or remove one")
    if not n_rows:
        raise DataError(f"{path} has a header, but no rows")
    if wrong:
        line, width = wrong[0]
        raise DataError(
            f"{path} line {line}: {width} cells, but the header has {len(header)} ({len(wrong)} "
            "such rows); put a text that contains a quote, a line break or the separator "
            f"{separator!r} in quotes"
        )


def _encoding_error(path: Path, encoding: str) -> DataError:
    """Return the error that names the first byte of a file that is not valid in the encoding."""
    try:
        content = path.read_bytes()
        content.decode(encoding)
    except FileNotFoundError:
        return changed(path)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        likely = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
        return DataError(
            f"{path} line {line}: byte 0x{content[error.start]:02x} is not valid {encoding}; set "
            f"competition.encoding to the encoding of the file, for example {likely}, or save the "
            f"file as {encoding}"
        )
    return changed(path)


def _open_quote(path: Path, start: int, row: Sequence[str]) -> DataError:
    """Return the error for a file that ends inside a quoted cell, the last one of its last row."""
    line = start + sum(len(_LINE_BREAK.findall(cell)) for cell in row[:-1])
    return DataError(
        f"{path} line {line}: a quote is opened and never closed, so the file was cut off or a "
        "quote is missing; download it again or mend that line"
    )


def first_few(values: Iterable[object]) -> str:
    """Return the first five values for a message."""
    listed = list(map(str, values))
    return ", ".join(listed[:5]) + ", ..." * (len(listed) > 5)
