"""Checks of the train, test and sample file, and of several train files as one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.config.dialect import ROW_NUMBERS
from regard.data.swallowed_rows import find_swallowed, quotes_warning, swallowed_error
from regard.data.whole_files import ROWS_PER_BLOCK, WholeFile, first_few, joined_digest
from regard.errors import DataError
from regard.text.label_cells import label_key

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

_log = logging.getLogger(__name__)


def number_rows(file: WholeFile, id_column: str, first: int = 0) -> WholeFile:
    """Return a file with row numbers if its rows have no ids.

    Args:
        file: the file.
        id_column: `ROW_NUMBERS` if its rows have no ids.
        first: the number of its first row.

    Raises:
        DataError: it has a column of the name that row numbers get.
    """
    if id_column != ROW_NUMBERS:
        return file
    if ROW_NUMBERS in file.frame:
        raise DataError(f"{file.path} has a column {ROW_NUMBERS!r}; rename it")
    frame = file.frame.copy(deep=False)
    frame.insert(0, ROW_NUMBERS, pd.Series(range(first, first + len(frame)), dtype="str"))
    return replace(file, frame=frame)


def joined(files: Sequence[WholeFile], id_column: str) -> WholeFile:
    """Return the rows of several train files as one file.

    Raises:
        DataError: their columns differ, or an id is in two of them.
    """
    first = files[0]
    if len(files) == 1:
        return first
    for number, file in enumerate(files[1:], start=1):
        _check_same_columns(first, file)
        for other in files[:number]:
            _check_no_shared_ids(other, file, id_column)
    return WholeFile(
        path=first.path.with_name(" + ".join(file.path.name for file in files)),
        frame=pd.concat([file.frame[list(first.frame)] for file in files], ignore_index=True),
        lines=np.concatenate([file.lines for file in files]),
        digest=joined_digest([file.digest for file in files]),
        unit=first.unit,
    )


def _check_same_columns(first: WholeFile, file: WholeFile) -> None:
    for one, other in ((first, file), (file, first)):
        missing = [column for column in one.frame if column not in other.frame]
        if missing:
            raise DataError(
                f"{other.path} lacks columns of {one.path.name} ({first_few(missing)}); all train "
                "files must have the same columns"
            )


def _check_no_shared_ids(other: WholeFile, file: WholeFile, id_column: str) -> None:
    shared = file.frame[id_column].isin(other.frame[id_column]).to_numpy()
    if shared.any():
        raise DataError(
            f"{file.path}: {shared.sum()} rows have the {id_column!r} of a row of "
            f"{other.path.name} (ids {first_few(file.frame[id_column][shared])}; "
            f"{file.places(shared)}); ids must differ"
        )


def check_quotes(
    part: str, file: WholeFile, competition: CompetitionConfig, known_ids: Sequence[str]
) -> None:
    """Refuse rows that a quote has certainly swallowed, and warn about quotes that are unclear.

    Args:
        part: "train" or "test".
        file: the file.
        competition: its dialect and its ids.
        known_ids: ids that the file should have, such as those of the sample.

    Raises:
        DataError: the line of the quote is named.
    """
    dialect = competition.dialect(part)
    ids = competition.id_column if part == "train" else competition.id_column_of_test
    found = find_swallowed(file, dialect, None if ids == ROW_NUMBERS else ids, known_ids)
    if any(one.is_certain for one in found):
        raise swallowed_error(file, found)
    if warning := quotes_warning(file, dialect, found):
        _log.warning("%s", warning)


def check_same_length(test: WholeFile, sample: WholeFile) -> None:
    """Refuse files without ids whose numbers of rows differ.

    Raises:
        DataError: both numbers are named.
    """
    if len(test.frame) != len(sample.frame):
        raise DataError(
            f"{sample.path} has {len(sample.frame)} rows, but {test.path.name} has "
            f"{len(test.frame)}; without ids the two must have the same rows in the same order"
        )


def check_ids(file: WholeFile, id_column: str) -> None:
    """Refuse rows without an id and ids that repeat an earlier one.

    Raises:
        DataError: the message names their lines.
    """
    ids = file.frame[id_column]
    empty = (ids.str.strip() == "").to_numpy()
    if empty.any():
        raise DataError(
            f"{file.path}: {empty.sum()} rows have no {id_column!r} ({file.places(empty)}); give "
            "every row an id"
        )
    repeated = ids.duplicated().to_numpy()
    if repeated.any():
        raise DataError(
            f"{file.path}: {repeated.sum()} rows repeat the {id_column!r} of an earlier row (ids "
            f"{first_few(ids[repeated])}; {file.places(repeated)}); ids must differ"
        )


def check_texts(file: WholeFile, id_column: str, text_columns: list[str]) -> None:
    """Refuse a text column without any text; warn about single empty texts.

    Raises:
        DataError: the column is named.
    """
    for column in text_columns:
        empty = np.concatenate(list(_empty_cells(file.frame[column])))
        if empty.all():
            raise DataError(
                f"{file.path}: column {column!r} is empty in every row; see "
                "competition.text_columns"
            )
        if empty.any():
            ids = first_few(file.frame[id_column][empty])
            _log.warning(
                "%s: %d empty texts in column %r are kept (ids %s)",
                file.path,
                empty.sum(),
                column,
                ids,
            )


def with_ids_of(sample: WholeFile, test: WholeFile, id_column: str) -> WholeFile:
    """Return the test file with the ids as the sample writes them, if they differ in form alone.

    Numbers with a lost zero or an added fraction, blanks and capitals make no other id.

    Example:
        "1.0", "2.0" in test and "2", "1" in the sample -> "1", "2" in test
    """
    ids = test.frame[id_column]
    wanted = sample.frame[id_column]
    # Only files with the same number of ids can agree in all of them.
    if len(ids) != len(wanted) or ids.isin(wanted).all():
        return test
    known = {label_key(cell): cell for cell in wanted}
    keys = ids.map(label_key)
    if not keys.is_unique or set(keys) != set(known):
        return test
    found = keys.map(known).astype("str")
    first = int((found != ids).to_numpy().argmax())
    _log.warning(
        "%s: ids are written in another form than in %s, as %r and %r, and are compared by value",
        test.path,
        sample.path.name,
        ids.iloc[first],
        found.iloc[first],
    )
    return replace(test, frame=test.frame.assign(**{id_column: found}))


def check_same_ids(test: WholeFile, sample: WholeFile, id_column: str) -> None:
    """Refuse ids that only one of the two files has.

    Raises:
        DataError: the message names the first ones.
    """
    for file, other in ((sample, test), (test, sample)):
        ids = file.frame[id_column]
        missing = ids[~ids.isin(other.frame[id_column])]
        if len(missing):
            raise DataError(
                f"{file.path}: {len(missing)} ids are not in {other.path.name} (ids "
                f"{first_few(missing)}); the two must agree"
            )


def _empty_cells(cells: pd.Series) -> Iterator[np.ndarray]:
    """Yield which cells are empty, block after block, since the cells hold most of a file."""
    for start in range(0, len(cells), ROWS_PER_BLOCK):
        yield (cells.iloc[start : start + ROWS_PER_BLOCK].str.strip() == "").to_numpy()
