"""A setting with the reason for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


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
