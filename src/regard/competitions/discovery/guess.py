"""A setting with the reason for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Guess:
    """One setting of a competition's page.

    Attributes:
        key: of `CompetitionConfig`.
        value: what it is set to.
        reason: why, in a few words.
        doubt: what could not be decided, and what to look at; empty: nothing.
    """

    key: str
    value: Any
    reason: str
    doubt: str = ""


def listed(values: Iterable[object], most: int = 6) -> str:
    """Return the first few values in words.

    Example:
        listed(["a", "b", "c"], most=2) -> "a, b and 1 more"
    """
    words = list(map(str, values))
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def lines_of(table: pd.DataFrame, chosen: pd.Series) -> list[int]:
    r"""Return the line on which each chosen row starts, in a file with a header and without blank
    lines.

    Args:
        table: all columns str.
        chosen: `(rows,)` bool.

    Example:
        rows ("1", "a\nb"), ("2", "c"), the second one chosen -> [4]
    """
    breaks = table.apply(lambda cells: cells.str.count(r"\r\n|\r|\n")).sum(axis=1)
    starts = (breaks + 1).cumsum() - breaks + 1
    return list(map(int, starts[chosen]))
