"""Simple facts on rows, by which the report compares scores: length, unknown words, capitals."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np

from regard.report.content import ReportData
from regard.text import RaggedTokens

_UNKNOWN = 1  # the token id of words that the vocabulary lacks
_FIRST_WORD = 2
_FREQUENT = (0.02, 0.9)  # shares of the rows; a rarer or more frequent word parts too few of them
_MAX_WORDS = 100
_MAX_CHARACTERS = 200  # the beginning of a text tells its style


class Traits:
    """Facts on held-out rows of a report, each computed when it is first asked for.

    Args:
        data: the report.
        rows: the numbers of the rows, among those held out.
    """

    def __init__(self, data: ReportData, rows: np.ndarray) -> None:
        self._texts = [data.held_out.texts[int(row)] for row in rows]
        self._tokens = [text.take(rows) for text in data.held_out.tokens]
        self._vocabulary = data.vocabulary
        self._columns = data.held_out.columns
        self._rows = rows

    @functools.cached_property
    def lengths(self) -> np.ndarray:
        """The number of tokens of all texts of each row; without tokens, of words; int64."""
        if self._tokens:
            return np.sum([text.lengths for text in self._tokens], axis=0)
        return np.array([len(text.split()) for text in self._texts], np.int64)

    @functools.cached_property
    def unknown(self) -> np.ndarray:
        """The share of each row's tokens that the vocabulary lacks, float64; 0 without tokens."""
        counts = [_count_in_rows(text, text.token_ids == _UNKNOWN) for text in self._tokens]
        return np.sum([*counts, np.zeros(len(self._rows))], axis=0) / np.maximum(self.lengths, 1)

    @functools.cached_property
    def columns(self) -> Mapping[str, np.ndarray]:
        """The cells of the columns of categories, groups and prompts, str by column."""
        return {name: cells[self._rows] for name, cells in self._columns.items()}

    @functools.cached_property
    def capitals(self) -> np.ndarray:
        """The share of capitals among the letters of each row's beginning, float64."""
        return self._shares(str.isupper, str.isalpha)

    @functools.cached_property
    def digits(self) -> np.ndarray:
        """The share of digits among the letters and digits of each row's beginning, float64."""
        return self._shares(str.isdigit, str.isalnum)

    @functools.cached_property
    def words(self) -> dict[str, np.ndarray]:
        """The rows that hold each of the 100 most frequent words, `(rows,)` bool by word.

        Words that hardly any row holds, or nearly every row, are left out.
        """
        n_words = len(self._vocabulary)
        if not self._tokens or not n_words:
            return {}
        # One number for each pair of a row and a word in it: row * n_words + word.
        pairs = np.unique(np.concatenate([_pairs(text, n_words) for text in self._tokens]))
        row_of, word_of = np.divmod(pairs, n_words)
        n_holding = np.bincount(word_of, minlength=n_words)
        n_holding[:_FIRST_WORD] = 0
        low, high = (share * len(self._rows) for share in _FREQUENT)
        found = np.flatnonzero((n_holding >= max(low, 1)) & (n_holding <= high))
        chosen = found[(-n_holding[found]).argsort(kind="stable")][:_MAX_WORDS]
        holding = {}
        for word in chosen:
            holds = np.zeros(len(self._rows), bool)
            holds[row_of[word_of == word]] = True
            holding[self._vocabulary[word]] = holds
        return holding

    def _shares(
        self, is_counted: Callable[[str], bool], is_eligible: Callable[[str], bool]
    ) -> np.ndarray:
        """Return the share of counted characters among the eligible ones of each row."""
        starts = [text[:_MAX_CHARACTERS] for text in self._texts]
        counted = np.array([sum(map(is_counted, start)) for start in starts], np.float64)
        eligible = np.array([sum(map(is_eligible, start)) for start in starts], np.float64)
        return counted / np.maximum(eligible, 1)


def _count_in_rows(text: RaggedTokens, is_counted: np.ndarray) -> np.ndarray:
    """Count tokens in each text, `(texts,)` int64.

    Example:
        texts [[1, 5], [6]], tokens equal to 1 -> [1, 0]
    """
    sums = np.concatenate([[0], np.cumsum(is_counted)])
    return np.asarray(sums[text.offsets[1:]] - sums[text.offsets[:-1]])


def _pairs(text: RaggedTokens, n_words: int) -> np.ndarray:
    """Return each different pair of a row and a token in it, as `row * n_words + token`."""
    rows = np.repeat(np.arange(len(text), dtype=np.int64), text.lengths)
    return np.unique(rows * n_words + text.token_ids)
