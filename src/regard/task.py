"""What is predicted: the labels, their order, and the activation and loss that fit them.

A network's outputs are probabilities `(rows, n_outputs)`. What the kinds of task differ in is said here and nowhere
else: labels to numbers, numbers to strata for the folds, probabilities back to the values of a submission.
"""

import logging
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regard.config import CompetitionConfig
from regard.errors import ConfigError, DataError

_log = logging.getLogger(__name__)

_ACTIVATION_AND_LOSS = {
    "binary": ("sigmoid", "binary_crossentropy"),
    "multi_class": ("softmax", "sparse_categorical_crossentropy"),
    "multi_label": ("sigmoid", "binary_crossentropy"),
}
_KNOWN_PAIRS = (("0", "1"), ("0.0", "1.0"), ("false", "true"), ("no", "yes"))


@dataclass(frozen=True)
class Task:
    """What is predicted.

    Attributes:
        kind: `binary`, `multi_class` or `multi_label`.
        label_names: what the outputs stand for, one name each: the classes, or the label columns.
        values: the cells that say no and yes in a label column; means nothing to multi_class.
    """

    kind: str
    label_names: tuple[str, ...]
    values: tuple[str, str] = ("0", "1")

    @property
    def n_outputs(self) -> int:
        """The number of probabilities of a row: one for binary, that of the positive value."""
        return len(self.label_names)

    @property
    def activation(self) -> str:
        """The Keras name of the activation of the outputs."""
        return _ACTIVATION_AND_LOSS[self.kind][0]

    @property
    def loss(self) -> str:
        """The Keras name of the loss."""
        return _ACTIVATION_AND_LOSS[self.kind][1]


def task_of(train: pd.DataFrame, competition: CompetitionConfig) -> Task:
    """Find out what is predicted from the labels of the train rows.

    Classes stand in the order of `competition.label_values` if given, else sorted, as numbers if all of them are.

    Args:
        train: all columns str.
        competition: the label columns, the kind of task, and the known values if any.

    Raises:
        ConfigError: `competition.label_values` cannot be those of this kind of task.
        DataError: labels are missing, or fewer than two differ, or their meaning cannot be told.

    Example:
        train["category"] of "b", "a", "b", task=multi_class -> label_names ("a", "b")
    """
    given = _given_values(competition)
    for column in competition.label_columns:
        _refuse(train, competition, column, (train[column] == "").to_numpy(), "are empty")
    if competition.task == "multi_class":
        column = competition.label_columns[0]
        classes = given or tuple(_sorted_values(train[column].unique()))
        _need_each(train, competition, column, classes)
        return Task("multi_class", classes)
    seen = set().union(*(train[column].unique() for column in competition.label_columns))
    values = given or _known_pair(seen, competition)
    for column in competition.label_columns:
        if competition.task == "binary":
            _need_each(train, competition, column, values)
        elif train[column].nunique() < 2:  # the submission wants it all the same
            where = f"{competition.train_file}: column {column!r}"
            _log.warning("%s has the value %s in every row, and so will its predictions", where, train[column].iloc[0])
    return Task(competition.task, tuple(competition.label_columns), (values[0], values[1]))


def encode_labels(train: pd.DataFrame, competition: CompetitionConfig, task: Task) -> np.ndarray:
    """Turn the label columns into numbers.

    Returns:
        multi_class: `(rows,)` int32, places in `task.label_names`; else `(rows, n_outputs)` float32 of 0 and 1.

    Raises:
        DataError: a label is none of the task's; the message gives the labels, how many rows have them and first ids.

    Example:
        "b", "a", "b" with label_names ("a", "b") -> [1, 0, 1]
    """
    known = task.label_names if task.kind == "multi_class" else task.values
    columns = []
    for column in competition.label_columns:
        codes = pd.Index(known).get_indexer(pd.Index(train[column]))
        _refuse(train, competition, column, codes < 0, f"are none of {_listed(known)}")
        columns.append(codes)
    if task.kind == "multi_class":
        labels = columns[0].astype(np.int32)
        counts = np.bincount(labels, minlength=task.n_outputs)
    else:
        labels = np.stack(columns, axis=1).astype(np.float32)
        counts = labels.sum(axis=0).astype(int)
    named = [f"{name} {count:,}" for name, count in zip(task.label_names, counts, strict=True)]
    _log.info("%s, rows per label: %s", task.kind, ", ".join(named[:20] + ["..."] * (len(named) > 20)))
    return labels


