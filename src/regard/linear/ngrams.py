"""Counts of n-grams of words and of characters."""

import functools
import itertools
from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from regard.text import Steps, Tokenizer, as_tokenizer

Matrix = Any  # scipy.sparse.csr_array
Analyser = Callable[[str], list[str]]

CHARACTERS = (2, 5)  # the lengths of the shortest and the longest n-gram of characters


@dataclass(frozen=True, eq=False)
class Ngrams:
    """The n-grams of texts, counted.

    Attributes:
        counts: csr `(rows, terms)` for each text column; two for a pair of texts, which share their
            terms.
        terms: the n-grams, in the order of the columns.
    """

    counts: tuple[Matrix, ...]
    terms: list[str]


def count_ngrams(
    columns: Sequence[Sequence[str]], steps: Steps, *, characters: bool, paired: bool
) -> tuple[Ngrams, ...]:
    """Count n-grams of one and two words, and of two to five characters within words.

    The start and the end of a text count as words in pairs: the first word of a question shows its
    kind.

    Args:
        columns: the texts, column by column.
        steps: a tokenizer, or its cleaning steps; steps on tokens (stop_words and stemming) leave
            n-grams of characters unchanged.
        characters: whether n-grams of characters are counted.
        paired: whether the two columns share their n-grams.

    Returns:
        Those of words, then those of characters if any, of the first text column; then of the next.

    Example:
        [["a sea"]], no characters -> terms "a", "sea", " a", "a sea", "sea ", each once
    """
    tokenizer = as_tokenizer(steps)
    groups = [columns] if paired else [[column] for column in columns]
    counted = []
    for texts in groups:
        counted.append(_count(texts, functools.partial(_words, tokenizer=tokenizer)))
        if characters:
            counted.append(_count(texts, _character_analyser(tokenizer)))
    return tuple(counted)


def _words(text: str, tokenizer: Tokenizer) -> list[str]:
    """Return the words of a text and its pairs of neighbours, with "" before and after the text."""
    words = tokenizer.tokenize(text)
    return words + list(map(" ".join, pairwise(["", *words, ""])))


def _character_analyser(tokenizer: Tokenizer) -> Analyser:
    from sklearn.feature_extraction.text import CountVectorizer

    split = CountVectorizer(
        analyzer="char_wb", ngram_range=CHARACTERS, lowercase=False
    ).build_analyzer()
    return lambda text: split(tokenizer.clean(text))


def _count(texts: Sequence[Sequence[str]], analyser: Analyser) -> Ngrams:
    """Count the n-grams of one column, or of two columns that share them."""
    from scipy.sparse import csr_array

    # texts "a b" and "a", with words only: found [0, 1, 0] and lengths [0, 2, 1]. The sums of the
    # lengths, [0, 2, 3], are the bounds of the rows of a csr matrix with the columns `found`.
    # A term that is looked up for the first time gets the next free index.
    indices = defaultdict[str, int](itertools.count().__next__)
    # Arrays of machine integers: a list of Python's takes several times the memory.
    found = array("i")
    lengths = array("q", [0])
    for text in itertools.chain.from_iterable(texts):
        terms = analyser(text)
        found.extend(map(indices.__getitem__, terms))
        lengths.append(len(terms))
    # Texts of the terms [a, sea] and [sea]: found [0, 1, 1], lengths [0, 2, 1], so the rows start
    # at [0, 2, 3]. A term that occurs twice in a text has two ones, which sum_duplicates adds.
    data = np.ones(len(found), np.float32)
    shape = (len(lengths) - 1, len(indices))
    counts = csr_array((data, np.array(found), np.cumsum(lengths)), shape=shape)
    # Up to here, a term that occurs twice in a text has two entries of 1.
    counts.sum_duplicates()
    n_rows = len(texts[0])
    parts = (counts[part * n_rows : (part + 1) * n_rows] for part in range(len(texts)))
    return Ngrams(tuple(parts), list(indices))
