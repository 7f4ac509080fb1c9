"""Guess the task from the labels."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from regard.competitions.discovery.fractions import guess_fractions
from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.label_order import measure_order
from regard.competitions.discovery.label_values import negative_and_positive
from regard.competitions.discovery.labels import Labels
from regard.competitions.discovery.numeric_cells import (
    are_numbers,
    describe_mistakes,
    have_fractions,
)
from regard.competitions.discovery.several_columns import guess_columns
from regard.competitions.discovery.spellings import (
    doubt_of_dates,
    doubt_of_marks,
    doubt_of_order,
    doubt_of_units,
    merge_variants,
)
from regard.competitions.discovery.tags import (
    find_tags,
    is_name_of_tags,
    tags_doubt,
    tags_guesses,
)
from regard.errors import DataError
from regard.tasks import TASKS
from regard.tasks.marks import read_marks
from regard.text.numbers import parse_numbers

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


def guess_task(
    train: pd.DataFrame, texts: Sequence[str], labels: Labels, sample: pd.DataFrame
) -> list[Guess]:
    """Guess the task, and the settings by which its labels are read.

    Args:
        train: the train rows that have labels, all columns str.
        texts: one text for each of these rows.
        labels: the label columns.
        sample: the sample, all columns str.

    Raises:
        DataError: the labels are all the same, or fit no task.
    """
    if len(labels.columns) > 1:
        return guess_columns(train, labels.columns, sample)
    (column,) = labels.columns
    cells = train[column]
    _check_labels_differ(cells, column)
    tags = find_tags(cells, labels.predicted, column)
    if tags is not None and (tags.sure or is_name_of_tags(column)):
        return tags_guesses(tags, column)
    if labels.column_per_class:
        reason = f"the sample has a column for each of the {cells.nunique()} classes"
        return [Guess("task", "multi_class", reason)]
    marks = read_marks(set(cells))
    if cells.nunique() == 2 or (marks is not None and set(marks.values()) == {0, 1}):
        return _guess_binary(cells)
    shown = set(sample[labels.predicted[0]]) if labels.predicted[0] in sample else set()
    merged, spelled = merge_variants(cells, shown)
    found = _guess_one_column(merged, texts, column)
    if tags is not None:
        found = [_with_doubt(found[0], tags_doubt(tags)), *found[1:]]
    if not TASKS[found[0].value].has_classes:
        return found  # numbers have any spelling
    if len(found) == 1 or not spelled:
        return [*found, *spelled]
    # A binary label has its values already.
    return [found[0], _with_doubt(found[1], spelled[0].doubt)]


def _guess_one_column(cells: pd.Series, texts: Sequence[str], column: str) -> list[Guess]:
    """Guess the task of one column with one label in each cell."""
    if cells.nunique() == 2:
        return _guess_binary(cells, give_values=True)
    # 01 and 007 are codes, not amounts.
    if not are_numbers(cells) or cells.str.fullmatch(r"0\d+").any():
        return [_guess_classes(cells, column)]
    values = parse_numbers(cells)
    numbers = sorted(set(values.tolist()))
    span = f"from {numbers[0]:g} to {numbers[-1]:g}"
    if have_fractions(cells):
        found = f"numbers with fractions {span}"
        if numbers[0] >= 0 and numbers[-1] <= 1:
            return [guess_fractions(values, [column], found)]
        return [Guess("task", "regression", found)]
    summary = f"{len(numbers)} whole numbers {span}"
    return [_guess_whole_numbers(cells, numbers, summary, texts, column)]


def _with_doubt(guess: Guess, doubt: str) -> Guess:
    return replace(guess, doubt="; ".join(filter(None, (guess.doubt, doubt))))


def _check_labels_differ(cells: pd.Series, column: str) -> None:
    """Raise a DataError for labels that are all the same."""
    values = cells.unique()
    if len(values) < 2:
        found = f"{values[0]!r} in every row" if len(values) else "no label in any row"
        raise DataError(f"the label column {column!r} has {found}; there is nothing to learn")


def _guess_binary(cells: pd.Series, *, give_values: bool = False) -> list[Guess]:
    """Return the task of two values, and the values if the positive one is not obvious.

    Args:
        cells: the labels, of two values, or marks for yes and no.
        give_values: whether the values are given even so, as other spellings stand for them.
    """
    counts = cells.value_counts()
    rows = ", ".join(f"{value or 'nothing'} in {counts[value]:,} rows" for value in counts.index)
    if cells.nunique() > 2:
        return [Guess("task", "binary", f"marks for yes and no: {rows}", doubt_of_marks(cells))]
    values, assumption = negative_and_positive(cells)
    negative, positive = values
    rows = ", ".join(f"{value or 'nothing'} in {counts[value]:,} rows" for value in values)
    task = Guess("task", "binary", f"two values: {rows}", _doubt_of_empty(values))
    if not assumption and not give_values:
        return [task]
    doubt = (
        ""
        if are_numbers(cells) or not assumption
        else f"label_values: {positive} is assumed to be the positive label, not {negative}"
    )
    reason = assumption or "marks for no and yes"
    return [task, Guess("label_values", values, f"[negative, positive]: {reason}", doubt)]


def _doubt_of_empty(values: Sequence[str]) -> str:
    """Return the doubt about empty cells next to a word for yes, other than a cross."""
    negative, positive = values
    if negative or not positive.isalnum() or positive.lower() == "x":
        return ""
    return (
        f"task: empty cells are assumed to mean no, next to {positive}; if these rows have no "
        "label, give them one"
    )


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
            f"rows, such as {values[0]!r}, too many for classes; give it classes or plain numbers"
        )
    doubt = (
        f"task: the labels are numbers except in {mistakes}; correct them, or keep multi_class"
        if mistakes
        else doubt_of_order(values) or doubt_of_dates(cells, column) or doubt_of_units(values)
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
    codes = parse_numbers(cells).astype(int)
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
