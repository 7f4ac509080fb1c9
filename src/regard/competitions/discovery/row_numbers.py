"""Number the rows of a competition whose files have no ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.ids import column_names, is_id_name
from regard.config import ROW_NUMBERS
from regard.data.tables import Tables
from regard.errors import DataError


def number_tables(tables: Tables) -> tuple[Tables, list[Guess]]:
    """Add row numbers to tables without ids.

    The sample tells: without ids it shares no column with test, and has as many rows. Train alone
    may lack ids, too.

    Returns:
        The tables, and guesses of the id columns; none if the files have ids.

    Raises:
        DataError: sample and test share no column, and their numbers of rows differ.

    Example:
        train text, label; test text; sample label; 20 rows in test and sample
        -> each has a column ROW_NUMBERS, id_column: null
    """
    test = column_names(tables.test)
    shared = [column for column in column_names(tables.sample) if column in test]
    if shared:
        return _number_train(tables, shared)
    if _has_ids(tables):
        return tables, []  # under two names, which `find_ids` explains
    n_test, n_sample = len(tables.test), len(tables.sample)
    if n_test != n_sample:
        raise DataError(
            f"the sample ({list_some(tables.sample)}) and the test file ({list_some(test)}) share "
            f"no column, and the sample has {n_sample:,} rows, but test {n_test:,}; give both a "
            "column of ids, or the same rows in the same order"
        )
    numbered = Tables(*map(_with_numbers, (tables.train, tables.test, tables.sample)))
    doubt = (
        "id_column: the sample has no ids, so its rows are taken to be those of the test file, in "
        "the same order"
    )
    return numbered, [Guess("id_column", None, "the files have no ids: rows are numbered", doubt)]


def _number_train(tables: Tables, shared: Sequence[str]) -> tuple[Tables, list[Guess]]:
    """Add row numbers to train if only test and sample have ids."""
    train = column_names(tables.train)
    ids = [column for column in shared if tables.test[column].is_unique]
    if not ids or set(ids) & set(train) or any(map(is_id_name, train)):
        return tables, []
    numbered = replace(tables, train=_with_numbers(tables.train))
    reason = "train has no ids: its rows are numbered"
    return numbered, [
        Guess("id_column", None, reason),
        Guess("test_id_column", ids[0], "shared by test and sample"),
    ]


def _has_ids(tables: Tables) -> bool:
    """Return whether the sample has a column of ids, under another name than in test."""
    sample = tables.sample
    ids_of_test = [set(tables.test[column]) for column in tables.test if len(tables.test)]
    return any(
        is_id_name(column) or (sample[column].is_unique and set(sample[column]) in ids_of_test)
        for column in column_names(sample)
    )


def _with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = pd.Series(range(len(frame)), dtype="str")
    return frame.assign(**{ROW_NUMBERS: numbers.to_numpy()})
