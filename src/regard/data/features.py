"""Numeric and categorical features of each row, and statistics of its texts.

Only the list of categories of a column is fitted here. Numbers are standardised in the model, by
the rows that a fold trains on.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.errors import DataError

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

# Category of empty cells, of values that occur once in train, and of values of test rows only.
OTHER = 0
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, eq=False)
class Features:
    """Numbers and categories of all train rows, followed by those of the test rows.

    Attributes:
        numbers: `(rows, n_numbers)` float32; NaN for an empty cell.
        number_names: name of each column of `numbers`.
        categories: `(rows, n_categorical_columns)` int32: `OTHER`, or from 1 the index of the
            value in the sorted values of its column.
        n_values: number of categories of each column, `OTHER` included.
    """

    numbers: np.ndarray
    number_names: tuple[str, ...]
    categories: np.ndarray
    n_values: tuple[int, ...]


@dataclass(frozen=True)
class Statistic:
    """Numbers that are computed from the texts of a row.

    Attributes:
        of_text: functions from a text to a number, by column name.
        of_pair: functions from the two texts of a pair to a number, by column name; the number must
            not depend on the order of the texts.
    """

    of_text: Mapping[str, Callable[[str], float]] = field(default_factory=dict)
    of_pair: Mapping[str, Callable[[str, str], float]] = field(default_factory=dict)


def build_features(
    train: pd.DataFrame,
    test: pd.DataFrame,
    competition: CompetitionConfig,
    statistics: Sequence[str],
) -> Features:
    """Build the features of all rows from their columns and texts.

    Args:
        train: all columns as str.
        test: all columns as str.
        competition: names the numeric, categorical and text columns.
        statistics: names of `STATISTICS`.

    Raises:
        DataError: a cell of a numeric column is not a number.

    Example:
        numeric_columns=["age"], cells "3", ""
        -> numbers [[3, 0], [NaN, 1]], names ("age", "age is empty")
    """
    columns: dict[str, np.ndarray] = {}
    for name in competition.numeric_columns:
        train_values = _parse_numbers(train, competition.train_file, name)
        test_values = _parse_numbers(test, competition.test_file, name)
        columns[name] = np.concatenate([train_values, test_values])
        # Emptiness can be informative, but a column that is never empty in train teaches nothing.
        if np.isnan(train_values).any():
            columns[f"{name} is empty"] = np.isnan(columns[name]).astype(np.float64)
    texts = pd.concat([train[competition.text_columns], test[competition.text_columns]])
    columns |= text_statistics(texts, competition, statistics)
    encoded = [
        _encode_categories(train[name], test[name]) for name in competition.categorical_columns
    ]
    n_rows = len(train) + len(test)
    return Features(
        numbers=np.stack(list(columns.values()), axis=1).astype(np.float32)
        if columns
        else np.empty((n_rows, 0), "f4"),
        number_names=tuple(columns),
        categories=np.stack([codes for codes, _ in encoded], axis=1)
        if encoded
        else np.empty((n_rows, 0), np.int32),
        n_values=tuple(n_values for _, n_values in encoded),
    )


def text_statistics(
    frame: pd.DataFrame, competition: CompetitionConfig, statistics: Sequence[str]
) -> dict[str, np.ndarray]:
    """Compute statistics of the raw texts, before any cleaning.

    Each text that the model reads has its own columns. A symmetric pair has the mean and the
    absolute difference of its two texts, which do not depend on their order.

    Args:
        frame: the text columns.
        competition: names the text columns and how they are combined.
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
    of_text = {name: function for one in chosen for name, function in one.of_text.items()}
    of_pair = {name: function for one in chosen for name, function in one.of_pair.items()}
    columns: dict[str, np.ndarray] = {}
    for name, function in of_text.items():
        # One array for each text of a row.
        values = [np.fromiter(map(function, column), np.float64, len(column)) for column in texts]
        if competition.in_any_order:
            columns[f"mean {name}"] = (values[0] + values[1]) / 2
            columns[f"difference of {name}"] = np.abs(values[0] - values[1])
        else:
            for text, value in zip(names, values, strict=True):
                columns[f"{name} of {text}"] = value
    if competition.texts == "pair":
        for name, compare in of_pair.items():
            columns[name] = np.fromiter(map(compare, *texts), np.float64, len(frame))
    return columns


def means_and_stds(numbers: np.ndarray) -> tuple[list[float], list[float]]:
    """Return the mean and the standard deviation of each column, ignoring NaN.

    The standard deviation of a constant column is replaced by 1, so that it can be divided by.

    Example:
        [[1, 5], [3, 5], [NaN, 5]] -> ([2, 5], [1, 1])
    """
    # Masked, because np.nanmean warns of a column that is NaN in every row.
    known = np.ma.masked_invalid(numbers.astype(np.float64))
    means = known.mean(axis=0).filled(0.0)
    stds = known.std(axis=0).filled(0.0)
    return means.tolist(), np.where(stds > 0, stds, 1.0).tolist()


def _parse_numbers(frame: pd.DataFrame, file: str, column: str) -> np.ndarray:
    """Parse a numeric column to float64, with NaN for empty cells."""
    cells = frame[column].str.strip()
    values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
    is_invalid = ((cells != "") & ~np.isfinite(values)).to_numpy()
    if is_invalid.any():
        examples = ", ".join(map(repr, cells[is_invalid].head(3)))
        rows = ", ".join(map(str, np.flatnonzero(is_invalid)[:3] + 1))
        raise DataError(
            f"{file}: {is_invalid.sum()} cells of the numeric column {column!r} are not numbers "
            f"(first: {examples} in rows {rows}); correct or empty them, or move the column to "
            "competition.categorical_columns"
        )
    return values


def _encode_categories(train: pd.Series, test: pd.Series) -> tuple[np.ndarray, int]:
    """Encode the cells of a column as categories, and return their number too.

    Values that occur at least twice in train are numbered from 1 in sorted order; all others and
    empty cells are `OTHER`.

    Example:
        train ["b", "a", "b", "a", "c"], test ["a", "new"] -> [2, 1, 2, 1, 0, 1, 0], 3
    """
    # A value that occurs once would have a vector learned from a single row.
    counts = train.value_counts()
    known = sorted(value for value in counts.index[counts > 1] if value)
    # get_indexer gives -1 for an unknown value; adding 1 makes it OTHER and starts the known at 1.
    codes = (
        pd.Index(known).get_indexer(pd.Index(pd.concat([train, test]))) + 1
        if known
        else np.zeros(len(train) + len(test))
    )
    return codes.astype(np.int32), len(known) + 1


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
    words = _WORDS.findall(text.lower())
    return len(set(words)) / max(len(words), 1)


def _shared_words(first: str, second: str) -> float:
    """Return the share of words that occur in both texts, among the words of either text.

    Example:
        "The sea, the ship", "the SEA is salt" -> 2 / 5
    """
    words = set(_WORDS.findall(first.lower()))
    others = set(_WORDS.findall(second.lower()))
    return len(words & others) / max(len(words | others), 1)


# The choices of the setting features.text_statistics. Logarithms of counts, because counts have
# long tails.
STATISTICS = {
    "length": Statistic(
        {
            "words": lambda text: np.log1p(len(_WORDS.findall(text))),
            "characters": lambda text: np.log1p(len(text)),
        }
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
}
