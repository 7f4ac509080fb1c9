"""The labels of the train rows as they were read: cleaned, and only the rows that have one."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.data.whole_files import WholeFile, first_few
from regard.errors import DataError
from regard.text.label_cells import clean_label, label_key
from regard.text.numbers import plain_number

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

_log = logging.getLogger(__name__)


def clean_labels(rows: pd.DataFrame, competition: CompetitionConfig) -> pd.DataFrame:
    """Return rows with clean label cells; numbers with a decimal comma get a point.

    Args:
        rows: all columns str.
        competition: the label columns and the decimal mark.

    Example:
        cells "positive ", "3,5" with decimal="," -> "positive", "3.5"
    """
    columns = {}
    for column in competition.label_columns:
        # Labels repeat, so each spelling is cleaned once.
        cleaned = {cell: clean_label(cell) for cell in rows[column].unique()}
        if competition.decimal != ".":
            numbers = {cell: plain_number(text, ",") for cell, text in cleaned.items()}
            cleaned |= {cell: number for cell, number in numbers.items() if number is not None}
        columns[column] = rows[column].map(cleaned).astype("str")
    return rows.assign(**columns)


def find_unlabelled(rows: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
    """Return whether each row lacks a label, by `competition.label_missing`.

    Args:
        rows: all columns str.
        competition: the label columns, and the spellings of a label that is missing.

    Returns:
        `(rows,)` bool: a row without one of several labels lacks them all.

    Example:
        label_missing=["-1"], cells "0", "-1.0", "1" -> False, True, False
    """
    missing = {label_key(str(spelling)) for spelling in competition.label_missing}
    unlabelled = np.zeros(len(rows), bool)
    for column in competition.label_columns:
        spellings = [cell for cell in rows[column].unique() if label_key(cell) in missing]
        unlabelled |= rows[column].isin(spellings).to_numpy()
    return unlabelled


def with_labels(file: WholeFile, competition: CompetitionConfig) -> WholeFile:
    """Return the train file with clean labels, without the rows that have none.

    All later stages read these rows, so folds, predictions and scores agree on them.

    Raises:
        DataError: no row is left.
    """
    frame = clean_labels(file.frame, competition)
    for column in competition.label_columns:
        _tell_of_blanks(file, frame[column], competition.id_column)
    unlabelled = find_unlabelled(frame, competition)
    if not unlabelled.any():
        return dataclasses.replace(file, frame=frame)
    spellings = ", ".join(map(repr, competition.label_missing))
    found = (
        f"{unlabelled.sum():,} of {len(frame):,} rows have a label that is missing (competition."
        f"label_missing: {spellings}; first ids: "
        f"{first_few(frame[competition.id_column][unlabelled])})"
    )
    if unlabelled.all():
        raise DataError(f"{file.path}: {found}, so none is left; correct competition.label_missing")
    _log.info("%s: %s; they are left out of training", file.path.name, found)
    kept = frame[~unlabelled].reset_index(drop=True)
    return dataclasses.replace(file, frame=kept, lines=file.lines[~unlabelled])


def _tell_of_blanks(file: WholeFile, cleaned: pd.Series, id_column: str) -> None:
    """Log the labels that are one with others only without the blanks around them."""
    cells = file.frame[str(cleaned.name)]
    changed = (cells != cleaned) & cells.map(clean_label).isin(set(cells))
    if changed.any():
        pairs = dict(zip(cells[changed], cleaned[changed], strict=True))
        shown = ", ".join(f"{cell!r} is {label!r}" for cell, label in list(pairs.items())[:5])
        _log.info(
            "%s: column %r: %s labels are read without blanks around them, and with their accents "
            "composed: %s (first ids: %s)",
            file.path.name,
            cleaned.name,
            f"{changed.sum():,}",
            shown,
            first_few(file.frame[id_column][changed]),
        )
