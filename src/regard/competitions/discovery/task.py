"""Guess the task from the labels."""

import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.label_order import measure_order
from regard.competitions.discovery.label_values import negative_and_positive
from regard.competitions.discovery.labels import Labels
from regard.competitions.discovery.numeric_cells import (
    are_numbers,
    describe_mistakes,
    have_fractions,
)
from regard.errors import DataError
from regard.tasks import KNOWN_PAIRS

_MAX_CLASSES = 20  # more whole numbers than that are amounts; more words may be mistakes
_MIN_RANKS = 4
_MAX_CLASS_SHARE = 0.5  # distinct labels in parts of the rows; with more, they are free text
# Words in the name of a column of whole numbers: of a scale, and of classes without an order.
_SCALE_WORD = re.compile(
    "scores?|ratings?|stars?|grades?|points|level|rank|degree|relevance|relatedness|similarity|"
    "sentiment|polarity|quality|severity|difficulty|intensity"
)
_CLASS_WORD = re.compile(
    "class|classes|category|categories|type|topic|author|cluster|genre|intent|subject|section|"
    "language|code|id"
)
_SAMPLE_SIZE = 5000  # rows on which the order of labels is tested
_MIN_ROWS_PER_LABEL = 3
# Labels are ordered if the mean distance of the mistakes is below this ratio of that of random
# ones, and if this share of all orders of the labels is as good.
_MAX_RATIO = 0.95
_MAX_SHARE = 0.05


def guess_task(train: pd.DataFrame, texts: Sequence[str], labels: Labels) -> list[Guess]:
    """Guess the task, and the label values if their order or meaning is not obvious.

    Args:
        train: the train rows that have labels, all columns str.
        texts: one text for each of these rows.
        labels: the label columns.

    Raises:
        DataError: the labels are all the same, or fit no task.
    """
    if len(labels.columns) > 1:
        return _guess_task_of_columns(train[labels.columns])
    cells = train[labels.columns[0]]
    _check_labels_differ(cells, labels.columns[0])
    if labels.column_per_class:
        reason = f"the sample has a column for each of the {cells.nunique()} classes"
        return [Guess("task", "multi_class", reason)]
    if cells.nunique() == 2:
        return _guess_binary(cells)
    if not are_numbers(cells):
        return [_guess_classes(cells, labels.columns[0])]
    numbers = sorted(set(map(float, cells.unique())))
    span = f"from {numbers[0]:g} to {numbers[-1]:g}"
    if have_fractions(cells):
        task = "soft_labels" if numbers[0] >= 0 and numbers[-1] <= 1 else "regression"
        return [Guess("task", task, f"numbers with fractions {span}")]
    summary = f"{len(numbers)} whole numbers {span}"
    return [_guess_whole_numbers(cells, numbers, summary, texts, labels.columns[0])]


def _guess_task_of_columns(cells: pd.DataFrame) -> list[Guess]:
    """Guess the task of several label columns."""
    values = pd.concat([cells[column] for column in cells])
    distinct = set(values)
    if any({value.lower() for value in distinct} <= set(pair) for pair in KNOWN_PAIRS):
        reason = f"{len(cells.columns)} label columns of {list_some(sorted(distinct))}"
        return [Guess("task", "multi_label", reason)]
    if not are_numbers(values):
        raise DataError(
            f"the {len(cells.columns)} label columns ({list_some(cells)}) have values such as "
            f"{list_some(sorted(distinct), 4)}; several label columns must hold 0 and 1 or "
            "numbers, so predict one of them at a time"
        )
    numbers = values.astype(float)
    reason = (
        f"{len(cells.columns)} label columns of numbers from {numbers.min():g} to {numbers.max():g}"
    )
    task = "soft_labels" if numbers.between(0, 1).all() else "regression"
    return [Guess("task", task, reason)]


def _check_labels_differ(cells: pd.Series, column: str) -> None:
    """Raise a DataError for labels that are all the same."""
    values = cells.unique()
    if len(values) < 2:
        found = f"{values[0]!r} in every row" if len(values) else "no label in any row"
        raise DataError(f"the label column {column!r} has {found}; there is nothing to learn")


