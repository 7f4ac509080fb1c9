"""Doubts about columns: those that are left out, and those that may give the label away."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from regard.competitions.discovery.numeric_cells import are_numbers
from regard.competitions.discovery.profiles import ColumnProfile, describe_profiles
from regard.competitions.discovery.rendering import render_value
from regard.data.tables import Tables
from regard.text.numbers import parse_numbers

_MIN_ROWS = 30  # with fewer, a column may determine the label by chance
_ROWS_PER_VALUE = 5  # on average, of a column that determines the label


def find_copies(tables: Tables, columns: Sequence[str]) -> dict[str, str]:
    """Return the columns whose cells are those of an earlier column, and that column.

    Example:
        text "a", "b"; body "a", "b"; both in train and in test -> {"body": "text"}
    """
    copies: dict[str, str] = {}
    first: dict[int, str] = {}
    for column in columns:
        # The hash only makes comparisons few.
        key = hash(tuple(pd.util.hash_pandas_object(tables.train[column], index=False).head(1000)))
        other = first.setdefault(key, column)
        if other != column and all(
            table[column].equals(table[other].rename(column))
            for table in (tables.train, tables.test)
        ):
            copies[column] = other
    return copies


def doubts_of_unused(
    unused: Sequence[ColumnProfile],
    numeric: Sequence[str],
    categorical: Sequence[str],
    copies: dict[str, str],
) -> list[str]:
    """Return the doubts about columns that are left out, with the line that adds each.

    Args:
        unused: the columns without a use.
        numeric: the numeric columns of the page.
        categorical: its categorical columns.
        copies: from `find_copies`.
    """
    doubts = [
        f"unused: {profile.name} has numbers except {profile.mistake}; correct it, then add "
        f"{_numeric_line(numeric, profile.name)}"
        for profile in unused
        if profile.mistake and not profile.fault
    ]
    others = []
    for profile in unused:
        if profile.fault:
            doubts.append(_doubt_of_fault(profile, numeric))
        elif profile.kind == "dates":
            doubts.append(
                f"unused: {profile.name} has dates; if test is later than train, write "
                f"time_column: {render_value(profile.name)} and train with folds.kind=time"
            )
        elif profile.kind and profile.may_be_category:
            names = render_value([*categorical, profile.name])
            doubts.append(
                f"unused: {profile.name} has {profile.kind} that train and test share; to read "
                f"them as categories, write categorical_columns: {names}"
            )
        elif profile.kind:
            doubts.append(f"unused: {profile.name} has {profile.kind}, which models cannot read")
        elif not profile.mistake:
            others.append(profile)
    doubts += [f"unused: {column} has the cells of {first}" for column, first in copies.items()]
    if others:
        doubts.append(
            f"unused, as neither texts, numbers nor categories: {describe_profiles(others)}"
        )
    return doubts


def refuse_sorted_ids(
    tables: Tables, profiles: Sequence[ColumnProfile], labels: Sequence[str]
) -> list[ColumnProfile]:
    """Return the columns, with a fault of whole numbers that differ and are sorted by the label.

    Such numbers are the ids of rows that once were sorted by their labels.
    """
    if not _has_one_label(tables, labels):
        return list(profiles)
    cells = tables.train[labels[0]]
    fault = f"its whole numbers differ from row to row and give {labels[0]} away, as sorted ids"
    return [
        replace(profile, fault=fault)
        if profile.role == "numeric"
        and profile.n_single == profile.n_filled
        and not profile.has_fractions
        and _determines(tables.train[profile.name], cells)
        else profile
        for profile in profiles
    ]


def doubts_of_leaks(
    tables: Tables, inputs: Sequence[ColumnProfile], labels: Sequence[str]
) -> list[str]:
    """Return the doubts about numbers and categories that determine the label in every row.

    Example:
        kind_code 1 1 2 2 ..., label a a b b ... -> "leak: kind_code determines label ..."
    """
    if not _has_one_label(tables, labels):
        return []
    cells = tables.train[labels[0]]
    return [
        f"leak: {profile.name} determines {labels[0]} in every row of train; if it is not known "
        f"when new rows are predicted, remove it from {profile.role}_columns"
        for profile in inputs
        if _determines(tables.train[profile.name], cells)
    ]


def _has_one_label(tables: Tables, labels: Sequence[str]) -> bool:
    return (
        len(labels) == 1
        and len(tables.train) >= _MIN_ROWS
        and tables.train[labels[0]].nunique() > 1
    )


def _determines(column: pd.Series, labels: pd.Series) -> bool:
    """Return whether each value, or each of a few ranges of numbers, has one label."""
    values = column.str.strip()
    n_values = values.nunique()
    if n_values * _ROWS_PER_VALUE <= len(values):
        return bool(n_values > 1 and (labels.groupby(values).nunique() == 1).all())
    filled = values != ""
    if not are_numbers(values[filled]):
        return False
    order = np.argsort(parse_numbers(values[filled]), kind="stable")
    ordered = labels[filled].iloc[order]
    n_changes = int((ordered != ordered.shift()).sum()) - 1
    n_labels = labels.nunique()
    return n_labels * _ROWS_PER_VALUE <= len(ordered) and n_changes == n_labels - 1


def _doubt_of_fault(profile: ColumnProfile, numeric: Sequence[str]) -> str:
    """Return the doubt about a column such as row numbers."""
    name = render_value(profile.name)
    line = (
        f"; to read it all the same, write {_numeric_line(numeric, profile.name)}"
        if profile.share_of_numbers == 1
        else ""
    )
    return f"unused: {name} tells nothing about a row: {profile.fault}{line}"


def _numeric_line(numeric: Sequence[str], name: str) -> str:
    return f"numeric_columns: {render_value([*numeric, name])}"
