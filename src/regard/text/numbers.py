"""Numbers as people write them: with a decimal point or comma, thousands separators, signs.

Labels, numeric columns and submissions are all read by these functions, so that they agree on what
a number is.
"""

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd

DECIMALS = (".", ",")

# Besides the other one of point and comma, thousands are grouped by apostrophes, and before a
# decimal comma by blanks. Numbers with blanks between them are more often several labels.
_GROUPS = {".": "'\u2019", ",": " '\u2019"}
_CURRENCY = "(?:\\s*[$\u20ac\u00a3\u00a5\u20b9]\\s*)?"


def _number_pattern(decimal: str) -> re.Pattern[str]:
    other = DECIMALS[1 - DECIMALS.index(decimal)]
    # One separator throughout: 1,234,567 is a number, and neither 1,234'567 nor 0,123 is.
    grouped = rf"[1-9]\d{{0,2}}(?P<group>[{other}{_GROUPS[decimal]}])\d{{3}}(?:(?P=group)\d{{3}})*"
    point = re.escape(decimal)
    return re.compile(
        rf"(?P<sign>[+-]?){_CURRENCY}(?P<whole>{grouped}|\d+)?(?:{point}(?P<rest>\d*))?"
        rf"(?P<power>[eE][+-]?\d+)?\s*(?:%|{_CURRENCY})"
    )


_PATTERNS = {decimal: _number_pattern(decimal) for decimal in DECIMALS}


def plain_number(cell: str, decimal: str = ".") -> str | None:
    """Return a number as Python writes it, without thousands separators and other signs.

    Returns:
        None if the cell is not a finite number.

    Example:
        "1.234,50 %" with the decimal "," -> "1234.50"; "1,234" with the decimal "." -> "1234"
    """
    # Full-width digits and the true minus sign are those of spreadsheets.
    text = unicodedata.normalize("NFKC", cell.strip()).replace("\u2212", "-")
    match = _PATTERNS[decimal].fullmatch(text)
    if match is None or not (match["whole"] or match["rest"]):
        return None
    whole = re.sub(r"\D", "", match["whole"] or "0")
    rest = f".{match['rest']}" if match["rest"] else ""
    number = f"{match['sign'].strip('+')}{whole}{rest}{match['power'] or ''}"
    return number if np.isfinite(float(number)) else None


def parse_numbers(cells: Iterable[str], decimal: str = ".") -> np.ndarray:
    """Parse cells as numbers.

    Args:
        cells: `(rows,)` str.
        decimal: "." or ",", the mark before the fraction.

    Returns:
        `(rows,)` float64; NaN for a cell that is not a finite number.

    Example:
        "3,5", "1.234,5", "x" with the decimal "," -> [3.5, 1234.5, NaN]
    """
    texts = pd.Series(list(cells), dtype="str")
    values = np.full(len(texts), np.nan)
    if decimal == ".":
        # pandas reads plain numbers much faster, and they are nearly all numbers.
        values = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64, copy=True)
        values[~np.isfinite(values)] = np.nan
    rest = np.isnan(values)
    if rest.any():
        known = {cell: plain_number(cell, decimal) for cell in texts[rest].unique()}
        numbers = {cell: np.nan if text is None else float(text) for cell, text in known.items()}
        values[rest] = texts[rest].map(numbers).to_numpy(np.float64)
    return values


def written_with(cells: Iterable[str]) -> str | None:
    """Return the decimal mark that the fractions of cells show; None if they show none.

    Example:
        "3,5", "4" -> ","; "3", "4" -> None
    """
    texts = list(cells)
    for decimal in DECIMALS:
        numbers = [text for text in texts if plain_number(text, decimal) is not None]
        if len(numbers) == len(texts) and any(decimal in text for text in numbers):
            return decimal
    return None
