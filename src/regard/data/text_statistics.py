"""Statistics of the texts of a row, as numbers for models.

They decide the scores of essays and summaries, whose words change with the topic.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from regard.data.prompts import OVERLAPS
from regard.data.readability import (
    coleman_liau,
    count_sentences,
    flesch,
    lix,
    syllables_of_word,
)
from regard.data.words import find_words, mean_word_length

if TYPE_CHECKING:
    import pandas as pd

    from regard.config import CompetitionConfig

_WINDOW = 50  # words; distinct words are counted in windows, as their share falls with the length


@dataclass(frozen=True)
class Statistic:
    """Numbers that are computed from the texts of a row.

    Attributes:
        of_text: functions from a text to a number, by column name.
        of_pair: functions from the two texts of a pair to a number, by column name; the number must
            not depend on the order of the texts.
        of_prompt: functions from a text and its prompt to a number, by column name.
    """

    of_text: Mapping[str, Callable[[str], float]] = field(default_factory=dict)
    of_pair: Mapping[str, Callable[[str, str], float]] = field(default_factory=dict)
    of_prompt: Mapping[str, Callable[[str, str], float]] = field(default_factory=dict)


def text_statistics(
    frame: pd.DataFrame, competition: CompetitionConfig, statistics: Sequence[str]
) -> dict[str, np.ndarray]:
    """Compute statistics of the raw texts, before any cleaning.

    Each text that the model reads has its own columns. A symmetric pair has the mean and the
    absolute difference of its two texts, which do not depend on their order.

    Args:
        frame: the text columns, and the prompt column if there is one.
        competition: names these columns and says how texts are combined.
        statistics: names of `STATISTICS`.

    Returns:
        `(rows,)` float64 arrays by name.

    Example:
        text="Oh NO!", statistics=["capitals"] -> {"capitals of text": [0.75]}
    """
    if not statistics:
        return {}
    names = competition.text_columns
    texts = [frame[name].tolist() for name in names]
    if competition.texts == "joined":
        names = ["text"]
        texts = [list(map("\n".join, zip(*texts, strict=True)))]
    chosen = [STATISTICS[name] for name in statistics]
    columns: dict[str, np.ndarray] = {}
    for name, function in _merged(one.of_text for one in chosen):
        # One array for each text of a row.
        values = [np.fromiter(map(function, column), np.float64, len(column)) for column in texts]
        columns |= _of_each_text(name, names, values, competition)
    if competition.texts == "pair":
        for name, compare in _merged(one.of_pair for one in chosen):
            columns[name] = np.fromiter(map(compare, *texts), np.float64, len(frame))
    if competition.prompt_column:
        prompts = frame[competition.prompt_column].tolist()
        for name, compare in _merged(one.of_prompt for one in chosen):
            values = [
                np.fromiter(map(compare, column, prompts), np.float64, len(frame))
                for column in texts
            ]
            columns |= _of_each_text(name, names, values, competition)
    return columns


def _merged(
    parts: Iterable[Mapping[str, Callable[..., float]]],
) -> list[tuple[str, Callable[..., float]]]:
    return [item for part in parts for item in part.items()]


def _of_each_text(
    name: str,
    texts: Sequence[str],
    values: Sequence[np.ndarray],
    competition: CompetitionConfig,
) -> dict[str, np.ndarray]:
    """Return the columns of a statistic, one for each text or two for a symmetric pair."""
    if competition.in_any_order:
        return {
            f"mean {name}": (values[0] + values[1]) / 2,
            f"difference of {name}": np.abs(values[0] - values[1]),
        }
    return {f"{name} of {text}": value for text, value in zip(texts, values, strict=True)}


def _share(
    text: str,
    is_counted: Callable[[str], bool],
    is_eligible: Callable[[str], bool] = lambda _: True,
) -> float:
    """Return the share of counted characters among the eligible characters of a text.

    Example:
        "Oh NO!", str.isupper, str.isalpha -> 0.75
    """
    characters = [character for character in text if is_eligible(character)]
    return sum(map(is_counted, characters)) / max(len(characters), 1)


def _unique_words(text: str) -> float:
    """Return the number of distinct words divided by the number of words."""
    words = find_words(text.lower())
    return len(set(words)) / max(len(words), 1)


def _distinct_by_root(text: str) -> float:
    """Return the number of distinct words divided by the root of the number of words.

    Reference:
        Guiraud (1954), Les caracteres statistiques du vocabulaire.
    """
    words = find_words(text.lower())
    return len(set(words)) / float(np.sqrt(max(len(words), 1)))


def _distinct_in_windows(text: str) -> float:
    """Return the mean share of distinct words in windows of 50 words.

    Unlike the share in the whole text, it does not fall with the length.

    Example:
        a text of 100 different words -> 1

    Reference:
        Covington & McFall (2010), Cutting the Gordian knot: the moving-average type-token ratio.
    """
    words = find_words(text.lower())
    counts: dict[str, int] = {}
    shares = []
    for position, word in enumerate(words):
        counts[word] = counts.get(word, 0) + 1
        if position >= _WINDOW:
            old = words[position - _WINDOW]
            counts[old] -= 1
            if not counts[old]:
                del counts[old]
        if position >= _WINDOW - 1:
            shares.append(len(counts) / _WINDOW)
    return float(np.mean(shares)) if shares else len(counts) / max(len(words), 1)


def _shared_words(first: str, second: str) -> float:
    """Return the share of words that occur in both texts, among the words of either text.

    Example:
        "The sea, the ship", "the SEA is salt" -> 2 / 5
    """
    words = set(find_words(first.lower()))
    others = set(find_words(second.lower()))
    return len(words & others) / max(len(words | others), 1)


# The choices of the setting features.text_statistics. Logarithms of counts, because counts have
# long tails.
STATISTICS = {
    "length": Statistic(
        {
            "words": lambda text: np.log1p(len(find_words(text))),
            "characters": lambda text: np.log1p(len(text)),
        }
    ),
    "sentences": Statistic(
        {
            "sentences": lambda text: np.log1p(count_sentences(text)),
            "words per sentence": lambda text: np.log1p(
                len(find_words(text)) / count_sentences(text)
            ),
            "letters per word": mean_word_length,
        }
    ),
    "vocabulary": Statistic(
        {
            "distinct words": lambda text: np.log1p(len(set(find_words(text.lower())))),
            "distinct words by root": _distinct_by_root,
            "distinct words in windows": _distinct_in_windows,
        }
    ),
    "readability": Statistic({"LIX": lix, "Coleman-Liau index": coleman_liau}),
    "syllables": Statistic(
        {"syllables per word": syllables_of_word, "Flesch reading ease": flesch}
    ),
    "capitals": Statistic({"capitals": lambda text: _share(text, str.isupper, str.isalpha)}),
    "punctuation": Statistic(
        {
            "punctuation": lambda text: _share(text, string.punctuation.__contains__),
            "exclamation marks": lambda text: np.log1p(text.count("!")),
            "question marks": lambda text: np.log1p(text.count("?")),
        }
    ),
    "unique_words": Statistic({"unique words": _unique_words}),
    "shared_words": Statistic(of_pair={"shared words": _shared_words}),
    "prompt_overlap": Statistic(of_prompt=OVERLAPS),
}
