"""The two values of a binary label."""

import pandas as pd

from regard.competitions.discovery.numeric_cells import are_numbers
from regard.tasks.marks import read_marks
from regard.text.numbers import parse_numbers


def negative_and_positive(cells: pd.Series) -> tuple[list[str], str]:
    """Return the negative and the positive value of a column with two values.

    Args:
        cells: the labels, two distinct values.

    Returns:
        The two values, and the reason if the choice is an assumption; else "".

    Example:
        no, yes, yes -> (["no", "yes"], "")
        ham, ham, spam -> (["ham", "spam"], "the rarer value is assumed to be positive")
    """
    counts = cells.value_counts()
    marks = read_marks(set(counts.index))
    if marks is not None and set(marks.values()) == {0, 1}:
        return sorted(counts.index, key=lambda value: marks[value]), ""
    if are_numbers(cells):
        numbers = dict(zip(counts.index, parse_numbers(counts.index), strict=True))
        return (
            sorted(counts.index, key=lambda value: numbers[value]),
            "the greater number is assumed to be positive",
        )
    # `value_counts` puts the most frequent value first.
    return list(counts.index), "the rarer value is assumed to be positive"
