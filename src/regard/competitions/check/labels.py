"""Figures on the labels: shares of values, quantiles of numbers, conflicts between equal texts."""

import pandas as pd

from regard.config import CompetitionConfig
from regard.tasks import KNOWN_PAIRS, TASKS

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
        return {column: _quantiles(train[column].astype(float)) for column in columns}
    if not kind.one_label_column:
        # label_values are the negative and the positive value.
        positive = (competition.label_values or [""])[-1]
        shares = {column: _is_positive(train[column], positive) for column in columns}
        return {
            column: f"{share.sum():,} rows, {share.mean():.2%}" for column, share in shares.items()
        }
    counts = train[columns[0]].value_counts()
    figures = {
        str(value): f"{count:,} rows, {count / len(train):.2%}" for value, count in counts.items()
    }
    if len(figures) <= _MAX_VALUES:
        return figures
    rest = {f"({len(figures) - _MAX_VALUES} more)": f"{counts.iloc[_MAX_VALUES:].sum():,} rows"}
    return dict(list(figures.items())[:_MAX_VALUES]) | rest


def _is_positive(cells: pd.Series, positive: str) -> pd.Series:
    """Return whether each multi_label cell is positive.

    Args:
        cells: the labels.
        positive: the positive value; empty: any positive value that the tasks know.
    """
    if positive:
        return cells == positive
    return cells.str.lower().isin({positive for _, positive in KNOWN_PAIRS})


def _quantiles(numbers: pd.Series) -> str:
    return ", ".join(
        f"{name} {numbers.quantile(quantile):.3g}" for name, quantile in _QUANTILES.items()
    )
