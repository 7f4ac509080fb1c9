"""Read and check a label column whose cells hold several tags."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.errors import DataError
from regard.tasks import cells
from regard.tasks.tags import find_joiner, split_tags
from regard.text.label_cells import match_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regard.config import CompetitionConfig

_log = logging.getLogger(__name__)


def find_tags(train: pd.DataFrame, competition: CompetitionConfig) -> tuple[tuple[str, ...], str]:
    """Find the tags of the label column, and how its cells join them.

    Returns:
        The tags, those of `label_values` if it is set, else sorted; and the joiner.

    Raises:
        DataError: fewer than two tags are found, or a cell is no list.

    Example:
        cells "sky, food", "food" with label_separator="," -> ("food", "sky"), ", "
    """
    (column,) = competition.label_columns
    separator = str(competition.label_separator)
    found = {tag for tags in _split(train, competition) for tag in tags}
    names = cells.given_values(competition) or tuple(cells.sorted_values(found))
    if len(found) < 2:
        raise DataError(
            f"{competition.train_name}: column {column!r} has {len(found)} different labels, with "
            f"competition.label_separator={separator!r}; correct the separator, or set it to null "
            "and competition.task to another task"
        )
    return names, find_joiner(train[column], separator) or separator


def encode_tags(
    train: pd.DataFrame, competition: CompetitionConfig, names: Sequence[str]
) -> np.ndarray:
    """Return 1 for each tag of a row, else 0; other tags than those named are left out.

    Returns:
        `(rows, names)` float32.

    Raises:
        DataError: a cell is no list.

    Example:
        cells "b a", "" with the names ("a", "b") -> [[1, 1], [0, 0]]
    """
    rows = _split(train, competition)
    tags = sorted({tag for row in rows for tag in row})
    column_of = dict(zip(tags, match_labels(tags, names).tolist(), strict=True))
    labels = np.zeros((len(rows), len(names)), np.float32)
    for index, row in enumerate(rows):
        labels[index, [column_of[tag] for tag in row if column_of[tag] >= 0]] = 1.0
    if unknown := [tag for tag in tags if column_of[tag] < 0]:
        _log.warning(
            "%s: %d labels of the column %r are not among those predicted: %s",
            competition.train_file,
            len(unknown),
            competition.label_columns[0],
            cells.listed(unknown),
        )
    return labels


def _split(train: pd.DataFrame, competition: CompetitionConfig) -> list[list[str]]:
    (column,) = competition.label_columns
    rows = [split_tags(cell, str(competition.label_separator)) for cell in train[column]]
    wrong = np.array([row is None for row in rows])
    if wrong.any():
        cell = train.loc[wrong, column].iloc[0]
        ids = ", ".join(train.loc[wrong, competition.id_column].head(5))
        raise DataError(
            f"{competition.train_name}: column {column!r}: {wrong.sum()} cells are no lists such "
            f'as ["a", "b"] (found {cell!r}; first ids: {ids}); correct them, or set '
            "competition.label_separator to the character between two labels"
        )
    return [row or [] for row in rows]
