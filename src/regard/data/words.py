"""Words of a raw text, for statistics."""

import re

_WORDS = re.compile(r"\w+")


def find_words(text: str) -> list[str]:
    """Return the words of a text: runs of letters, digits and underscores."""
    return _WORDS.findall(text)


def mean_word_length(text: str) -> float:
    """Return the mean number of letters and digits in a word; 0 without words.

    Example:
        "an example" -> 4.5
    """
    words = find_words(text)
    return sum(map(len, words)) / max(len(words), 1)
