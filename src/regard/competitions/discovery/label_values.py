"""The two values of a binary label."""

import pandas as pd

from regard.competitions.discovery.numeric_cells import are_numbers
from regard.tasks import KNOWN_PAIRS


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
    for negative, positive in KNOWN_PAIRS:
        if {value.lower() for value in counts.index} == {negative, positive}:
            return sorted(counts.index, key=lambda value: value.lower() == positive), ""
    if are_numbers(cells):
        return sorted(counts.index, key=float), "the greater number is assumed to be positive"
    # `value_counts` puts the most frequent value first.
    return list(counts.index), "the rarer value is assumed to be positive"
