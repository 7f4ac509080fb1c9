"""Labels: what the columns of train.csv say, as numbers."""

import logging
import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from regard.config import CompetitionConfig
from regard.errors import ConfigError, DataError
from regard.tasks.base import Task

_log = logging.getLogger(__name__)

KNOWN_PAIRS = (("0", "1"), ("0.0", "1.0"), ("false", "true"), ("no", "yes"))


def task_of(train: pd.DataFrame, competition: CompetitionConfig) -> Task:
    """Find out what is predicted from the labels of the train rows.

    Classes stand in the order of `competition.label_values` if given, else sorted, as numbers if
    all of them are.

    Args:
        train: all columns str.
        competition: the label columns, the kind of task, and the known values and range if any.

    Raises:
        ConfigError: `competition.label_values` cannot be those of this kind of task.
        DataError: labels are missing, or fewer than two differ, or their meaning cannot be told.

    Example:
        train["category"] of "b", "a", "b", task=multi_class -> label_names ("a", "b")
    """
    given, columns = _given_values(competition), tuple(competition.label_columns)
    for column in columns:
        _refuse(train, competition, column, (train[column] == "").to_numpy(), "are empty")
    if competition.task in ("multi_class", "ordinal"):
        classes = given or tuple(_sorted_values(train[columns[0]].unique()))
        if competition.task == "ordinal":
            _check_order(classes, given, competition)
        _need_each(train, competition, columns[0], classes)
        return Task(competition.task, classes)
    if competition.task in ("regression", "soft_labels"):
        numbers = np.stack([_numbers(train, competition, column) for column in columns], axis=1)
        if competition.task == "soft_labels":
            return Task(
                "soft_labels", columns, exclusive=len(columns) > 1 and _sums_to_one(numbers)
            )
        ranges = zip(numbers.min(axis=0).tolist(), numbers.max(axis=0).tolist(), strict=True)
        return Task(
            "regression", columns, ranges=tuple(_range(competition) or found for found in ranges)
        )
    seen = set().union(*(train[column].unique() for column in columns))
    values = given or _known_pair(seen, competition)
    for column in columns:
        if competition.task == "binary":
            _need_each(train, competition, column, values)
        elif train[column].nunique() < 2:  # the submission wants it all the same
            where = f"{competition.train_file}: column {column!r}"
            _log.warning(
                "%s has the value %s in every row, and so will its predictions",
                where,
                train[column].iloc[0],
            )
    return Task(competition.task, columns, (values[0], values[1]))


def encode_labels(train: pd.DataFrame, competition: CompetitionConfig, task: Task) -> np.ndarray:
    """Turn the label columns into numbers.

    Returns:
        multi_class and ordinal: `(rows,)` int32, places in `task.label_names`; else `(rows,
        columns)` float32.

    Raises:
        DataError: a label is none of the task's; the message gives the labels, how many rows have
            them and first ids.

    Example:
        "b", "a", "b" with label_names ("a", "b") -> [1, 0, 1]
    """
    if task.kind in ("regression", "soft_labels"):
        numbers = np.stack(
            [_numbers(train, competition, column) for column in task.label_names], axis=1
        )
        means = (
            f"{name} mean {mean:.4g}"
            for name, mean in zip(task.label_names, numbers.mean(axis=0), strict=True)
        )
        _log.info("%s, %s", task.kind, ", ".join(means))
        return numbers.astype(np.float32)
    known = task.label_names if task.kind in ("multi_class", "ordinal") else task.values
    columns = []
    for column in competition.label_columns:
        codes = pd.Index(known).get_indexer(pd.Index(train[column]))
        _refuse(train, competition, column, codes < 0, f"are none of {_listed(known)}")
        columns.append(codes)
    if task.kind in ("multi_class", "ordinal"):
        labels = columns[0].astype(np.int32)
        counts = np.bincount(labels, minlength=len(task.label_names))
    else:
        labels = np.stack(columns, axis=1).astype(np.float32)
        counts = labels.sum(axis=0).astype(int)
    named = [f"{name} {count:,}" for name, count in zip(task.label_names, counts, strict=True)]
    _log.info(
        "%s, rows per label: %s", task.kind, ", ".join(named[:20] + ["..."] * (len(named) > 20))
    )
    return labels


def _given_values(competition: CompetitionConfig) -> tuple[str, ...]:
    values = tuple(competition.label_values or ())
    if values and competition.task in ("regression", "soft_labels"):
        raise ConfigError(
            f"competition.label_values is for tasks of classes, not {competition.task}; set it to null"
        )
    if values and competition.task in ("binary", "multi_label") and len(values) != 2:
        raise ConfigError(
            f"competition.label_values has {len(values)} values; for the task {competition.task} it is "
            "[negative value, positive value]"
        )
    if len(set(values)) < len(values) or len(values) == 1:
        raise ConfigError(
            f"competition.label_values=[{_listed(values)}] must be two or more values, each named once"
        )
    return values


