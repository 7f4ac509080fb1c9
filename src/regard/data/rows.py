"""Rows to predict, with everything that models have read of them so far."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import pandas as pd

from regard.data.preprocessor import Preprocessor
from regard.data.row_errors import check_names
from regard.errors import DataError

if TYPE_CHECKING:
    from regard.data.inputs import Inputs

T = TypeVar("T")


class Rows:
    """Rows to predict.

    The models of several folds, and the members of a blend, read the same rows: each reading is
    made once and kept.

    Args:
        frame: every column str.
        file: the name of the rows' file, for messages.
    """

    def __init__(self, frame: pd.DataFrame, file: str = "the rows") -> None:
        self.frame = frame
        self.file = file
        self._readings: dict[Hashable, object] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.frame)

    def take(self, rows: np.ndarray) -> Rows:
        """Return some of the rows, which are read anew."""
        return Rows(self.frame.iloc[rows], self.file)

    def once(self, key: Hashable, read: Callable[[], T]) -> T:
        """Return a reading of the rows, made at the first call with this key."""
        if key not in self._readings:
            self._readings[key] = read()
        return cast("T", self._readings[key])

    def inputs(self, preprocessor: Preprocessor) -> Inputs:
        """Return the inputs that a preprocessor makes of the rows."""
        return self.once(preprocessor.key, lambda: preprocessor.inputs(self.frame, file=self.file))


def text_frame(texts: Sequence[str], column: str) -> pd.DataFrame:
    """Return texts as rows of one column; a missing one is empty.

    Raises:
        DataError: a text has characters that no file can hold.
    """
    return str_cells(pd.DataFrame({column: pd.Series(list(texts), dtype="object")}), "the list")


def str_cells(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return rows with str cells, as a CSV file of them holds them: a missing value is empty.

    Args:
        frame: rows with any cells.
        name: of the rows, for messages.

    Raises:
        DataError: columns share a name, or a cell has characters that no file can hold.
    """
    frame = frame.rename(columns=str)
    check_names(name, list(frame.columns))
    try:
        return frame.astype("str").where(frame.notna(), "")
    except UnicodeEncodeError as error:  # half of a pair of surrogates
        found = next(place for place, cell in _cells(frame) if not _is_text(cell))
        raise DataError(
            f"{name}, column {found[1]!r}, row {found[0]} (from 0): {error.object[error.start]!r} "
            "is half a character, which no file can hold; take it out"
        ) from error


def _cells(frame: pd.DataFrame) -> Iterator[tuple[tuple[int, str], str]]:
    for column in frame.columns:
        for row, cell in enumerate(map(str, frame[column])):
            yield (row, column), cell


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True
