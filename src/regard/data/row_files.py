"""Files of rows to predict, read in blocks: CSV, TSV, JSONL, Parquet, and standard input.

Whatever the format, every cell is the text that a CSV file of the same rows would hold.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol, Self

import pandas as pd

from regard.data import row_errors
from regard.data.byte_streams import ByteSource
from regard.data.csv_rows import CsvRows
from regard.data.json_rows import JsonRows
from regard.data.parquet_rows import ParquetRows
from regard.errors import DataError

_CSV_SUFFIXES = (".csv", ".tsv")
_JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
_PARQUET_SUFFIXES = (".parquet", ".pq")
_PARQUET_MAGIC = b"PAR1\x15"  # with the first byte of the next header, which is no character
_ZIP_MAGIC = b"PK\x03\x04"
_UTF_8_MARK = b"\xef\xbb\xbf"


class _Rows(Protocol):
    """The rows of one format."""

    columns: list[str]
    hint: str  # the end of the message for a missing column

    def share_read(self) -> float | None: ...

    def blocks(self, n_rows: int, columns: Sequence[str]) -> Iterator[pd.DataFrame]: ...


class RowFile:
    """A file of rows, read in blocks so that memory holds one block.

    The format is CSV, TSV, JSONL (one JSON object per line) or Parquet, each of them also gzipped.
    The content decides if the file is gzipped or Parquet, else its suffix. Under any other suffix,
    and from standard input, content that begins with "{" is JSONL, and all other content is CSV.

    Args:
        source: the file; "-" is standard input.
        encoding: the encoding of a CSV file, any of Python's codecs. JSONL is always UTF-8.
        separator: the separator of a CSV file; None: a tab for .tsv files, else a comma.

    Attributes:
        columns: the names of the columns.

    Raises:
        DataError: the file is missing, empty, without rows, or broken at its start.

    Example:
        with RowFile("new.jsonl.gz") as file:
            file.need_columns(["text"])
            for frame in file.blocks(1000): ...
    """

    def __init__(
        self, source: Path | str, *, encoding: str = "utf-8", separator: str | None = None
    ) -> None:
        self._source = ByteSource(source)
        self._digest: str | None = None
        try:
            self._rows = _open_rows(self._source, encoding, separator)
        except BaseException:
            self.close()
            raise
        self.columns = self._rows.columns

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
        yield from self._rows.blocks(n_rows, self.columns if columns is None else list(columns))
        self._digest = self._source.digest()

    def need_columns(self, columns: Sequence[str]) -> None:
        """Raise a DataError that names the first missing column and the nearest existing one."""
        row_errors.need_columns(self._source.name, self.columns, columns, self._rows.hint)

    def share_read(self) -> float | None:
        """Return the share of the file that was read, from 0 to 1; None for standard input."""
        return None if self._source.size is None else self._rows.share_read()

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


def _open_rows(source: ByteSource, encoding: str, separator: str | None) -> _Rows:
    """Open the rows in the format of a file."""
    if not source.start:
        raise row_errors.empty_file(source.name)
    if source.start.startswith(_ZIP_MAGIC):
        raise DataError(
            f"{source.name} is a zip archive or a workbook; unpack it, or save it as CSV"
        )
    if source.start.startswith(_PARQUET_MAGIC):
        return ParquetRows(source)
    if source.suffix in _PARQUET_SUFFIXES:
        raise DataError(f"{source.name} is no Parquet file: it does not begin with PAR1")
    text = source.start.removeprefix(_UTF_8_MARK).lstrip()
    begins_as_json = source.suffix not in _CSV_SUFFIXES and text.startswith(b"{")
    if begins_as_json or source.suffix in _JSON_SUFFIXES:
        return JsonRows(source)
    return CsvRows(source, encoding, separator)
