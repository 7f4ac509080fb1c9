"""Figures on the labels: shares of values, quantiles of numbers, conflicts between equal texts."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from regard.config import CompetitionConfig
from regard.tasks import TASKS
from regard.tasks.pair_cells import encode_pair, read_pair
from regard.tasks.tag_cells import encode_tags, find_tags
from regard.text.label_cells import match_labels
from regard.text.numbers import parse_numbers

_MAX_VALUES = 20  # listed one by one
_QUANTILES = {
    "lowest": 0.0,
    "5%": 0.05,
    "25%": 0.25,
    "median": 0.5,
    "75%": 0.75,
    "95%": 0.95,
    "highest": 1.0,
}


def find_conflicts(texts: pd.Series, labels: pd.DataFrame) -> pd.Series:
    """Return whether each train row has a text that occurs with different labels.

    Args:
        texts: the number of each row's text; equal texts have equal numbers.
        labels: the label columns.

    Returns:
        Bool, indexed like `texts`.
    """
    # texts 0 1 0 1, labels a b a c
    #   rows with a repeated text, each pair once:  (0, a) (1, b) (1, c)
    #   texts that are left more than once:         1  -> False True False True
    label_tuples = list(zip(*(labels[column] for column in labels), strict=True))
    pairs = pd.DataFrame({"text": texts, "label": label_tuples})
    pairs = pairs[pairs["text"].duplicated(keep=False)].drop_duplicates()
    conflicting = pairs["text"][pairs["text"].duplicated(keep=False)]
    return texts.isin(set(conflicting))


def describe_labels(train: pd.DataFrame, competition: CompetitionConfig) -> dict[str, str]:
    """Return a figure in words for each label value, or for each label column.

    Example:
        multi_class, cells a a b -> {"a": "2 rows, 66.67%", "b": "1 rows, 33.33%"}
    """
    columns = competition.label_columns
    kind = TASKS[competition.task]
    if not kind.has_classes:
        return {column: _quantiles(pd.Series(parse_numbers(train[column]))) for column in columns}
    if kind.takes_separator or len(columns) > 1:
        shares = _positive(train, competition)
        return {
            name: f"{share.sum():,.0f} rows, {share.mean():.2%}" for name, share in shares.items()
        }
    counts = _classes(train[columns[0]], competition.label_values).value_counts()
    figures = {
        str(value): f"{count:,} rows, {count / len(train):.2%}" for value, count in counts.items()
    }
    if len(figures) <= _MAX_VALUES:
        return figures
    rest = {f"({len(figures) - _MAX_VALUES} more)": f"{counts.iloc[_MAX_VALUES:].sum():,} rows"}
    return dict(list(figures.items())[:_MAX_VALUES]) | rest


def _classes(cells: pd.Series, values: Sequence[str] | None) -> pd.Series:
    """Return the labels in the spelling of `competition.label_values`, if it is set."""
    if not values:
        return cells
    codes = match_labels(cells, values)
    return pd.Series(
        [values[code] if code >= 0 else cell for code, cell in zip(codes, cells, strict=True)]
    )


def _positive(train: pd.DataFrame, competition: CompetitionConfig) -> dict[str, np.ndarray]:
    """Return whether each row has each of several labels, `(rows,)` by column or tag."""
    if competition.label_separator is not None:
        names, _ = find_tags(train, competition)
        labels = encode_tags(train, competition, names)
        # The most frequent tags first.
        order = np.argsort(-labels.sum(axis=0), kind="stable")[:_MAX_VALUES]
        return {names[index]: labels[:, index] for index in order}
    pair = read_pair(train, competition)
    columns = competition.label_columns
    return {name: encode_pair(train, competition, name, pair) for name in columns}


def _quantiles(numbers: pd.Series) -> str:
    return ", ".join(
        f"{name} {numbers.quantile(quantile):.3g}" for name, quantile in _QUANTILES.items()
    )
