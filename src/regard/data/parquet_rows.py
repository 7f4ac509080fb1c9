"""The rows of a Parquet file in blocks.

Cells become the text that `pandas.DataFrame.to_csv` writes for them, since such a file trained the
models: null and NaN are "", true is "True", the float 1 is "1.0". Dates and times are in ISO form,
lists and structs are JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.data import row_errors
from regard.data.byte_streams import ByteSource
from regard.data.row_errors import Block
from regard.errors import DataError, one_line

if TYPE_CHECKING:
    import pyarrow as pa

_BUFFER_SIZE = 2**20


class ParquetRows:
    """A Parquet file whose schema was read.

    Args:
        source: the file.

    Raises:
        DataError: the file is broken, has no rows, or has two columns of the same name.
    """

    hint = ""
    unit = "row"

    def __init__(self, source: ByteSource) -> None:
        from pyarrow.parquet import ParquetFile

        self._source = source
        self._n_read = 0
        file = source.seekable()
        with self._errors_with_rows():
            # With other options pyarrow would hold a whole row group.
            self._file = ParquetFile(file, buffer_size=_BUFFER_SIZE, pre_buffer=False)
        self.columns: list[str] = self._file.schema_arrow.names
        row_errors.check_names(source.name, self.columns)
        if not self._file.metadata.num_rows:
            raise row_errors.no_rows(source.name, has="a schema")

    def share_read(self) -> float:
        """Return the share of the rows that were read."""
        return self._n_read / self._file.metadata.num_rows

    def blocks(self, n_rows: int, columns: Sequence[str]) -> Iterator[Block]:
        """Yield some columns of the rows that are left, in blocks, and the number of each row."""
        n_before = 0
        for frame in self._frames(n_rows, columns):
            yield range(n_before + 1, n_before + 1 + len(frame)), frame
            n_before += len(frame)
            del frame

    def _frames(self, n_rows: int, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        import pyarrow as pa

        self._check_types(columns)
        parts: list[pa.Table] = []  # a batch may be smaller, for example if dictionaries differ
        for batch in self._batches(n_rows, columns):
            parts.append(pa.Table.from_batches([batch]))
            while sum(len(part) for part in parts) >= n_rows:
                joined = pa.concat_tables(parts)
                parts = [joined[n_rows:]]
                yield self._frame(joined[:n_rows], columns)
        last = pa.concat_tables(parts)
        if len(last):
            yield self._frame(last, columns)

    def _batches(self, n_rows: int, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield at most so many rows at a time, as they are in the file."""
        needed = list(columns) or self.columns[:1]  # a table without columns has no rows
        with self._errors_with_rows():
            for batch in self._file.iter_batches(n_rows, columns=needed):
                # Readers of Arrow do not check that texts are UTF-8.
                batch.validate(full=True)
                yield batch
                self._n_read += len(batch)

    def _frame(self, table: pa.Table, columns: Sequence[str]) -> pd.DataFrame:
        cells = {column: self._cells(column, table.column(column)) for column in columns}
        return pd.DataFrame(cells, index=pd.RangeIndex(len(table)), dtype="str")

    def _cells(self, column: str, values: pa.ChunkedArray) -> pd.Series | np.ndarray:
        """Return the cells of a column as text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        try:
            if pa.types.is_dictionary(values.type):
                values = values.cast(values.type.value_type)
            if pa.types.is_floating(values.type):
                floats = values.to_numpy()
                return np.where(np.isnan(floats), "", floats.astype(str))
            if pa.types.is_boolean(values.type):
                values = pc.if_else(values, "True", "False")
            if pa.types.is_nested(values.type):
                return np.array([_json(value) for value in values.to_pylist()], dtype=object)
            is_time = pa.types.is_timestamp(values.type) or pa.types.is_time(values.type)
            values = values.cast(pa.large_string())
            if is_time:
                values = pc.replace_substring_regex(values, r"\.0+([^0-9]|$)", r"\1")
            return pc.fill_null(values, "").to_pandas()
        except pa.ArrowException as error:
            raise DataError(
                f"{self._source.name}: column {column!r} cannot be read as text "
                f"({one_line(error)}); write it as text"
            ) from None

    def _check_types(self, columns: Sequence[str]) -> None:
        """Refuse columns whose values are no text, number, time or list, such as bytes."""
        import pyarrow as pa

        for column in columns:
            kind = self._file.schema_arrow.field(column).type
            if pa.types.is_nested(kind):
                continue
            try:
                pa.array([], kind).cast(pa.large_string())
            except pa.ArrowException:
                raise DataError(
                    f"{self._source.name}: column {column!r} holds values of the type {kind}; "
                    "write them as text, or each in a column"
                ) from None

    @contextmanager
    def _errors_with_rows(self) -> Iterator[None]:
        """Name the row in the errors of pyarrow."""
        import pyarrow as pa

        try:
            yield
        except (pa.ArrowException, OSError) as error:
            after = f" after row {self._n_read}" if self._n_read else ""
            raise DataError(
                f"{self._source.name}: the Parquet file is broken{after} ({one_line(error)}); "
                "copy or write it again"
            ) from None


def _json(value: Any) -> str:
    """Return a list or a struct as JSON; an empty cell for null."""
    return "" if value is None else json.dumps(value, ensure_ascii=False, default=str)
