"""Formats of the values on the page: filters of the templates."""

import datetime
import re

import numpy as np
from markupsafe import Markup

from regard.text.harmful import without_harmful

_MAX_WORDS = 60
_MAX_CHARACTERS = 600


def replace_harmful(value: object) -> str:
    r"""Replace characters that are not allowed in HTML or that reorder the text after them.

    Returns:
        Markup unchanged, since a template made it; anything else as str, not escaped yet.

    Example:
        "a\x00b" -> "a\ufffdb"
    """
    return value if isinstance(value, Markup) else without_harmful(str(value))


def excerpt(text: str) -> str:
    """Return the first words on one line."""
    # One piece more than is shown tells whether the text goes on; a long text is not split whole.
    words = text.split(maxsplit=_MAX_WORDS)
    start = " ".join(words[:_MAX_WORDS])
    is_whole = len(words) <= _MAX_WORDS and len(start) <= _MAX_CHARACTERS
    return start if is_whole else f"{start[:_MAX_CHARACTERS]} …"


def code(value: object) -> str:
    r"""Return a value as a code span of Markdown on one line, which nothing in it can end.

    Example:
        "two\nlines" -> "`two lines`", "a`b" -> "``a`b``"
    """
    text = " ".join(replace_harmful(str(value)).split()) or '""'
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    # Spaces keep backticks at the ends apart from the fence; Markdown drops one on each side.
    space = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{space}{text}{space}{fence}"


def code_cell(value: object) -> str:
    r"""Return a value as a code span in a table, whose columns | would divide even there.

    Example:
        "a|b" -> r"`a\|b`"
    """
    return code(value).replace("|", r"\|")


def decimal(value: float) -> str:
    """Return four decimals, or a dash for NaN.

    Example:
        0.97816 -> "0.9782"
    """
    return "-" if np.isnan(value) else f"{value:.4f}"


def thousands(value: int) -> str:
    """Return a count with separators.

    Example:
        4905869 -> "4,905,869"
    """
    return f"{value:,}"


def percent(share: float, digits: int = 1) -> str:
    """Return a share from 0 to 1 as a percentage.

    Example:
        0.914 -> "91.4%"
    """
    return f"{share:.{digits}%}"


def duration(seconds: float) -> str:
    """Return a duration in at most two units.

    Example:
        75.2 -> "1 min 15 s"
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def minute(time: str) -> str:
    """Return an ISO 8601 time without its seconds.

    Example:
        "2025-03-02T10:41:07+00:00" -> "2025-03-02 10:41 UTC"
    """
    return f"{datetime.datetime.fromisoformat(time):%Y-%m-%d %H:%M %Z}"


FILTERS = {
    function.__name__: function
    for function in (code, code_cell, decimal, thousands, percent, duration, minute)
}
