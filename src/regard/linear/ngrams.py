"""How often n-grams of words and of characters stand in texts."""

import functools
import itertools
from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from regard.text import clean, tokenize

Matrix = Any  # scipy.sparse.csr_array
Analyser = Callable[[str], list[str]]

_CHARACTERS = (2, 5)  # the shortest and the longest n-gram of characters


@dataclass(frozen=True, eq=False)
class Ngrams:
    """How often n-grams stand in texts.

    Attributes:
        counts: csr `(rows, terms)` of a text of each row; two of them for a pair, whose texts share
            their terms.
        terms: the n-grams, in the order of the columns.
    """

    counts: tuple[Matrix, ...]
    terms: list[str]


def count_ngrams(
    columns: Sequence[Sequence[str]], steps: Sequence[str], *, characters: bool, paired: bool
) -> tuple[Ngrams, ...]:
    """Count the n-grams of words, one and two, and of characters within words, two to five.

    Where a text begins and ends counts as a word of pairs: what a question begins with tells its
    kind.

    Args:
        columns: the texts, column by column.
        steps: `text.cleaning`; those of tokens, stop_words and stemming, change no n-grams of
            characters.
        characters: whether those of characters are counted.
        paired: whether two columns share their n-grams.

    Example:
        [["a sea"]], no characters -> terms "a", "sea", " a", "a sea", "sea ", each once
    """
    together = [columns] if paired else [[column] for column in columns]
    found = []
    for texts in together:
        found.append(_counted(texts, functools.partial(_words, steps=steps)))
        if characters:
            found.append(_counted(texts, _character_analyser(steps)))
    return tuple(found)


def _words(text: str, steps: Sequence[str]) -> list[str]:
    """The words of a text and the pairs of neighbours, of which the first and the last are a word and an end."""
    words = tokenize(text, steps)
    return words + list(map(" ".join, pairwise(["", *words, ""])))


def _character_analyser(steps: Sequence[str]) -> Analyser:
    from sklearn.feature_extraction.text import CountVectorizer

    split = CountVectorizer(
        analyzer="char_wb", ngram_range=_CHARACTERS, lowercase=False
    ).build_analyzer()
    return lambda text: split(clean(text, steps))


def _counted(texts: Sequence[Sequence[str]], analyser: Analyser) -> Ngrams:
    """The n-grams of one column, or of two that share them."""
    from scipy.sparse import csr_array

    places = defaultdict[str, int](itertools.count().__next__)
    found, lengths = array("i"), array("q", [0])
    for text in itertools.chain.from_iterable(texts):
        terms = analyser(text)
        found.extend(map(places.__getitem__, terms))
        lengths.append(len(terms))
    data = np.ones(len(found), np.float32)
    counts = csr_array(
        (data, np.array(found), np.cumsum(lengths)), shape=(len(lengths) - 1, len(places))
    )
    counts.sum_duplicates()
    n_rows = len(texts[0])
    parts = (counts[place * n_rows : (place + 1) * n_rows] for place in range(len(texts)))
    return Ngrams(tuple(parts), list(places))
