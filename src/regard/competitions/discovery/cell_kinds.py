"""Recognise columns whose cells are codes, addresses, dates or structures instead of words."""

import pandas as pd

# The kinds of cells by a pattern that a whole cell matches, and the share of cells that must.
# "e7f3-91ab", "user_17" and "0007" are codes; a word of letters alone is none.
_KINDS = {
    "codes": (r"(?=[!-~]*\d)[!-~]+", 0.9),
    "web addresses": (r"(?i:https?://|www\.)\S+", 0.9),
    "dates": (
        r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]\d{1,2}:\d{2}.*)?"
        r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?: \d{1,2}:\d{2}.*)?",
        0.9,
    ),
    "structures": (r"(?s:\{.*[:}].*\}|\[.*[,{\"'].*\]|\[\]|\{\})", 0.9),
}
_HTML = r"<(?:p|br|div|span|a|b|i|li|ul|td|tr|h\d|strong|em)\b[^<>]*>"
_MIN_HTML = 0.3  # the share of cells with a tag
_SAMPLE_SIZE = 2000


def kind_of_cells(cells: pd.Series) -> str:
    """Return the kind of cells that are not words: a key of `_KINDS`, or "".

    Args:
        cells: the cells that are not empty, str.

    Example:
        "https://a.org/1", "https://b.org" -> "web addresses"
    """
    sample = _draw(cells)
    # Later kinds are narrower: a date or an address without blanks is a code as well.
    found = ""
    for kind, (pattern, share) in _KINDS.items():
        if len(sample) and sample.str.strip().str.fullmatch(pattern).mean() >= share:
            found = kind
    return found


def have_tags(cells: pd.Series) -> bool:
    """Return whether many cells hold tags of HTML."""
    sample = _draw(cells)
    return bool(len(sample) and sample.str.contains(_HTML, case=False).mean() >= _MIN_HTML)


def _draw(cells: pd.Series) -> pd.Series:
    return cells.sample(min(len(cells), _SAMPLE_SIZE), random_state=0)
