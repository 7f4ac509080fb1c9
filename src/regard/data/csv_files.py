"""Read one CSV file as text.

The file becomes one frame; `row_files` reads files of any size block by block.
"""

import csv
import hashlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from regard.data import row_errors
from regard.data.byte_streams import HashingReader, buffered
from regard.data.csv_records import csv_lines, records, separator_of, wrong_width
from regard.errors import DataError, did_you_mean

ROWS_PER_BLOCK = 2**13


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
        hint = row_errors.separator_hint(present)
        row_errors.need_columns(str(self.path), present, columns, hint)


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
    separator = separator_of(path.suffix, separator)
    digest = hashlib.blake2b()
    starts = array("q")
    blocks: list[pd.DataFrame] = []
    wrong: list[tuple[int, int]] = []
    try:
        with path.open("rb") as file:
            lines = csv_lines(buffered(HashingReader(file, digest)), encoding)
            reader = csv.reader(lines, delimiter=separator)
            rows = records(reader, str(path))
            _, header = next(rows)
            while block := list(islice(rows, ROWS_PER_BLOCK)):
                starts.extend(start for start, _ in block)
                wrong += [(start, len(row)) for start, row in block if len(row) != len(header)]
                if not wrong:
                    blocks.append(pd.DataFrame([row for _, row in block], dtype="str"))
    except UnicodeDecodeError:
        raise _wrong_bytes(path, encoding) from None
    except FileNotFoundError:
        raise changed(path) from None
    row_errors.check_names(str(path), header)
    if not starts:
        raise row_errors.no_rows(str(path))
    if wrong:
        count = f" ({len(wrong)} such rows)"
        raise wrong_width(str(path), wrong[0], len(header), separator, count)
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


def _wrong_bytes(path: Path, encoding: str) -> DataError:
    """Return the error that names the first byte of a file that is not valid in the encoding."""
    try:
        content = path.read_bytes()
        content.decode(encoding)
    except FileNotFoundError:
        return changed(path)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return row_errors.wrong_bytes(str(path), error, line, encoding=encoding, start=content[:2])
    return changed(path)


def first_few(values: Iterable[object]) -> str:
    """Return the first five values for a message."""
    listed = list(map(str, values))
    return ", ".join(listed[:5]) + ", ..." * (len(listed) > 5)
