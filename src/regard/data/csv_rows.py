"""The rows of a CSV file in blocks."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice

import pandas as pd

from regard.data import row_errors
from regard.data.byte_streams import ByteSource
from regard.data.csv_records import csv_lines, records, separator_of, wrong_width


class CsvRows:
    """A CSV file whose header and first row were read.

    Args:
        source: the file.
        encoding: any of Python's codecs.
        separator: one character; None: a tab for .tsv files, else a comma.

    Raises:
        DataError: the file is broken, has no rows, or has two columns of the same name.
    """

    def __init__(self, source: ByteSource, encoding: str, separator: str | None) -> None:
        self._source = source
        self._encoding = encoding
        self._separator = separator_of(source.suffix, separator)
        lines = csv_lines(source.content, encoding)
        self._reader = csv.reader(lines, delimiter=self._separator)
        rows = records(self._reader, source.name)
        with self._errors_with_lines():
            _, self.columns = next(rows)
            first = next(rows, None)
        row_errors.check_names(source.name, self.columns)
        if first is None:
            raise row_errors.no_rows(source.name)
        self._records = chain([first], rows)
        self.hint = row_errors.separator_hint(self.columns)
        self.share_read = source.share_read

    def blocks(self, n_rows: int, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Yield some columns of the rows that are left, in blocks."""
        read = iter(partial(self._read, n_rows), [])
        # A loop would hold the cells of a block while its reader works on the frame.
        yield from map(partial(self._frame, columns), read)

    def _read(self, n_rows: int) -> list[list[str]]:
        with self._errors_with_lines():
            block = list(islice(self._records, n_rows))
        n_columns = len(self.columns)
        for start, row in block:
            if len(row) != n_columns:
                record = start, len(row)
                raise wrong_width(self._source.name, record, n_columns, self._separator)
        return [row for _, row in block]

    def _frame(self, columns: Sequence[str], rows: list[list[str]]) -> pd.DataFrame:
        frame = pd.DataFrame(rows, columns=pd.Index(self.columns), dtype="str")
        return frame if columns == self.columns else frame[list(columns)]

    @contextmanager
    def _errors_with_lines(self) -> Iterator[None]:
        """Name the line in the errors of the codec and of gzip."""
        try:
            with self._source.errors_in_one_line(lambda: self._reader.line_num):
                yield
        except UnicodeDecodeError as error:
            # The codec reads ahead: its error counts from the line that csv did not get yet.
            line = self._reader.line_num + 1 + error.object.count(b"\n", 0, error.start)
            raise row_errors.wrong_bytes(
                self._source.name,
                error,
                line,
                encoding=self._encoding,
                start=self._source.start,
            ) from None
