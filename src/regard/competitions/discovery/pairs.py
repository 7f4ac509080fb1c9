"""Recognise two text columns that are compared with each other, by their names."""

import re
from typing import NamedTuple

# Words in the names of two columns, and whether the order of the two texts is arbitrary.
_PAIRED_WORDS = (
    ("first", "second", True),
    ("left", "right", True),
    ("premise", "hypothesis", False),
    ("anchor", "target", False),
    ("source", "target", False),
    ("query", "document", False),
    ("query", "passage", False),
    ("question", "answer", False),
)


class TextPair(NamedTuple):
    """Two text columns that are compared.

    Attributes:
        first: the column that is read first.
        second: the other column.
        symmetric: whether the order of the two is arbitrary.
    """

    first: str
    second: str
    symmetric: bool


def match_pair(one: str, other: str) -> TextPair | None:
    """Return two columns as a pair if their names match, else None.

    Names match if they differ only by a digit or letter at one end, or by two words that are known
    to go together.

    Example:
        question1, question2 -> (question1, question2, symmetric)
        hypothesis, premise -> (premise, hypothesis, not symmetric)
    """
    for first_word, second_word, symmetric in _PAIRED_WORDS:
        for first, second in ((one, other), (other, one)):
            # left_text, right_text -> _text, _text
            rest = first.lower().replace(first_word, "")
            other_rest = second.lower().replace(second_word, "")
            if first_word in first.lower() and rest == other_rest:
                return TextPair(first, second, symmetric)
    if _stems(one) & _stems(other):
        return TextPair(one, other, True)
    return None


def _stems(name: str) -> set[str]:
    """Return the name, and the name without a digit or single letter at its end or start.

    A mark records the end at which something may be missing, so that `1_text` and `text_1` differ.

    Example:
        "text1" -> {"text1>", "text>"}; "text" -> {"text>"}; "a_text" -> {"a_text>", "text<"}
    """
    end = re.fullmatch(r"(.*?)(?:[\W_]*\d+|[\W_][A-Za-z]|(?<=[a-z])[A-Z])", name)
    start = re.fullmatch(r"(?:\d+[\W_]*|[A-Za-z][\W_])(.*)", name)
    stems = {
        f"{match[1]}{mark}" for match, mark in ((end, ">"), (start, "<")) if match and match[1]
    }
    return stems | {f"{name}>"}
