"""Read and check label columns of two values: marks for yes and no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.errors import ConfigError, DataError
from regard.tasks import cells
from regard.tasks.marks import read_columns, read_marks, read_pair_of
from regard.text.label_cells import label_key, match_labels

if TYPE_CHECKING:
    from regard.config import CompetitionConfig


def given_pair(competition: CompetitionConfig) -> tuple[str, str] | None:
    """Return `competition.label_values` of a task of positive and negative labels.

    Raises:
        ConfigError: there are not two different values.
    """
    values = competition.label_values
    if values and len(values) != 2:
        raise ConfigError(
            f"competition.label_values has {len(values)} values; for the task {competition.task} "
            "it is [negative value, positive value]"
        )
    return (values[0], values[1]) if values and cells.given_values(competition) else None


def read_pair(train: pd.DataFrame, competition: CompetitionConfig) -> tuple[str, str]:
    """Return the negative and the positive value: those given, else those found.

    Raises:
        ConfigError: `competition.label_values` is no pair.
        DataError: a label is missing, or the values are no marks for yes and no.
    """
    given = given_pair(competition)
    if given is None and _marks(train, competition) is not None:
        return find_pair(train, competition)
    # An empty cell means no only where it is the only mark for it.
    if given is None or "" not in given:
        cells.refuse_empty(train, competition)
    return given or find_pair(train, competition)


def find_pair(train: pd.DataFrame, competition: CompetitionConfig) -> tuple[str, str]:
    """Find the negative and the positive value in the label columns.

    Columns may have different marks: the values are those of the first column that has both.

    Raises:
        DataError: the values are no marks for yes and no.

    Example:
        "No", "Yes", "Yes" -> ("No", "Yes")
    """
    seen = set().union(*(train[column].unique() for column in competition.label_columns))
    marks = _marks(train, competition) or {"": read_pair_of(seen)}
    both = [name for name, meanings in marks.items() if set(meanings.values()) == {0, 1}]
    meanings = {value: code for name in both[:1] or marks for value, code in marks[name].items()}
    if set(meanings.values()) == {0, 1}:
        columns = [train[column] for column in competition.label_columns]
        counts = pd.concat(columns).value_counts()
        # The most frequent spelling; of equally frequent ones, the first in the alphabet.
        spellings = sorted(meanings, key=lambda value: (-counts[value], value))
        negative, positive = (
            next(value for value in spellings if meanings[value] == code) for code in (0, 1)
        )
        return negative, positive
    raise DataError(
        f"{cells.where(competition)}: the task {competition.task} needs two values such as 0 and "
        f"1, found {cells.listed(sorted(seen))}; set competition.label_values=[negative value, "
        "positive value], or another competition.task"
    )


def encode_pair(
    train: pd.DataFrame, competition: CompetitionConfig, column: str, values: Sequence[str]
) -> np.ndarray:
    """Return 1 for each positive cell of a column, 0 for each negative one.

    Args:
        train: all columns str.
        competition: the label columns, and the pair of values if it is given.
        column: one of them.
        values: the negative and the positive value. Other marks mean the same unless the pair is
            given.

    Raises:
        DataError: a cell is neither.

    Example:
        cells "x", "" with the values "no", "yes" -> [1, 0]
    """
    codes = match_labels(train[column], values)
    if (codes < 0).any() and not competition.label_values:
        marks = read_marks(set(train[column])) or {}
        # -1 means no next to 1 alone; where other columns have 0, it is a label that is missing.
        marks = {cell: code for cell, code in marks.items() if label_key(cell) != "-1.0"}
        meant = train[column].map(lambda cell: marks.get(cell, -1)).to_numpy()
        codes = np.where(codes < 0, meant, codes)
    cells.refuse(train, competition, column, codes < 0, f"are none of {cells.listed(values)}")
    return codes


def encode_exclusive(
    train: pd.DataFrame, competition: CompetitionConfig, values: Sequence[str]
) -> np.ndarray:
    """Return the index of the positive column of each row.

    Args:
        train: all columns str.
        competition: the label columns.
        values: the negative and the positive value.

    Raises:
        DataError: a row has no positive column, or several.

    Example:
        columns a, b, c with the cells 0, 1, 0 -> [1]
    """
    names = competition.label_columns
    marks = np.stack([encode_pair(train, competition, name, values) for name in names], axis=1)
    wrong = marks.sum(axis=1) != 1
    if wrong.any():
        ids = ", ".join(train.loc[wrong, competition.id_column].head(5))
        raise DataError(
            f"{cells.where(competition)}: {wrong.sum()} rows have not exactly one {values[1]!r} "
            f"(first ids: {ids}); correct them, or set competition.task=multi_label"
        )
    return marks.argmax(axis=1)


def _marks(train: pd.DataFrame, competition: CompetitionConfig) -> dict[str, dict[str, int]] | None:
    return read_columns({column: train[column] for column in competition.label_columns})
