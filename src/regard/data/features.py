"""Numeric and categorical features of each row, and statistics of its texts.

Only the values of categorical columns, and which numeric columns have empty cells, are found in
train: a `FeatureSpace`. Numbers are standardised in the model, by the rows that a fold trains on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.data.text_statistics import text_statistics
from regard.errors import DataError
from regard.text.numbers import parse_numbers

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

# Category of empty cells, of values that occur once in train, and of values of test rows only.
OTHER = 0


@dataclass(frozen=True, eq=False)
class Features:
    """Numbers and categories of some rows.

    Attributes:
        numbers: `(rows, n_numbers)` float32; NaN for an empty cell.
        number_names: name of each column of `numbers`.
        categories: `(rows, n_categorical_columns)` int32: `OTHER`, or from 1 the index of the
            value in the sorted values of its column.
    """

    numbers: np.ndarray
    number_names: tuple[str, ...]
    categories: np.ndarray


@dataclass(frozen=True)
class FeatureSpace:
    """The features that were found in train, so that any rows get the same ones.

    Attributes:
        with_empty_cells: the numeric columns that have empty cells in train.
        values: the values of each categorical column that are numbered from 1, sorted.
    """

    with_empty_cells: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]

    @property
    def n_values(self) -> tuple[int, ...]:
        """The number of categories of each column, `OTHER` included."""
        return tuple(len(known) + 1 for known in self.values)


def find_features(train: pd.DataFrame, competition: CompetitionConfig) -> FeatureSpace:
    """Find the features of the train rows.

    Values that occur at least twice in train are numbered; all others are `OTHER`.

    Args:
        train: all columns as str.
        competition: names the numeric and categorical columns.

    Raises:
        DataError: a cell of a numeric column is not a number.

    Example:
        categorical_columns=["kind"], cells "b", "a", "b", "a", "c" -> values (("a", "b"),)
    """
    file = competition.train_name
    # Emptiness can be informative, but a column that is never empty in train teaches nothing.
    with_empty_cells = tuple(
        name
        for name in competition.numeric_columns
        if np.isnan(_parse_numbers(train, file, name, competition.decimal)).any()
    )
    counts = [train[name].value_counts() for name in competition.categorical_columns]
    # A value that occurs once would have a vector learned from a single row.
    values = (sorted(value for value in count.index[count > 1] if value) for count in counts)
    return FeatureSpace(with_empty_cells, tuple(map(tuple, values)))


def build_features(
    frame: pd.DataFrame,
    space: FeatureSpace,
    competition: CompetitionConfig,
    statistics: Sequence[str],
    *,
    file: str,
) -> Features:
    """Build the features of rows from their columns and texts.

    Args:
        frame: all columns as str.
        space: the features of train, from `find_features`.
        competition: names the numeric, categorical and text columns.
        statistics: names of `STATISTICS`.
        file: the name of the rows' file, for messages.

    Raises:
        DataError: a cell of a numeric column is not a number.

    Example:
        numeric_columns=["age"], cells "3", "", with empty cells in train
        -> numbers [[3, 0], [NaN, 1]], names ("age", "age is empty")
    """
    columns: dict[str, np.ndarray] = {}
    for name in competition.numeric_columns:
        columns[name] = _parse_numbers(frame, file, name, competition.decimal)
        if name in space.with_empty_cells:
            columns[f"{name} is empty"] = np.isnan(columns[name]).astype(np.float64)
    columns |= text_statistics(frame, competition, statistics)
    codes = [
        _category_codes(frame[name], values)
        for name, values in zip(competition.categorical_columns, space.values, strict=True)
    ]
    return Features(
        numbers=np.stack(list(columns.values()), axis=1).astype(np.float32)
        if columns
        else np.empty((len(frame), 0), np.float32),
        number_names=tuple(columns),
        categories=np.stack(codes, axis=1) if codes else np.empty((len(frame), 0), np.int32),
    )


def means_and_stds(numbers: np.ndarray) -> tuple[list[float], list[float]]:
    """Return the mean and the standard deviation of each column, ignoring NaN.

    The standard deviation of a constant column is replaced by 1, so that it can be divided by.

    Example:
        [[1, 5], [3, 5], [NaN, 5]] -> ([2, 5], [1, 1])
    """
    # Masked, because np.nanmean warns of a column that is NaN in every row.
    known = np.ma.masked_invalid(numbers.astype(np.float64))
    means = known.mean(axis=0).filled(0.0)
    stds = known.std(axis=0).filled(0.0)
    return means.tolist(), np.where(stds > 0, stds, 1.0).tolist()


def _parse_numbers(frame: pd.DataFrame, file: str, column: str, decimal: str) -> np.ndarray:
    """Parse a numeric column to float64, with NaN for empty cells."""
    cells = frame[column].str.strip()
    values = parse_numbers(cells, decimal)
    is_invalid = ((cells != "") & ~np.isfinite(values)).to_numpy()
    if is_invalid.any():
        examples = ", ".join(map(repr, cells[is_invalid].head(3)))
        rows = ", ".join(map(str, np.flatnonzero(is_invalid)[:3] + 1))
        raise DataError(
            f"{file}: {is_invalid.sum()} cells of the numeric column {column!r} are not numbers "
            f"(first: {examples} in rows {rows}); correct or empty them, or move the column to "
            f"competition.categorical_columns, or see competition.decimal={decimal!r}"
        )
    return values


def _category_codes(cells: pd.Series, values: Sequence[str]) -> np.ndarray:
    """Return the category of each cell, `(rows,)` int32.

    Example:
        cells "b", "a", "new", values ("a", "b") -> [2, 1, 0]
    """
    # get_indexer gives -1 for an unknown value; adding 1 makes it OTHER and starts the known at 1.
    # Without values, pandas would compare the cells with numbers.
    codes = pd.Index(values).get_indexer(pd.Index(cells)) + 1 if values else np.zeros(len(cells))
    return codes.astype(np.int32)
