"""Read and check the label columns of train.csv."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.errors import ConfigError, DataError
from regard.text.label_cells import MISSING, as_override, find_variants, label_key, match_labels
from regard.text.numbers import DECIMALS, parse_numbers, plain_number

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

_log = logging.getLogger(__name__)


def given_values(competition: CompetitionConfig) -> tuple[str, ...]:
    """Return `competition.label_values`, empty if it is null.

    Raises:
        ConfigError: there is only one value, or one is repeated.
    """
    values = tuple(competition.label_values or ())
    if len(set(values)) < len(values) or len(values) == 1:
        raise ConfigError(
            f"competition.label_values=[{listed(values)}] must be two or more different values"
        )
    return values


def refuse_given_values(competition: CompetitionConfig) -> None:
    """Raise a ConfigError if a task of numbers has `competition.label_values`."""
    if competition.label_values:
        raise ConfigError(
            f"competition.label_values is for tasks of classes, not {competition.task}; "
            "set it to null"
        )


def refuse_empty(train: pd.DataFrame, competition: CompetitionConfig) -> None:
    """Raise a DataError if a label is missing."""
    for column in competition.label_columns:
        refuse(train, competition, column, (train[column] == "").to_numpy(), "are empty")


def find_classes(train: pd.DataFrame, competition: CompetitionConfig) -> tuple[str, ...]:
    """Find the classes: those given, else all labels, sorted as numbers if all are numbers.

    Raises:
        DataError: all labels are alike, or no row has one of the given classes.
    """
    (column,) = competition.label_columns
    given = given_values(competition)
    if not given:
        _warn_of_variants(train, competition, column)
    classes = given or tuple(sorted_values(train[column].unique()))
    need_each(train, competition, classes)
    return classes


def need_each(train: pd.DataFrame, competition: CompetitionConfig, values: Sequence[str]) -> None:
    """Raise a DataError if the label column is constant, or lacks one of the values."""
    (column,) = competition.label_columns
    seen = set(train[column])
    where = f"{competition.train_name}: column {column!r}"
    if len(seen) < 2:
        raise DataError(
            f"{where} has the value {listed(seen)} in every row, so there is nothing to learn "
            "from it"
        )
    # Such a class could not be learned, so it is more likely misspelt.
    found = set(match_labels(seen, values).tolist())
    missing = [value for code, value in enumerate(values) if code not in found]
    if missing:
        raise DataError(
            f"{where} never has the value {listed(missing)}, only {listed(sorted(seen))}"
        )


def warn_of_constant(train: pd.DataFrame, competition: CompetitionConfig, column: str) -> None:
    """Warn of a label column with the same value in every row: the submission wants it anyway."""
    where = f"{competition.train_name}: column {column!r}"
    value = train[column].iloc[0]
    _log.warning("%s has the value %s in every row, and so will its predictions", where, value)


def encode(
    train: pd.DataFrame, competition: CompetitionConfig, column: str, values: Sequence[str]
) -> np.ndarray:
    """Return the index of each cell of a column among the known values.

    Raises:
        DataError: a cell has none of the values.

    Example:
        cells "b", "a", "b", values ("a", "b") -> [1, 0, 1]
    """
    codes = match_labels(train[column], values)
    refuse(train, competition, column, codes < 0, f"are none of {listed(values)}")
    return codes


def counts_line(names: Sequence[str], counts: np.ndarray) -> str:
    """Return the number of rows of each label in words.

    Example:
        ("rude", "mean"), [1200, 3] -> "rows per label: rude 1,200, mean 3"
    """
    # A competition may have thousands of classes.
    named = [f"{name} {int(count):,}" for name, count in zip(names, counts, strict=True)]
    return "rows per label: " + ", ".join(named[:20] + ["..."] * (len(named) > 20))


def read_numbers(
    train: pd.DataFrame,
    competition: CompetitionConfig,
    *,
    limits: Sequence[float] | None,
    out_of_limits: str,
) -> np.ndarray:
    """Read the label columns as numbers.

    Args:
        train: all columns str.
        competition: the label columns.
        limits: the lowest and the highest number there may be; None: any.
        out_of_limits: the words of the message for numbers beyond the limits.

    Returns:
        `(rows, columns)` float64.

    Raises:
        DataError: a cell is no finite number or is beyond the limits, or the only column is
            constant.
    """
    columns = []
    for column in competition.label_columns:
        cells = parse_numbers(train[column])
        refuse(train, competition, column, ~np.isfinite(cells), "are no numbers")
        if limits is not None:
            outside = (cells < limits[0]) | (cells > limits[1])
            refuse(train, competition, column, outside, out_of_limits)
        # One constant column of several is harmless, and the submission needs it.
        if cells.min() == cells.max():
            if len(competition.label_columns) == 1:
                raise DataError(
                    f"{competition.train_name}: column {column!r} has the value "
                    f"{train[column].iloc[0]} in every row, so there is nothing to learn from it"
                )
            warn_of_constant(train, competition, column)
        columns.append(cells)
    return np.stack(columns, axis=1)


def check_order(classes: Sequence[str], competition: CompetitionConfig) -> None:
    """Raise a DataError if the order of classes is unknown: neither given nor that of numbers."""
    if not competition.label_values and not all(map(is_number, classes)):
        raise DataError(
            f"{where(competition)}: the task {competition.task} needs an order, but "
            f"{listed(classes)} are no numbers; set competition.label_values to all of them, the "
            "lowest first"
        )


def sorted_values(values: Iterable[str]) -> list[str]:
    """Sort labels: as numbers if all are numbers, else as text."""
    # By text first, so that 1 and 1.0, which are equal as numbers, have an order.
    values = sorted(values)
    numbers = {value: plain_number(value) for value in values}
    if None in numbers.values():
        return values
    return sorted(values, key=lambda value: float(str(numbers[value])))


def is_number(value: str) -> bool:
    """Return whether a cell is a finite number."""
    return plain_number(value) is not None


def listed(values: Iterable[str]) -> str:
    """Return the first ten values, quoted, for a message."""
    values = list(values)
    return ", ".join(repr(value) for value in values[:10]) + ", ..." * (len(values) > 10)


def _warn_of_variants(train: pd.DataFrame, competition: CompetitionConfig, column: str) -> None:
    """Warn of classes that differ only by their spelling, such as Yes and yes."""
    variants = find_variants(train[column])
    if not variants:
        return
    others = {value for values in variants for value in values[1:]}
    kept = sorted_values(set(train[column]) - others)
    counts = train[column].value_counts()
    groups = "; ".join(
        " and ".join(f"{value!r} ({counts[value]} rows)" for value in values)
        for values in variants[:5]
    )
    _log.warning(
        "%s: column %r has classes that differ only by their spelling: %s; to make each group one "
        "class, set competition.label_values=%s",
        competition.train_name,
        column,
        groups,
        as_override(kept),
    )


def refuse(
    train: pd.DataFrame,
    competition: CompetitionConfig,
    column: str,
    wrong: np.ndarray,
    problem: str,
) -> None:
    """Raise a DataError if any label is wrong, with the values, their counts and first ids."""
    if wrong.any():
        found = train.loc[wrong, column].value_counts()
        values = ", ".join(f"{value!r} in {count} rows" for value, count in found.head(5).items())
        ids = ", ".join(train.loc[wrong, competition.id_column].head(5))
        raise DataError(
            f"{competition.train_name}: column {column!r}: {wrong.sum()} labels {problem} (found "
            f"{values}; first ids: {ids}); {_advice(list(map(str, found.index)), competition)}"
        )


def _advice(values: Sequence[str], competition: CompetitionConfig) -> str:
    """Return the way out for labels that do not fit: leave them out, read them, or correct them."""
    # A list that is set replaces the one of the page.
    spellings = as_override([*map(str, competition.label_missing), *values[:5]])
    if all(label_key(value) in MISSING for value in values):
        return f"to leave these rows out, set competition.label_missing={spellings}"
    (other,) = {*DECIMALS} - {competition.decimal}
    if all(plain_number(value, other) and not plain_number(value) for value in values):
        return f"if they are numbers, set competition.decimal='{other}'"
    return (
        f"correct them, leave these rows out by competition.label_missing={spellings}, or see "
        "competition.label_values and competition.task"
    )


def where(competition: CompetitionConfig) -> str:
    """Return the train file and the label columns, for a message."""
    columns = competition.label_columns
    names = f"column {columns[0]!r}" if len(columns) == 1 else f"columns {listed(columns)}"
    return f"{competition.train_name}: {names}"