def _known_pair(seen: set[str], competition: CompetitionConfig) -> tuple[str, str]:
    """The negative and the positive value, where their meaning is plain."""
    for pair in KNOWN_PAIRS:
        found = sorted((value for value in seen if value.lower() in pair), key=str.lower)
        if len(found) == 2 and found[0].lower() != found[1].lower():
            return found[0], found[1]
    where = f"{competition.train_file}: {_columns(competition.label_columns)}"
    raise DataError(
        f"{where}: the task {competition.task} needs two values such as 0 and 1, found {_listed(sorted(seen))}; "
        "set competition.label_values=[negative value, positive value], or another competition.task"
    )


def _check_order(
    classes: Sequence[str], given: Sequence[str], competition: CompetitionConfig
) -> None:
    """Refuse classes whose order nobody has told and that are no numbers."""
    if not given and not all(map(_is_number, classes)):
        raise DataError(
            f"{competition.train_file}: {_columns(competition.label_columns)}: the task ordinal needs an order, but "
            f"{_listed(classes)} are no numbers; set competition.label_values to all of them, the lowest first"
        )


def _numbers(train: pd.DataFrame, competition: CompetitionConfig, column: str) -> np.ndarray:
    """A label column as float64; refuses what is no number, and for soft_labels what is not from 0 to 1."""
    cells = pd.to_numeric(train[column], errors="coerce").to_numpy(np.float64)
    _refuse(train, competition, column, ~np.isfinite(cells), "are no numbers")
    if competition.task == "soft_labels":
        _refuse(train, competition, column, (cells < 0) | (cells > 1), "are not from 0 to 1")
    if cells.min() == cells.max():
        where = f"{competition.train_file}: column {column!r} has the value {train[column].iloc[0]} in every row"
        if len(competition.label_columns) == 1:
            raise DataError(f"{where}, so there is nothing to learn from it")
        # the submission wants it all the same
        _log.warning("%s, and so will its predictions", where)
    if (limits := _range(competition)) is not None:
        _refuse(
            train,
            competition,
            column,
            (cells < limits[0]) | (cells > limits[1]),
            "are outside label_range",
        )
    return cells


def _range(competition: CompetitionConfig) -> tuple[float, float] | None:
    return (
        None
        if competition.label_range is None
        else (competition.label_range[0], competition.label_range[1])
    )


def _sums_to_one(numbers: np.ndarray) -> bool:
    return bool(np.allclose(numbers.sum(axis=1), 1.0, atol=1e-3))


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _need_each(
    train: pd.DataFrame, competition: CompetitionConfig, column: str, values: Sequence[str]
) -> None:
    """Refuse a column that is the same in every row, or in which one of the values never stands."""
    seen = set(train[column])
    where = f"{competition.train_file}: column {column!r}"
    if len(seen) < 2:
        raise DataError(
            f"{where} has the value {_listed(seen)} in every row, so there is nothing to learn from it"
        )
    missing = [value for value in values if value not in seen]
    if missing:
        raise DataError(
            f"{where} never has the value {_listed(missing)}, only {_listed(sorted(seen))}"
        )


def _refuse(
    train: pd.DataFrame, competition: CompetitionConfig, column: str, wrong: np.ndarray, what: str
) -> None:
    """Raise a DataError if any label is wrong: which values, how often, first ids."""
    if wrong.any():
        found = train.loc[wrong, column].value_counts()
        values = ", ".join(f"{value!r} in {count} rows" for value, count in found.head(5).items())
        ids = ", ".join(train.loc[wrong, competition.id_column].head(5))
        where = f"{competition.train_file}: column {column!r}"
        raise DataError(
            f"{where}: {wrong.sum()} labels {what} (found {values}; first ids: {ids}); "
            "correct them, or see competition.label_values and competition.task"
        )


def _sorted_values(values: Iterable[str]) -> list[str]:
    """Sorted as numbers if all are numbers, else as text."""
    values = sorted(values)
    return sorted(values, key=float) if all(map(_is_number, values)) else values


def _listed(values: Iterable[str]) -> str:
    values = list(values)
    return ", ".join(repr(value) for value in values[:10]) + ", ..." * (len(values) > 10)


def _columns(columns: Sequence[str]) -> str:
    return f"column {columns[0]!r}" if len(columns) == 1 else f"columns {_listed(columns)}"
