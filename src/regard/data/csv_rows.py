"""The rows of a CSV file in blocks."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from operator import itemgetter

import pandas as pd

from regard.config.dialect import Dialect
from regard.data import row_errors
from regard.data.byte_streams import ByteSource
from regard.data.csv_records import csv_lines, records, wrong_width
from regard.data.row_errors import Block

_Row = tuple[int, list[str]]


class UnclearQuoteError(Exception):
    """A quote in a quoted cell is neither doubled nor escaped."""


class CsvRows:
    """A CSV file whose header and first row were read.

    Args:
        source: the file.
        dialect: how it is written.
        strict: whether to raise an `UnclearQuoteError`.

    Attributes:
        n_lines: the lines that were read so far.

    Raises:
        DataError: the file is broken, has no rows, or has two columns of the same name.
    """

    unit = "line"

    def __init__(self, source: ByteSource, dialect: Dialect, *, strict: bool = False) -> None:
        self._source = source
        self._dialect = dialect
        self.n_lines = 0
        with self._errors_with_lines():
            lines = csv_lines(source.content, source.suffix, dialect)
            self.separator = lines.separator
            self._n_before = lines.n_before
            self._reader = lines.reader(dialect, strict=strict)
            rows = records(self._reader, source.name, lines.n_before)
            _, self.columns = next(rows)
            first = next(rows, None)
        if dialect.skip_blank:
            self.columns = list(map(str.strip, self.columns))
        row_errors.check_names(source.name, self.columns)
        if first is None:
            raise row_errors.no_rows(source.name)
        self._records = chain([first], rows)
        self.hint = row_errors.separator_hint(self.columns)
        self.share_read = source.share_read

    def blocks(self, n_rows: int, columns: Sequence[str]) -> Iterator[Block]:
        """Yield some columns of the rows that are left, in blocks, and the line of each row."""
        read = iter(partial(self._read, n_rows), [])
        # A loop would hold the cells of a block while its reader works on the frame.
        yield from map(partial(self._block, columns), read)

    def _read(self, n_rows: int) -> list[_Row]:
        n_columns = len(self.columns)
        with self._errors_with_lines():
            block = list(islice(self._records, n_rows))
            # Counted without a loop in Python, since a file may have millions of rows.
            if {*map(len, map(itemgetter(1), block))} - {n_columns}:
                wrong = [(start, len(row)) for start, row in block if len(row) != n_columns]
                raise wrong_width(
                    self._source.name, wrong[0], n_columns, self.separator, self._count(wrong)
                )
        return block

    def _count(self, wrong: Sequence[tuple[int, int]]) -> str:
        """Return the number of rows of a wrong width in the whole file, as a remark."""
        if self._source.size is None:  # the rest of a pipe may be long in coming
            return ""
        n_columns = len(self.columns)
        n_wrong = len(wrong) + sum(len(row) != n_columns for _, row in self._records)
        return f" ({n_wrong} such rows)"

    def _block(self, columns: Sequence[str], rows: list[_Row]) -> Block:
        starts = list(map(itemgetter(0), rows))
        cells = list(map(itemgetter(1), rows))
        frame = pd.DataFrame(cells, columns=pd.Index(self.columns), dtype="str")
        return starts, frame if columns == self.columns else frame[list(columns)]

    @contextmanager
    def _errors_with_lines(self) -> Iterator[None]:
        """Name the line in the errors of the codec and of packed data."""
        try:
            with self._source.errors_in_one_line(self._line):
                yield
            self.n_lines = self._line()
        except csv.Error as error:
            raise UnclearQuoteError from error
        except UnicodeDecodeError as error:
            # The codec reads ahead: its error counts from the line that csv did not get yet.
            line = self._line() + 1 + error.object.count(b"\n", 0, error.start)
            raise row_errors.wrong_bytes(
                self._source.name,
                error,
                line,
                encoding=self._dialect.encoding,
                start=self._source.start,
            ) from None

    def _line(self) -> int:
        """Return the number of lines that csv has read."""
        reader = getattr(self, "_reader", None)
        return reader.line_num + self._n_before if reader else 0
