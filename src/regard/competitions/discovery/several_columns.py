"""Guess the task of several label columns."""

import numpy as np
import pandas as pd

from regard.competitions.discovery.fractions import guess_fractions
from regard.competitions.discovery.guess import Guess, line_numbers, list_some
from regard.competitions.discovery.label_values import negative_and_positive
from regard.competitions.discovery.numeric_cells import are_numbers, have_fractions
from regard.errors import DataError
from regard.tasks.marks import read_columns
from regard.text.numbers import parse_numbers

_MIN_ROWS = 20  # fewer may sum to one by chance
_NEARLY_ALL = 0.95


def guess_columns(train: pd.DataFrame, columns: list[str], sample: pd.DataFrame) -> list[Guess]:
    """Guess the task of several label columns.

    Args:
        train: the train rows that have labels, all columns str.
        columns: the label columns.
        sample: the sample, all columns str.

    Raises:
        DataError: the labels fit no task.
    """
    cells = train[columns]
    marks = read_columns({column: cells[column] for column in columns})
    distinct = sorted(set(pd.concat([cells[column] for column in columns])))
    if marks is not None:
        codes = cells.apply(lambda column: column.map(marks[column.name])).to_numpy()
        reason = f"{len(columns)} label columns of {list_some(map(_shown, distinct))}"
        return _exclusive_or_not(train, codes, reason, sample[columns])
    values = pd.concat([cells[column] for column in columns])
    if len(distinct) == 2 and not (are_numbers(values) and have_fractions(values)):
        pair, assumption = negative_and_positive(values)
        doubt = f"label_values: {pair[1]} is assumed to be the positive label, not {pair[0]}"
        reason = f"{len(columns)} label columns of {list_some(distinct)}"
        task = _exclusive_or_not(
            train, (cells == pair[1]).to_numpy().astype(int), reason, sample[columns]
        )
        return [*task, Guess("label_values", pair, f"[negative, positive]: {assumption}", doubt)]
    if not are_numbers(values):
        raise DataError(
            f"the {len(columns)} label columns ({list_some(cells)}) have values such as "
            f"{list_some(distinct, 4)}; several label columns must hold 0 and 1 or "
            "numbers, so predict one of them at a time"
        )
    numbers = parse_numbers(values)
    span = f"{len(columns)} label columns of numbers from {numbers.min():g} to {numbers.max():g}"
    if numbers.min() < 0 or numbers.max() > 1:
        return [Guess("task", "regression", span)]
    sums = np.sum([parse_numbers(cells[column]) for column in columns], axis=0)
    if np.allclose(sums, 1.0, atol=1e-2):
        return [Guess("task", "soft_labels", f"{span}, which sum to one in every row")]
    return [guess_fractions(numbers, columns, span)]


def _exclusive_or_not(
    train: pd.DataFrame, codes: np.ndarray, reason: str, sample: pd.DataFrame
) -> list[Guess]:
    """Choose between classes that exclude one another and labels that do not.

    Args:
        train: the rows.
        codes: `(rows, columns)` of 0 and 1.
        reason: the columns and their values.
        sample: the label columns of the sample.
    """
    wrong = codes.sum(axis=1) != 1
    if len(codes) < _MIN_ROWS or wrong.mean() > 1 - _NEARLY_ALL:
        return [Guess("task", "multi_label", reason)]
    if wrong.any():
        lines = list_some(line_numbers(train, pd.Series(wrong, index=train.index)))
        doubt = (
            f"task: all rows but {wrong.sum()} have exactly one positive label (lines {lines}); if "
            "the labels exclude one another, correct these rows, and write task: multi_class, "
            "metric: log_loss and submit: probabilities"
        )
        return [Guess("task", "multi_label", reason, doubt)]
    doubt = (
        ""
        if _sums_to_one(sample)
        else "task: each row of train has exactly one positive label, so that a submission has "
        "rows that sum to one; if a row may have several, write task: multi_label and metric: "
        "mean_column_roc_auc, or f1_micro for labels"
    )
    reason = f"{reason}, of which exactly one is positive in every row"
    return [Guess("task", "multi_class", reason, doubt)]


def _sums_to_one(sample: pd.DataFrame) -> bool:
    numbers = np.stack([parse_numbers(sample[column]) for column in sample], axis=1)
    return bool(np.allclose(numbers.sum(axis=1), 1.0, atol=0.02))


def _shown(value: str) -> str:
    return value or "nothing"
