"""Readability of a text.

LIX and the index of Coleman and Liau count letters, so they need no dictionary and work in many
languages. The reading ease of Flesch counts syllables, which the package pyphen finds.
"""

import functools
import importlib
import re
from typing import Any

import numpy as np

from regard.data.words import find_words, mean_word_length
from regard.errors import ConfigError

_LONG = 6  # letters; longer words are hard to read
_SENTENCE_END = re.compile("[.!?\u2026\u3002\uff01\uff1f]+(?=\\s|[\"')\\]\u201d\u2019]|$)|\n+")


def count_sentences(text: str) -> int:
    """Return the number of sentences, at least 1.

    Example:
        "It rains. Stay at home!" -> 2
    """
    return max(sum(bool(find_words(part)) for part in _SENTENCE_END.split(text)), 1)


def lix(text: str) -> float:
    """Return the logarithm of LIX: words per sentence, plus the percentage of long words.

    Reference:
        Bjornsson (1968), Lasbarhet.
    """
    words = find_words(text)
    n_long = sum(len(word) > _LONG for word in words)
    value = len(words) / count_sentences(text) + 100 * n_long / max(len(words), 1)
    return float(np.log1p(value))


def coleman_liau(text: str) -> float:
    """Return the index of Coleman and Liau, the years of school that a text asks for.

    Reference:
        Coleman & Liau (1975), A computer readability formula designed for machine scoring.
    """
    n_words = max(len(find_words(text)), 1)
    return 5.88 * mean_word_length(text) - 29.6 * count_sentences(text) / n_words - 15.8


def syllables_of_word(text: str) -> float:
    """Return the mean number of syllables in a word; 0 without words.

    Raises:
        ConfigError: pyphen is not installed.
    """
    words = find_words(text.lower())
    return sum(map(_count_syllables, words)) / max(len(words), 1)


def flesch(text: str) -> float:
    """Return the reading ease of Flesch, divided by 100: about 1 for easy texts, 0 for hard ones.

    Raises:
        ConfigError: pyphen is not installed.

    Reference:
        Flesch (1948), A new readability yardstick.
    """
    per_sentence = len(find_words(text)) / count_sentences(text)
    return 2.06835 - 0.01015 * per_sentence - 0.846 * syllables_of_word(text)


@functools.lru_cache(maxsize=2**16)
def _count_syllables(word: str) -> int:
    """Return the number of syllables: one more than the places where a word may be parted."""
    return len(_hyphenator().positions(word)) + 1


@functools.cache
def _hyphenator() -> Any:
    try:
        pyphen = importlib.import_module("pyphen")
    except ModuleNotFoundError:
        raise ConfigError(
            "features.text_statistics has syllables, which needs the package pyphen; run: pip "
            "install pyphen, or leave syllables out"
        ) from None
    # Parts of one letter count as syllables, too.
    return pyphen.Pyphen(lang="en_US", left=1, right=1)
