"""Find files with more columns of train and test rows, such as the prompts of essays."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.config import Dialect
from regard.data.tables import Tables
from regard.data.whole_files import read_whole
from regard.errors import DataError

_SUFFIXES = (".csv", ".tsv")
_MAX_BYTES = 2**28  # of a file that is looked into


@dataclass(frozen=True, eq=False)
class Joined:
    """Tables with the columns of other files.

    Attributes:
        tables: the three files, with the columns.
        columns: the names of these columns.
        guesses: the settings `joined_files` and `join_column`; none without such files.
    """

    tables: Tables
    columns: tuple[str, ...]
    guesses: list[Guess]


def find_joined(tables: Tables, folder: Path, used: Collection[str], dialect: Dialect) -> Joined:
    """Find files of which one column has a row for each of its values in train and in test.

    Files with the same columns, such as the prompts of train and those of test, are read as one.

    Args:
        tables: the three files.
        folder: where they are.
        used: their names.
        dialect: how the files are written.
    """
    by_columns: dict[tuple[str, ...], dict[str, pd.DataFrame]] = defaultdict(dict)
    for path in sorted(folder.iterdir()):
        if path.suffix in _SUFFIXES and path.name not in used and path.stat().st_size <= _MAX_BYTES:
            try:
                frame = read_whole(path, dialect).frame
            except DataError:  # a file that is not of the competition's form is none of these
                continue
            by_columns[tuple(map(str, frame.columns))][path.name] = frame
    for frames in by_columns.values():
        other = pd.concat(frames.values(), ignore_index=True).drop_duplicates()
        if key := _find_key(other, tables):
            return _join(tables, other, key, list(frames))
    return Joined(tables, (), [])


def _find_key(other: pd.DataFrame, tables: Tables) -> str:
    """Return the column by which rows can be joined; "" if there is none."""
    shared = [column for column in other if column in tables.train]
    for column in shared:
        known = other[column]
        covers = all(
            column in table and table[column].isin(known).all()
            for table in (tables.train, tables.test)
        )
        # Other shared columns would be joined twice; without others, there is nothing to join.
        if len(shared) == 1 < other.shape[1] and known.is_unique and covers:
            return str(column)
    return ""


def _join(tables: Tables, other: pd.DataFrame, key: str, files: Sequence[str]) -> Joined:
    added = other.set_index(key)
    train, test = (
        pd.concat([table, added.loc[table[key]].set_index(table.index)], axis=1)
        for table in (tables.train, tables.test)
    )
    columns = tuple(map(str, added.columns))
    reason = f"{list_some(columns)}: a row for each {key} of train and test"
    guesses = [
        Guess("joined_files", list(files), reason),
        Guess("join_column", key, "the column that these files share with train and test"),
    ]
    return Joined(dataclasses.replace(tables, train=train, test=test), columns, guesses)
