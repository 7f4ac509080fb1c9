"""Guess the id columns."""

import re
from collections.abc import Sequence

import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.config import ROW_NUMBERS
from regard.data.tables import Tables
from regard.errors import DataError

_ID_NAME = re.compile(r"(?:^|[\W_])(?i:id)\d*$|^[a-z]?id\d*$|^id[\W_]|[a-z]I[Dd]\d*$", re.ASCII)


def is_id_name(name: str) -> bool:
    """Return whether a column's name is that of ids.

    Example:
        id, qid1, test_id, PhraseId, pair_ID -> True; video, paid -> False
    """
    # A capital I marks the start of a word only in a name with small letters.
    return bool(_ID_NAME.search(name if name != name.upper() else name.lower()))


def find_ids(tables: Tables) -> list[Guess]:
    """Guess the id columns of train and test.

    `regard.data` checks afterwards that the ids are unique and that those of test and sample agree.

    Raises:
        DataError: sample and test share no column, or train has no id column.
    """
    train = column_names(tables.train)
    test = column_names(tables.test)
    sample = column_names(tables.sample)
    shared = _rank_as_ids(tables.test[[column for column in sample if column in test]])
    if not shared:
        raise DataError(
            f"the sample ({list_some(sample)}) and the test file ({list_some(test)}) share no "
            "column; give the id column the same name in both, or add the ids of the sample to test"
        )
    _check_sample(shared, sample)
    if shared[0] in train:
        return [Guess("id_column", shared[0], "shared by train, test and sample")]
    own = ROW_NUMBERS if ROW_NUMBERS in train else _id_column_of_train(tables.train, sample)
    return [
        Guess("id_column", own, f"train has no {shared[0]!r}; this name suggests ids"),
        Guess("test_id_column", shared[0], "shared by test and sample"),
    ]


def _check_sample(shared: Sequence[str], sample: Sequence[str]) -> None:
    """Refuse a sample that has inputs of test next to the columns to predict.

    Args:
        shared: its columns that test has, the id first.
        sample: all its columns.
    """
    extra = [column for column in shared[1:] if column in sample]
    if extra and len(shared) < len(sample):
        names = ", ".join(map(repr, extra))
        raise DataError(
            f"the sample has {names} next to the id {shared[0]!r} and the columns to predict; "
            "remove it, as a submission has none (pandas writes row numbers without index=False)"
        )


def _id_column_of_train(train: pd.DataFrame, sample: Sequence[str]) -> str:
    """Return the id column of train, which is none of the columns of the sample."""
    names = column_names(train)
    named_as_ids = [name for name in names if name not in sample and is_id_name(name)]
    for column in _rank_as_ids(train[named_as_ids]):
        # Ids that repeat are those of groups of rows, such as the sentence of a phrase.
        if train[column].nunique() * 2 > len(train):
            return column
    raise DataError(f"the train file has no id column ({list_some(names)}); add one (1, 2, 3, ...)")


def column_names(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns."""
    return list(map(str, frame.columns))


def _rank_as_ids(frame: pd.DataFrame) -> list[str]:
    """Sort the columns: names of ids first, then unique cells, then the shortest cells.

    The row numbers that pandas writes without a name come last.
    """

    def rank(column: str) -> tuple[bool, bool, bool, float]:
        is_nameless = not column or column.startswith("Unnamed: ")
        is_repeated = not frame[column].is_unique
        return not is_id_name(column), is_nameless, is_repeated, frame[column].str.len().mean()

    return sorted(column_names(frame), key=rank)
