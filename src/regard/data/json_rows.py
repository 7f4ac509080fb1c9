"""The rows of a JSONL file in blocks: one JSON object per line, in UTF-8.

Cells become the text that `pandas.DataFrame.to_csv` writes for them, since such a file trained the
models: null is "", true is "True". Numbers stay as they are written: 1.50 is "1.50". Arrays and
objects are written as JSON, with their numbers in quotes.
"""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any

import pandas as pd

from regard.data import row_errors
from regard.data.byte_streams import ByteSource
from regard.data.row_errors import Block
from regard.errors import DataError

_CELLS = {None: "", True: "True", False: "False"}
_CONSTANTS = {"NaN": "", "Infinity": "inf", "-Infinity": "-inf"}  # no JSON, but Python writes them
_EACH_LINE = "each line must be one JSON object"
_Row = tuple[int, dict[str, Any]]


class JsonRows:
    """A JSONL file whose first row was read.

    The columns are the keys of the first row. A row may lack keys, whose cells are "", and have
    others, which are left out. Blank lines are skipped.

    Args:
        source: the file.

    Raises:
        DataError: the file is empty, or its first row is broken.
    """

    unit = "line"
    hint = "; the columns of a JSONL file are the keys of its first row"

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._n_lines = 0
        self._decoder = json.JSONDecoder(
            parse_float=str, parse_int=str, parse_constant=_CONSTANTS.__getitem__
        )
        # Only \n ends a line; text in JSON may hold other line separators. The codec skips a byte
        # order mark.
        file = io.TextIOWrapper(source.content, encoding="utf-8-sig", newline="\n")
        rows = self._rows(file)
        with self._errors_with_lines():
            first = next(rows, None)
        if first is None:
            raise row_errors.empty_file(source.name)
        self.columns = list(first[1])
        if not self.columns:
            raise DataError(f"{source.name} line {first[0]}: the first object has no keys")
        self._check_characters(first[0], self.columns)
        self._remaining = chain([first], rows)
        self.share_read = source.share_read

    def blocks(self, n_rows: int, columns: Sequence[str]) -> Iterator[Block]:
        """Yield some columns of the rows that are left, in blocks, and the line of each row."""
        read = iter(partial(self._read, n_rows), [])
        yield from map(partial(self._block, columns), read)

    def _block(self, columns: Sequence[str], rows: list[_Row]) -> Block:
        return [line for line, _ in rows], self._frame(columns, rows)

    def _read(self, n_rows: int) -> list[_Row]:
        with self._errors_with_lines():
            return list(islice(self._remaining, n_rows))

    def _rows(self, file: io.TextIOWrapper) -> Iterator[_Row]:
        """Yield the line and the object of each row."""
        decode = self._decoder.decode
        for line in file:
            self._n_lines += 1
            if line.isspace():
                continue
            try:
                row = decode(line)
            except (ValueError, RecursionError) as error:
                raise self._no_json(error) from None
            if type(row) is not dict:
                found = "an array" if type(row) is list else "a single value"
                raise DataError(
                    f"{self._source.name} line {self._n_lines}: {found}; {_EACH_LINE}, as "
                    "pandas writes it by to_json(path, orient='records', lines=True)"
                )
            yield self._n_lines, row

    def _frame(self, columns: Sequence[str], rows: list[_Row]) -> pd.DataFrame:
        cells = {column: self._cells(column, rows) for column in columns}
        try:
            return pd.DataFrame(cells, index=pd.RangeIndex(len(rows)), dtype="str")
        except UnicodeEncodeError:
            for index, (line, _) in enumerate(rows):
                self._check_characters(line, [cells[column][index] for column in columns])
            raise

    def _cells(self, column: str, rows: list[_Row]) -> list[str]:
        values: list[Any] = [row.get(column) for _, row in rows]
        if set(map(type, values)) == {str}:
            return values
        return [value if type(value) is str else _cell(value) for value in values]

    def _check_characters(self, line: int, texts: Sequence[str]) -> None:
        r"""Refuse escapes such as \ud83d alone, half of a character that no file can hold."""
        try:
            "".join(texts).encode()
        except UnicodeEncodeError as error:
            escape = ascii(error.object[error.start]).strip("'")
            raise DataError(
                f"{self._source.name} line {line}: {escape} is half of a surrogate pair, not a "
                "character; remove it or replace it"
            ) from None

    def _no_json(self, error: Exception) -> DataError:
        problem = "values are nested too deeply"
        if isinstance(error, json.JSONDecodeError):
            problem = f"{error.msg} at column {error.colno}"
        return DataError(
            f"{self._source.name} line {self._n_lines}: no valid JSON ({problem}); {_EACH_LINE}"
        )

    @contextmanager
    def _errors_with_lines(self) -> Iterator[None]:
        """Name the line in the errors of the codec and of gzip."""
        try:
            with self._source.errors_in_one_line(lambda: self._n_lines):
                yield
        except UnicodeDecodeError as error:
            line = self._n_lines + 1 + error.object.count(b"\n", 0, error.start)
            byte = error.object[error.start]
            raise DataError(
                f"{self._source.name} line {line}: byte 0x{byte:02x} is not valid utf-8, the "
                "encoding of every JSONL file; save the file as utf-8"
            ) from None


def _cell(value: Any) -> str:
    """Return the cell of a value that is no text; arrays and objects, such as tags, stay JSON."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return _CELLS[value]
