"""Files of rows, read in blocks: CSV, TSV, JSONL, Parquet, packed or not, and standard input.

Whatever the format, every cell is the text that a CSV file of the same rows would hold.
"""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, Self

import pandas as pd

from regard.config.dialect import Dialect
from regard.data import row_errors
from regard.data.byte_streams import ByteSource
from regard.data.csv_rows import CsvRows
from regard.data.json_rows import JsonRows
from regard.data.parquet_rows import ParquetRows
from regard.data.row_errors import Block
from regard.errors import DataError

_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_PARQUET_SUFFIXES = (".parquet", ".pq")
_PARQUET_MAGIC = b"PAR1\x15"  # with the first byte of the next header, which is no character
_UTF_8_MARK = b"\xef\xbb\xbf"
_OBJECT = re.compile(rb'\{\s*["}]')
_HEADER = re.compile(rb"[A-Za-z_]\w*\s*[,;\t|]")


class _Rows(Protocol):
    """The rows of one format."""

    columns: list[str]
    hint: str  # the end of the message for a missing column
    unit: str  # a row is found by the number of its "line" or of its "row"

    def share_read(self) -> float | None: ...

    def blocks(self, n_rows: int, columns: Sequence[str]) -> Iterator[Block]: ...


class RowFile:
    """A file of rows, read in blocks so that memory holds one block.

    The format is CSV, TSV, JSONL (one JSON object per line) or Parquet, each of them also packed by
    gzip, bz2, xz or zip. The first bytes tell the format, whatever the name of the file.

    Args:
        source: the file; "-" is standard input.
        dialect: how a CSV file is written. JSONL is always UTF-8.
        strict: whether to raise an `UnclearQuoteError` at a quote that is neither doubled nor
            escaped, rather than to take it as a character.

    Attributes:
        columns: the names of the columns.
        rows: the rows in their format.

    Raises:
        DataError: the file is missing, empty, without rows, or broken at its start.

    Example:
        with RowFile("new.jsonl.gz") as file:
            file.need_columns(["text"])
            for frame in file.blocks(1000): ...
    """

    def __init__(
        self, source: Path | str, dialect: Dialect | None = None, *, strict: bool = False
    ) -> None:
        self._source = ByteSource(source)
        self._digest: str | None = None
        self.rows: _Rows
        try:
            if not self._source.start:
                raise row_errors.empty_file(self._source.name)
            if _is_parquet(self._source):
                self.rows = ParquetRows(self._source)
            elif _is_json(self._source):
                self.rows = JsonRows(self._source)
            else:
                self.rows = CsvRows(self._source, dialect or Dialect(), strict=strict)
        except BaseException:
            self.close()
            raise
        self.columns = self.rows.columns

    def blocks(self, n_rows: int, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the rows in blocks; the rows can be read once.

        Args:
            n_rows: the rows in each block; the last block may have fewer.
            columns: the columns to read, in this order; None: all. Values in other columns are not
                checked, so a JSON object may hold lists there.

        Yields:
            Frames whose columns are str and whose index counts from 0.

        Raises:
            DataError: the file is broken; the message names the line.
        """
        for _, frame in self.numbered_blocks(n_rows, columns):
            yield frame
            del frame

    def numbered_blocks(self, n_rows: int, columns: Sequence[str] | None = None) -> Iterator[Block]:
        """Yield the same blocks, each with the lines on which its rows start, see `blocks`."""
        yield from self.rows.blocks(n_rows, self.columns if columns is None else list(columns))
        self._source.check_unchanged()
        self._digest = self._source.digest()

    def need_columns(self, columns: Sequence[str]) -> None:
        """Raise a DataError that names the first missing column and the nearest existing one."""
        row_errors.need_columns(self._source.name, self.columns, columns, self.rows.hint)

    def share_read(self) -> float | None:
        """Return the share of the file that was read, from 0 to 1; None for standard input."""
        return None if self._source.size is None else self.rows.share_read()

    @property
    def digest(self) -> str | None:
        """The hash of the file's bytes on disk, as `artefacts.hash_file` computes it.

        None until all blocks were read, and for standard input.
        """
        return self._digest

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def is_csv(path: Path) -> bool:
    """Return whether a file is read as CSV, by its first bytes; only then it has a dialect.

    Raises:
        DataError: it is missing, empty, or of a format that is not read.
    """
    with contextlib.closing(ByteSource(path)) as source:
        if not source.start:
            raise row_errors.empty_file(source.name)
        return not (_is_parquet(source) or _is_json(source))


def _is_parquet(source: ByteSource) -> bool:
    is_named_parquet = source.suffix in _PARQUET_SUFFIXES
    if source.start.startswith(_PARQUET_MAGIC[: 4 if is_named_parquet else 5]):
        return True
    if is_named_parquet and b"\0" in source.start:
        raise DataError(f"{source.name} is no Parquet file: it does not begin with PAR1")
    return False


def _is_json(source: ByteSource) -> bool:
    """Return whether a file holds JSON: its first character says so, or else its suffix."""
    text = source.start.removeprefix(_UTF_8_MARK).lstrip()
    return bool(_OBJECT.match(text)) or (
        source.suffix in _JSON_SUFFIXES and not _HEADER.match(text)
    )
