"""A guessed setting with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Guess:
    """One setting of a competition's page.

    Attributes:
        key: a field of `CompetitionConfig`.
        value: the value of the setting.
        reason: why, in a few words; the comment of the setting on the page.
        doubt: open questions for the reader of the page, a line each; empty if there is none.
    """

    key: str
    value: Any
    reason: str
    doubt: str = ""


def list_some(values: Iterable[object], limit: int = 6) -> str:
    """Return the first few values as a list in words.

    Example:
        list_some(["a", "b", "c"], limit=2) -> "a, b and 1 more"
    """
    words = list(map(str, values))
    rest = f" and {len(words) - limit} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + rest


def line_numbers(table: pd.DataFrame, selected: pd.Series) -> list[int]:
    r"""Return the line of the CSV file on which each selected row starts.

    The file is assumed to have a header and no blank lines.

    Args:
        table: all columns str.
        selected: `(rows,)` bool.

    Example:
        rows ("1", "a\nb"), ("2", "c"), the second one selected -> [4]
    """
    # In the example, the rows take 2 and 1 lines. Without the header, they end on lines 2 and 3 and
    # start on lines 1 and 3; the header adds one line to each.
    n_breaks = table.apply(lambda cells: cells.str.count(r"\r\n|\r|\n")).sum(axis=1)
    first_lines = (n_breaks + 1).cumsum() - n_breaks + 1
    return list(map(int, first_lines[selected]))
