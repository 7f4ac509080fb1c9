"""Guess the label columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.ids import column_names, is_id_name
from regard.competitions.discovery.tags import find_tags
from regard.data.tables import Tables
from regard.errors import DataError
from regard.text.label_cells import label_key

_LABEL_NAMES = (  # the most certain first
    "target",
    "label",
    "labels",
    "class",
    "category",
    "score",
    "rating",
    "sentiment",
    "y",
)


@dataclass(frozen=True)
class Labels:
    """The labels of train and their counterpart in the sample.

    Attributes:
        columns: the label columns of train.
        predicted: the columns of the sample without its id, in their order.
        column_per_class: whether the sample has a column for each value of the one label column, or
            for each of the tags in its cells.
        guess: the setting `label_columns`.
    """

    columns: list[str]
    predicted: list[str]
    column_per_class: bool
    guess: Guess


def find_labels(tables: Tables, ids: Sequence[str]) -> Labels:
    """Guess the label columns.

    Args:
        tables: the three files.
        ids: the id columns of train and test.

    Raises:
        DataError: no column of train can be the label, or several can.
    """
    predicted = [column for column in column_names(tables.sample) if column not in ids]
    if not predicted:
        raise DataError(
            f"the sample has ids ({list_some(tables.sample)}) but no column to predict; add it"
        )
    # Labels are known for train only, so their columns are among those that test lacks.
    train_only = [
        column
        for column in column_names(tables.train)
        if column not in tables.test and column not in ids
    ]
    if _are_labels(tables, predicted, train_only):
        unused = [column for column in train_only if column not in predicted]
        rest = f"; unused, as test lacks them: {list_some(unused)}" if unused else ""
        doubt = _doubt_of_test(tables, predicted)
        _refuse_ids(tables.train, predicted, ids)
        return _labels(predicted, predicted, f"columns of the sample{rest}", doubt)
    # A column for each class: train has "author" with EAP, HPL and MWS, the sample EAP, HPL, MWS.
    for column in train_only:
        if len(predicted) > 1 and _are_classes(tables.train[column], predicted):
            reason = f"its values are the columns of the sample: {list_some(predicted)}"
            return _labels([column], predicted, reason, column_per_class=True)
        tags = find_tags(tables.train[column], predicted, column) if len(predicted) > 1 else None
        if tags is not None and set(tags.names) == set(predicted):
            reason = f"its cells hold the columns of the sample: {list_some(predicted)}"
            return _labels([column], predicted, reason, column_per_class=True)
    if not train_only:
        raise DataError(
            "the train file has no label column, only the columns of the test file; add the labels"
        )
    if len(predicted) > 1:
        raise DataError(_explain_mismatch(tables.train[train_only], predicted))
    column, reason, doubt = _guess_label(train_only, predicted[0])
    _refuse_ids(tables.train, [column], ids)
    return _labels([column], predicted, reason, doubt)


def _are_classes(cells: pd.Series, predicted: Sequence[str]) -> bool:
    """Return whether the columns of the sample are the values of a label column.

    They are compared by value: 1.0 and 1 are one class, and so are Sport and sport.
    """
    values = set(cells) - {""}
    if values == set(predicted):
        return True
    keys = set(map(label_key, values))
    return len(set(map(label_key, predicted))) == len(predicted) and keys == set(
        map(label_key, predicted)
    )


def _are_labels(tables: Tables, predicted: Sequence[str], train_only: Sequence[str]) -> bool:
    """Return whether the columns of the sample are label columns of train.

    Test may have them as well: as copies without labels, such as -1 in every row, or with labels.
    """
    if set(predicted) <= set(train_only):
        return True
    if not set(predicted) <= set(tables.train):
        return False
    in_test = [column for column in predicted if column in tables.test]
    return len(predicted) == 1 or all(
        tables.test[column].nunique() == 1
        or tables.test[column].isin(tables.train[column].unique()).all()
        for column in in_test
    )


def _doubt_of_test(tables: Tables, predicted: Sequence[str]) -> str:
    """Return the doubt about label columns of test that hold labels."""
    labelled = [
        column
        for column in predicted
        if column in tables.test and tables.test[column].nunique() > 1
    ]
    if not labelled:
        return ""
    return (
        f"label_columns: the test file has {list_some(labelled)} with different values, which are "
        "not read; if they are labels, add these rows to the train file"
    )


def _refuse_ids(train: pd.DataFrame, columns: Sequence[str], ids: Sequence[str]) -> None:
    """Raise a DataError for a label that repeats the ids."""
    for column in columns:
        for name in ids:
            if name in train and column in train and train[column].equals(train[name]):
                raise DataError(
                    f"the label column {column!r} repeats the ids of {name!r} in every row; there "
                    "is nothing to learn, so put the labels into it"
                )


def _labels(
    columns: list[str],
    predicted: list[str],
    reason: str,
    doubt: str = "",
    *,
    column_per_class: bool = False,
) -> Labels:
    guess = Guess("label_columns", columns, reason, doubt)
    return Labels(columns, predicted, column_per_class, guess)


def _explain_mismatch(train_only: pd.DataFrame, predicted: Sequence[str]) -> str:
    """Return an error message: the sample's columns are neither label columns nor classes.

    Args:
        train_only: the columns of train that test lacks.
        predicted: the columns of the sample without its id.
    """
    # A frequent case: the sample has label_a and label_b, train has a and b in the column label.
    for column in column_names(train_only):
        values = set(train_only[column]) - {""}
        for value in values if len(values) == len(predicted) else ():
            prefix = predicted[0].removesuffix(value)
            if {prefix + other for other in values} == set(predicted):
                return (
                    f"the sample's columns ({list_some(predicted)}) are the values of {column!r} "
                    f"with the prefix {prefix!r}, but a submission has the values of train as they "
                    f"are; replace {value} by {predicted[0]} in train, and the others likewise"
                )
        keys = {label_key(value): value for value in values}
        lacking = [value for key, value in keys.items() if key not in map(label_key, predicted)]
        if lacking and len(lacking) < len(keys) == len(predicted) + len(lacking):
            return (
                f"the sample's columns ({list_some(predicted)}) are values of {column!r}, which "
                f"also has {list_some(lacking)}; add a column for each of them to the sample, or "
                "leave out these rows of train"
            )
    found = [name for name in predicted if name in train_only]
    missing = [name for name in predicted if name not in train_only]
    problem = (
        f"train has labels for {list_some(found)} but not for {list_some(missing)}"
        if found
        else "train has labels for none of them"
    )
    return (
        f"the sample predicts {list_some(predicted)}, but {problem} (columns that test lacks: "
        f"{list_some(train_only)}); correct the sample, or write a page by hand as in "
        "conf/competition/"
    )


def _guess_label(train_only: Sequence[str], predicted: str) -> tuple[str, str, str]:
    """Choose the label column where the sample uses another name for it.

    Returns:
        The column, the reason and the doubt.
    """
    candidates = [column for column in train_only if not is_id_name(column)] or list(train_only)
    usual = [column for name in _LABEL_NAMES for column in candidates if column.lower() == name]
    if len(candidates) == 1:
        reason = f"the only column that test lacks; the sample calls it {predicted}"
        return candidates[0], reason, ""
    if not usual:
        raise DataError(
            f"the sample predicts {predicted!r}, which train does not have, and the label may be "
            f"one of {list_some(candidates)}; give the sample's column the name that train uses"
        )
    others = [column for column in candidates if column != usual[0]]
    doubt = (
        f"label_columns: the sample's {predicted!r} is assumed to be {usual[0]!r}, "
        f"not {list_some(others)}"
    )
    return usual[0], f"a usual name for labels; the sample calls it {predicted}", doubt
