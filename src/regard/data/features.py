"""What the network reads beside the texts: numbers and categories of each row, and statistics of
its texts.

Nothing is fitted here but the list of a column's categories: numbers are standardised inside each
fold, by the rows it is trained on, in the model itself.
"""

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from regard.config import CompetitionConfig
from regard.errors import DataError

# the category of an empty cell, of a value that only the test rows have, and of one that is seen
# once
OTHER = 0
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, eq=False)
class Features:
    """Numbers and categories, a row for each row of train and, after them, of test.

    Attributes:
        numbers: `(rows, numbers)` float32; NaN where a cell is empty.
        number_names: what they are.
        categories: `(rows, categorical columns)` int32, `OTHER` or a place in the column's values,
            from 1.
        n_values: how many categories each column has, `OTHER` included.
    """

    numbers: np.ndarray
    number_names: tuple[str, ...]
    categories: np.ndarray
    n_values: tuple[int, ...]


@dataclass(frozen=True)
class Statistic:
    """Numbers computed from the texts of a row.

    Attributes:
        of_text: functions from a text to a number, by the name of their column.
        of_pair: functions from the two texts of a pair to a number that does not depend on their
            order; columns that only competitions of pairs have.
    """

    of_text: Mapping[str, Callable[[str], float]] = field(default_factory=dict)
    of_pair: Mapping[str, Callable[[str, str], float]] = field(default_factory=dict)


def build_features(
    train: pd.DataFrame,
    test: pd.DataFrame,
    competition: CompetitionConfig,
    statistics: Sequence[str],
) -> Features:
    """Gather what stands beside the texts.

    Args:
        train: all columns str.
        test: all columns str.
        competition: the numeric, categorical and text columns.
        statistics: which statistics of the texts, names of `STATISTICS`.

    Raises:
        DataError: a cell of a numeric column is no number.

    Example:
        numeric_columns=["age"], cells "3", "" -> numbers [[3, 0], [NaN, 1]], names ("age", "age is
        empty")
    """
    columns: dict[str, np.ndarray] = {}
    for name in competition.numeric_columns:
        values = np.concatenate(
            [
                _numbers(train, competition.train_file, name),
                _numbers(test, competition.test_file, name),
            ]
        )
        columns[name] = values
        if np.isnan(values[: len(train)]).any():
            columns[f"{name} is empty"] = np.isnan(values).astype(np.float64)
    rows = pd.concat([train[competition.text_columns], test[competition.text_columns]])
    columns |= text_statistics(rows, competition, statistics)
    coded = [_codes(train[name], test[name]) for name in competition.categorical_columns]
    n_rows = len(train) + len(test)
    return Features(
        numbers=np.stack(list(columns.values()), axis=1).astype(np.float32)
        if columns
        else np.empty((n_rows, 0), "f4"),
        number_names=tuple(columns),
        categories=np.stack([codes for codes, _ in coded], axis=1)
        if coded
        else np.empty((n_rows, 0), np.int32),
        n_values=tuple(n_values for _, n_values in coded),
    )


def text_statistics(
    frame: pd.DataFrame, competition: CompetitionConfig, statistics: Sequence[str]
) -> dict[str, np.ndarray]:
    """Compute statistics of the texts as they came, before any cleaning.

    The texts that the network reads each have theirs. Those of a symmetric pair are the mean and
    the absolute difference of its texts, so that they say nothing of the order.

    Args:
        frame: the text columns.
        competition: how the texts are read.
        statistics: names of `STATISTICS`.

    Returns:
        A `(rows,)` float64 array for each name.

    Example:
        text="Oh NO!", statistics=["capitals"] -> {"capitals of text": [0.75]}
    """
    if not statistics:
        return {}
    names, texts = (
        competition.text_columns,
        [frame[name].tolist() for name in competition.text_columns],
    )
    if competition.texts == "joined":
        names, texts = ["text"], [list(map("\n".join, zip(*texts, strict=True)))]
    single = {
        name: [np.fromiter(map(function, column), np.float64, len(column)) for column in texts]
        for statistic in statistics
        for name, function in STATISTICS[statistic].of_text.items()
    }
    columns: dict[str, np.ndarray] = {}
    for name, values in single.items():
        if competition.in_any_order:
            columns[f"mean {name}"] = (values[0] + values[1]) / 2
            columns[f"difference of {name}"] = np.abs(values[0] - values[1])
        else:
            columns |= {
                f"{name} of {text}": value for text, value in zip(names, values, strict=True)
            }
    if competition.texts == "pair":
        columns |= {
            name: np.fromiter(map(function, *texts), np.float64, len(frame))
            for statistic in statistics
            for name, function in STATISTICS[statistic].of_pair.items()
        }
    return columns


def scales(numbers: np.ndarray) -> tuple[list[float], list[float]]:
    """Return the mean and the deviation of each column, NaN left out; a column that never changes
    has deviation 1.

    Example:
        [[1, 5], [3, 5], [NaN, 5]] -> ([2, 5], [1, 1])
    """
    known = np.ma.masked_invalid(numbers.astype(np.float64))
    means, deviations = known.mean(axis=0).filled(0.0), known.std(axis=0).filled(0.0)
    return means.tolist(), np.where(deviations > 0, deviations, 1.0).tolist()


def _numbers(frame: pd.DataFrame, file: str, column: str) -> np.ndarray:
    """A numeric column as float64, NaN where a cell is empty."""
    cells = frame[column].str.strip()
    values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64)
    wrong = ((cells != "") & ~np.isfinite(values)).to_numpy()
    if wrong.any():
        found, rows = cells[wrong].head(3).tolist(), np.flatnonzero(wrong)[:3] + 1
        raise DataError(
            f"{file}: {wrong.sum()} cells of the numeric column {column!r} are no numbers (first: "
            f"{', '.join(map(repr, found))} in rows {', '.join(map(str, rows))}); correct or empty them, or name the "
            "column in competition.categorical_columns"
        )
    return values


def _codes(train: pd.Series, test: pd.Series) -> tuple[np.ndarray, int]:
    """Each cell as the place of its value among those seen twice or more in train, from 1; and their number, plus 1."""
    counts = train.value_counts()
    known = sorted(value for value in counts.index[counts > 1] if value)
    codes = (
        pd.Index(known).get_indexer(pd.Index(pd.concat([train, test]))) + 1
        if known
        else np.zeros(len(train) + len(test))
    )
    return codes.astype(np.int32), len(known) + 1


def _share(
    text: str, is_counted: Callable[[str], bool], among: Callable[[str], bool] = lambda _: True
) -> float:
    """The share of characters that are counted, among some."""
    characters = [character for character in text if among(character)]
    return sum(map(is_counted, characters)) / max(len(characters), 1)


def _unique_words(text: str) -> float:
    words = _WORDS.findall(text.lower())
    return len(set(words)) / max(len(words), 1)


def _shared_words(first: str, second: str) -> float:
    """The share of the words of either text that stand in both."""
    words, others = set(_WORDS.findall(first.lower())), set(_WORDS.findall(second.lower()))
    return len(words & others) / max(len(words | others), 1)


# The choices of the setting features.text_statistics. Counts have long tails, so their logarithms
# are taken.
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
