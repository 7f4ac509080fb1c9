"""Recognise columns of numbers, also those with a few mistakes in them."""

import numpy as np
import pandas as pd

from regard.text.numbers import parse_numbers

NEARLY_ALL = 0.98  # with at least this share of numbers, the other cells are mistakes


def is_number(cells: pd.Series) -> pd.Series:
    """Return whether each cell is a finite number."""
    numbers = parse_numbers(cells)
    return pd.Series(np.isfinite(numbers), cells.index)


def are_numbers(cells: pd.Series) -> bool:
    """Return whether every cell is a finite number."""
    return bool(is_number(cells).all())


def have_fractions(cells: pd.Series) -> bool:
    """Return whether one of the numbers is not whole."""
    return bool((parse_numbers(cells) % 1 != 0).any())


def describe_mistakes(cells: pd.Series) -> str:
    """Describe the few cells that are not numbers where nearly all others are.

    Returns:
        A phrase such as "1 of 60 cells (first: 'abc')", or "" if there are no such cells or many.
    """
    mistakes = cells[~is_number(cells)]
    if not 0 < len(mistakes) <= (1 - NEARLY_ALL) * len(cells):
        return ""
    return f"{len(mistakes)} of {len(cells):,} cells (first: {mistakes.iloc[0]!r})"
