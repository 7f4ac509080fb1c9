"""The words of a row, and weights for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from regard.text import Steps
from regard.text.words import Word, raw_words, words_of

if TYPE_CHECKING:
    from regard.runs.fitted_model import TokenWeights
    from regard.runs.run import Run

ColumnWord: TypeAlias = tuple[str, Word]  # the name of a text column, and a word of its text
# The words of a row, in order, and `(words,)` float64.
WordWeights: TypeAlias = tuple[list[ColumnWord], np.ndarray]


def weights_by_word(run: Run, frame: pd.DataFrame, found: TokenWeights) -> list[WordWeights]:
    """Sum the weights of tokens by word, for each row.

    Args:
        run: the run, with its text columns.
        frame: the rows.
        found: the weights of tokens.
    """
    competition = run.config.competition
    names = competition.text_columns
    # Columns that a model reads as one text share the weights of that text.
    groups = [names] if competition.texts == "joined" else [[name] for name in names]
    rows: list[WordWeights] = []
    for row in range(len(frame)):
        words: list[ColumnWord] = []
        weights = []
        for group, of_rows in zip(groups, found.texts, strict=True):
            read = [
                (name, word)
                for name in group
                for word in words_of(frame[name].iloc[row], found.tokenizer)
            ]
            words += read
            weights.append(sum_by_word(of_rows[row], [word.n_tokens for _, word in read]))
        rows.append((words, np.concatenate(weights)))
    return rows


def sum_by_word(weights: np.ndarray, counts: Sequence[int]) -> np.ndarray:
    """Sum the weights of tokens by word.

    Args:
        weights: `(timesteps,)` float, of the tokens that were read, then zeros.
        counts: the number of tokens of each word.

    Returns:
        `(words,)` float64.

    Example:
        weights [0.25, 0.5, 0.25], counts [1, 0, 2, 4] -> [0.25, 0, 0.75, 0]
    """
    # The sums up to each word: [0, 0.25, 0.25, 1, 1], whose differences are the words'.
    sums = np.concatenate([[0.0], np.cumsum(weights.astype(np.float64))])
    ends = np.minimum(np.cumsum([0, *counts]), len(weights))
    return np.diff(sums[ends])


def words_of_rows(run: Run, frame: pd.DataFrame) -> list[list[ColumnWord]]:
    """Return the words of the texts of each row, all of which have a position."""
    names = run.config.competition.text_columns
    columns = [frame[name].tolist() for name in names]
    return [
        row_words(dict(zip(names, texts, strict=True)), run.tokenizer)
        for texts in zip(*columns, strict=True)
    ]


def row_words(texts: Mapping[str, str], steps: Steps) -> list[ColumnWord]:
    """Return the words of the texts of a row, by column, all of which have a position."""
    return [(name, word) for name, text in texts.items() for word in words_in(text, steps)]


def words_in(text: str, steps: Steps) -> list[Word]:
    """Return the words of a text, all of which have a position in it."""
    words = words_of(text, steps)
    return words if all(word.end for word in words) else raw_words(text)


def without(text: str, word: Word) -> str:
    """Return a text without a word.

    Example:
        "well-known" without "-" -> "well known"
    """
    return without_all(text, [word])


def without_all(text: str, words: Sequence[Word]) -> str:
    """Return a text without some of its words.

    Example:
        "a well-known man" without "well" and "-" -> "a   known man"
    """
    parts = []
    end = 0
    for word in sorted(words, key=lambda word: word.start):
        # The space keeps the words around it apart.
        parts += [text[end : word.start], " "]
        end = word.end
    return "".join([*parts, text[end:]])


def aligned(found: WordWeights, words: Sequence[ColumnWord]) -> np.ndarray | None:
    """Return the weights of other words of the same texts, such as those of another tokenizer.

    A weight belongs to the word that covers the start of the word that has it.

    Args:
        found: words and their weights.
        words: the words that need weights.

    Returns:
        `(words,)` float64; None if a word has no position.

    Example:
        "a-b" 1.0 -> "a", "-", "b": [1.0, 0.0, 0.0]
    """
    own, weights = found
    if own == list(words):
        return weights
    if not all(word.end for _, word in [*own, *words]):
        return None
    moved = np.zeros(len(words))
    slots = {
        (name, place): slot
        for slot, (name, word) in enumerate(words)
        for place in range(word.start, word.end)
    }
    for (name, word), weight in zip(own, weights, strict=True):
        if (slot := slots.get((name, word.start))) is not None:
            moved[slot] += weight
    return moved
