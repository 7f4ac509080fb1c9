"""Rows to predict, with everything that models have read of them so far."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import pandas as pd

from regard.data.preprocessor import Preprocessor

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
    """Return texts as rows of one column."""
    return pd.DataFrame({column: pd.Series(list(texts), dtype="str")})