def strata(labels: np.ndarray, task: Task) -> np.ndarray:
    """Number the groups of rows whose shares the folds should keep.

    For multi_label these are the combinations of labels that occur.

    Returns:
        `(rows,)` int64.

    Example:
        multi_label [[0, 1], [1, 1], [0, 1]] -> [0, 1, 0]
    """
    if task.kind == "multi_class":
        return labels.astype(np.int64)
    _, combinations = np.unique(labels, axis=0, return_inverse=True)
    return combinations.reshape(-1).astype(np.int64)


def hard_labels(probabilities: np.ndarray, task: Task) -> np.ndarray:
    """Return the values that a submission of labels holds: the likeliest class, or yes from 0.5 upwards.

    Args:
        probabilities: `(rows, n_outputs)`.
        task: what is predicted.

    Returns:
        str as they stand in the label columns of train.csv, `(rows,)`; for multi_label `(rows, n_outputs)`.

    Example:
        multi_class ("a", "b") [[0.2, 0.8]] -> ["b"]
    """
    if task.kind == "multi_class":
        classes: np.ndarray = np.array(task.label_names)[probabilities.argmax(axis=1)]
        return classes
    values: np.ndarray = np.where(probabilities >= 0.5, task.values[1], task.values[0])
    return values[:, 0] if task.kind == "binary" else values


def _given_values(competition: CompetitionConfig) -> tuple[str, ...]:
    values = tuple(competition.label_values or ())
    if values and competition.task != "multi_class" and len(values) != 2:
        raise ConfigError(
            f"competition.label_values has {len(values)} values; for the task {competition.task} it is "
            "[negative value, positive value]"
        )
    if len(set(values)) < len(values) or len(values) == 1:
        raise ConfigError(f"competition.label_values=[{_listed(values)}] must be two or more values, each named once")
    return values


def _known_pair(seen: set[str], competition: CompetitionConfig) -> tuple[str, str]:
    """The negative and the positive value, where their meaning is plain."""
    for pair in _KNOWN_PAIRS:
        found = sorted((value for value in seen if value.lower() in pair), key=str.lower)
        if len(found) == 2 and found[0].lower() != found[1].lower():
            return found[0], found[1]
    where = f"{competition.train_file}: {_columns(competition.label_columns)}"
    raise DataError(
        f"{where}: the task {competition.task} needs two values such as 0 and 1, found {_listed(sorted(seen))}; "
        "set competition.label_values=[negative value, positive value], or another competition.task"
    )


def _need_each(train: pd.DataFrame, competition: CompetitionConfig, column: str, values: Sequence[str]) -> None:
    """Refuse a column that is the same in every row, or in which one of the values never stands."""
    seen = set(train[column])
    where = f"{competition.train_file}: column {column!r}"
    if len(seen) < 2:
        raise DataError(f"{where} has the value {_listed(seen)} in every row, so there is nothing to learn from it")
    missing = [value for value in values if value not in seen]
    if missing:
        raise DataError(f"{where} never has the value {_listed(missing)}, only {_listed(sorted(seen))}")


def _refuse(train: pd.DataFrame, competition: CompetitionConfig, column: str, wrong: np.ndarray, what: str) -> None:
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
    try:
        numbers = {value: float(value) for value in values}
    except ValueError:
        return values
    return sorted(values, key=numbers.__getitem__) if all(map(math.isfinite, numbers.values())) else values


def _listed(values: Iterable[str]) -> str:
    values = list(values)
    return ", ".join(repr(value) for value in values[:10]) + ", ..." * (len(values) > 10)


def _columns(columns: Sequence[str]) -> str:
    return f"column {columns[0]!r}" if len(columns) == 1 else f"columns {_listed(columns)}"