def _guess_binary(cells: pd.Series) -> list[Guess]:
    """Return the task of two values, and the values if the positive one is not obvious."""
    values, assumption = negative_and_positive(cells)
    counts = cells.value_counts()
    rows = ", ".join(f"{value} in {counts[value]:,} rows" for value in values)
    task = Guess("task", "binary", f"two values: {rows}")
    if not assumption:
        return [task]
    negative, positive = values
    doubt = (
        ""
        if are_numbers(cells)
        else f"label_values: {positive} is assumed to be the positive label, not {negative}"
    )
    return [task, Guess("label_values", values, f"[negative, positive]: {assumption}", doubt)]


def _guess_classes(cells: pd.Series, column: str) -> Guess:
    """Return the task of labels that are not all numbers, after a look for mistakes."""
    values = sorted(cells.unique())
    mistakes = describe_mistakes(cells)
    if mistakes and len(values) > _MAX_CLASSES:
        raise DataError(
            f"the label column {column!r} holds numbers except in {mistakes}; correct them"
        )
    if len(values) > max(_MAX_CLASSES, _MAX_CLASS_SHARE * len(cells)):
        raise DataError(
            f"the label column {column!r} has {len(values):,} different words in {len(cells):,} "
            "rows, too many for classes; give it classes or numbers"
        )
    doubt = (
        f"task: the labels are numbers except in {mistakes}; correct them, or keep multi_class"
        if mistakes
        else ""
    )
    reason = f"{len(values)} values that are not numbers: {list_some(values)}"
    return Guess("task", "multi_class", reason, doubt)


def _guess_whole_numbers(
    cells: pd.Series, numbers: Sequence[float], summary: str, texts: Sequence[str], column: str
) -> Guess:
    """Choose between classes, ranks and amounts.

    The column's name and the number of distinct values decide; if they leave it open, the mistakes
    of a quick model do.
    """
    # "medianRelevance" -> median, relevance; "star_rating" -> star, rating
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", column)}
    if any(map(_CLASS_WORD.fullmatch, words)):
        return Guess("task", "multi_class", f"{summary}; the name {column} suggests classes")
    if len(numbers) > _MAX_CLASSES:
        return Guess("task", "regression", f"{summary}: too many for classes")
    if any(map(_SCALE_WORD.fullmatch, words)):
        return Guess("task", "ordinal", f"{summary}; the name {column} suggests a scale")
    is_consecutive = list(numbers) == list(np.arange(numbers[0], numbers[-1] + 1))
    if not is_consecutive or len(numbers) < _MIN_RANKS:
        return Guess("task", "multi_class", f"{summary}; the name {column} suggests no scale")
    return _guess_by_mistakes(cells, texts, summary)


def _guess_by_mistakes(cells: pd.Series, texts: Sequence[str], summary: str) -> Guess:
    """Choose between ranks and classes by whether a quick model confuses neighbouring labels."""
    rows = np.random.default_rng(0).permutation(len(cells))[:_SAMPLE_SIZE]
    codes = cells.astype(float).astype(int).to_numpy()
    codes = codes[rows] - codes.min()
    order = None
    if np.bincount(codes).min() >= _MIN_ROWS_PER_LABEL:
        order = measure_order(codes, [texts[row] for row in rows])
    if order is None:
        doubt = (
            "task: too few rows to find out whether the labels are ordered; write multi_class if "
            "they are not"
        )
        return Guess("task", "ordinal", f"{summary}, assumed to be a scale", doubt)
    ratio, share = order
    figure = (
        "the mistakes of a quick model are nearer to the true label than in "
        f"{1 - share:.0%} of other label orders"
    )
    # Few labels have few orders; in the reverse one, the neighbours are the same.
    max_share = max(_MAX_SHARE, 2 / math.factorial(int(codes.max()) + 1))
    if ratio <= _MAX_RATIO and share <= max_share:
        return Guess("task", "ordinal", f"{summary}; {figure}")
    return Guess("task", "multi_class", f"{summary}; {figure}, too few for a scale")
