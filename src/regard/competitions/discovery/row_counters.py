"""Recognise columns that number the rows, or only identify them.

Such a column tells nothing about new rows. Where train is sorted by its label, it even gives the
label away, so that out-of-fold scores are false.
"""

import re

import numpy as np
import pandas as pd

from regard.text.numbers import parse_numbers

_MIN_ROWS = 10  # with fewer, numbers in order or without repetition may be a coincidence
_MIN_FILLED = 0.9  # in parts of the rows
_MIN_CORRELATION = 0.95  # of ranks, between the numbers and the order of the rows
_MIN_DISTINCT = 0.95  # in parts of the rows
_MIN_REPETITIONS = 6.0  # pairs of equal numbers, if they were random in the same range
_MAX_REPETITIONS = 0.05  # in parts of these pairs
_MAX_PARTS = 20  # of a file that was joined from others, each with its row numbers
_MIN_STEPS = 0.9  # the share of rows of such a file that follow the one before them
_MIN_OUTSIDE = 0.9  # the share of test values outside train's range
_ID_DIGITS = 8  # whole numbers that all have so many digits are ids
_TIMES = (9e8, 2.2e9)  # seconds since 1970: from 1998 to 2039
_UNITS = (1, 1e3, 1e6, 1e9)  # seconds, milliseconds, microseconds, nanoseconds
# "row_0012" -> "row_", "0012", ""
_NUMBERED = re.compile(r"([^\d\s]*)(\d+)([^\d\s]*)", re.ASCII)


def explain_row_numbers(train: pd.Series, test: pd.Series) -> str:
    """Return why a column identifies rows instead of describing them; "" if it does not.

    Args:
        train: the cells of train in the order of the rows, str.
        test: the cells of test.

    Example:
        "4", "2", "3", ..., each number from 0 to 99 once -> "it counts the rows"
        "row_007", "row_008", ... -> "it counts the rows"
        "19.5", "3", "19.5", ... -> ""
    """
    values = _parse(train)
    if len(values) < max(_MIN_ROWS, _MIN_FILLED * len(train)):
        return ""
    others = _parse(test)
    distinct = np.unique(values)
    if _counts(values, distinct) or _restarts(values, distinct):
        return "it counts the rows"
    is_unique = len(distinct) >= _MIN_DISTINCT * len(values)
    if is_unique and abs(_rank_correlation(values)) >= _MIN_CORRELATION:
        return "its numbers follow the order of the rows"
    if _rarely_repeats(values) or _rarely_repeats(np.concatenate([values, others])):
        return "its whole numbers hardly ever repeat, as those of rows"
    return _explain_ids(values, others) if is_unique else ""


def _parse(cells: pd.Series) -> np.ndarray:
    """Return the numbers in the cells, without empty cells; none if a cell has no number.

    A word before or after the number must be the same in all cells.
    """
    filled = cells[cells.str.strip() != ""].str.strip()
    numbers = parse_numbers(filled)
    if np.isfinite(numbers).all():
        return numbers
    # Texts are refused first: of 100,000 letters without a blank, a search takes minutes.
    if not filled.str.fullmatch(_NUMBERED.pattern).all():
        return np.empty(0)
    parts = filled.str.extract(f"^{_NUMBERED.pattern}$")
    if parts[0].nunique() > 1 or parts[2].nunique() > 1:
        return np.empty(0)
    # Of several hundred digits, a number is infinite.
    found: np.ndarray = parts[1].astype(float).to_numpy()
    return found if np.isfinite(found).all() else np.empty(0)


def _counts(values: np.ndarray, distinct: np.ndarray) -> bool:
    """Return whether the numbers, in any order, have a constant step."""
    if len(distinct) < len(values):
        return False
    steps = np.diff(distinct)
    return bool(np.allclose(steps, steps[0], rtol=1e-6, atol=0.0))


def _restarts(values: np.ndarray, distinct: np.ndarray) -> bool:
    """Return whether a few row counts follow one another, as in files that were joined.

    Example:
        0 1 2 ... 99 0 1 2 ... 99 -> True; also if these rows are shuffled
    """
    if len(distinct) < 2 * _MIN_ROWS or not _are_whole(values):
        return False
    steps = np.diff(values)
    n_breaks = int((steps != 1).sum())
    if n_breaks < min(_MAX_PARTS, (1 - _MIN_STEPS) * len(values)):
        return True
    # Of parts of 150 and of 100 rows, the numbers up to 99 occur twice and the others once.
    counts = np.unique(values, return_counts=True)[1]
    is_dense = distinct[0] in (0, 1) and distinct[-1] - distinct[0] == len(distinct) - 1
    return bool(is_dense and counts[0] <= _MAX_PARTS and (np.diff(counts) <= 0).all())


def _rank_correlation(values: np.ndarray) -> float:
    """Return Spearman's correlation of the numbers with the order of the rows."""
    ranks = pd.Series(values).rank().to_numpy()
    return float(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1])


def _rarely_repeats(values: np.ndarray) -> bool:
    """Return whether whole numbers repeat far less often than random ones of the same range would.

    Example:
        300 different numbers from 1 to 400: about 112 pairs of random ones would be equal -> True
    """
    if not len(values) or not _are_whole(values):
        return False
    # Pairs of equal numbers.
    expected = len(values) * (len(values) - 1) / 2 / (np.ptp(values) + 1)
    counts = np.unique(values, return_counts=True)[1]
    found = (counts * (counts - 1) / 2).sum()
    return bool(expected >= _MIN_REPETITIONS and found <= _MAX_REPETITIONS * expected)


def _explain_ids(values: np.ndarray, others: np.ndarray) -> str:
    """Return why numbers that differ in nearly all rows seem to be times or ids; "" if not."""
    if len(others):
        outside = (others < values.min()) | (others > values.max())
        if outside.mean() >= _MIN_OUTSIDE:
            return "its numbers differ from row to row, and those of test are outside train's range"
    if not _are_whole(values):
        return ""
    if any(
        _TIMES[0] <= values.min() / unit and values.max() / unit <= _TIMES[1] for unit in _UNITS
    ):
        return "its numbers seem to be times"
    digits = np.floor(np.log10(np.maximum(np.abs(values), 1))) + 1
    if digits.min() == digits.max() >= _ID_DIGITS:
        return f"its numbers differ from row to row and all have {digits[0]:.0f} digits, as ids"
    return ""


def _are_whole(values: np.ndarray) -> bool:
    return bool((values % 1 == 0).all())
