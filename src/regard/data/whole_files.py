"""Read a whole file of rows as text.

The file becomes one frame; `row_files` reads files of any size block by block.
"""

import hashlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from regard.config.dialect import Dialect
from regard.data import row_errors
from regard.data.csv_rows import CsvRows, UnclearQuoteError
from regard.data.row_files import RowFile
from regard.errors import DataError, did_you_mean

ROWS_PER_BLOCK = 2**13


@dataclass(frozen=True, eq=False)
class WholeFile:
    """One file as it was read.

    Attributes:
        path: the file.
        frame: its rows; every column is str.
        lines: `(rows,)` int64, the line on which each row starts; of a Parquet file the row itself,
            from 1.
        digest: the hash of the bytes on disk, as `artefacts.hash_file` computes it.
        unit: "line" or "row", which `lines` counts.
        n_lines: the number of lines; 0 if the file is no CSV file.
        separator: that of a CSV file.
        is_clear: whether each quote in a quoted cell of a CSV file is doubled or escaped.
    """

    path: Path
    frame: pd.DataFrame
    lines: np.ndarray
    digest: str
    unit: str = "line"
    n_lines: int = 0
    separator: str = ","
    is_clear: bool = True

    @property
    def is_csv(self) -> bool:
        """Whether it is a CSV file, in which a quote may hide the end of a row."""
        return self.n_lines > 0

    def need_columns(self, columns: Sequence[str]) -> None:
        """Raise a DataError that names the first missing column and the nearest existing one."""
        present = list(self.frame.columns)
        hint = row_errors.separator_hint(present)
        row_errors.need_columns(str(self.path), present, columns, hint)

    def places(self, rows: np.ndarray) -> str:
        """Return the lines of the first few of some rows, for a message.

        Example:
            rows 0 and 2 of a CSV file without line breaks in texts -> "lines 2, 4"
        """
        return f"{self.unit}s {first_few(self.lines[rows])}"


def read_whole(path: Path, dialect: Dialect | None = None, *, strict: bool = True) -> WholeFile:
    """Read a file in blocks of rows, so that memory holds little more than the frame.

    Only the form of the file is checked, not its columns. The bytes are hashed while they are
    parsed, so the digest is that of exactly these rows, even if the file changes meanwhile.

    Args:
        path: the file: CSV, JSONL or Parquet, packed or not.
        dialect: how a CSV file is written; None: the defaults of `Dialect`.
        strict: whether to look for quotes that are neither doubled nor escaped.

    Raises:
        DataError: the file is missing or broken; the message names the line.
    """
    check_exists(path)
    starts = array("q")
    blocks: list[pd.DataFrame] = []
    try:
        with RowFile(path, dialect, strict=strict) as file:
            for lines, block in file.numbered_blocks(ROWS_PER_BLOCK):
                starts.extend(lines)
                blocks.append(block)
            rows = file.rows
    except UnclearQuoteError:  # read again, since csv has lost the row with the quote
        return replace(read_whole(path, dialect, strict=False), is_clear=False)
    frame = pd.concat(blocks, ignore_index=True)
    whole = WholeFile(path, frame, np.array(starts), str(file.digest), rows.unit)
    if isinstance(rows, CsvRows):
        return replace(whole, n_lines=rows.n_lines, separator=rows.separator)
    return whole


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


def joined_digest(digests: Sequence[str]) -> str:
    """Return one hash of the hashes of several files; that of a single file stays as it is."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.blake2b(" ".join(digests).encode()).hexdigest()


def first_few(values: Iterable[object]) -> str:
    """Return the first five values for a message."""
    listed = list(map(str, values))
    return ", ".join(listed[:5]) + ", ..." * (len(listed) > 5)
