"""Guess the settings of a frame of labelled texts, as `discover` does for three files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from regard.competitions.discovery.guess import Guess
from regard.competitions.discovery.inputs import find_inputs
from regard.competitions.discovery.labels import Labels
from regard.competitions.discovery.task import guess_task
from regard.data.tables import Tables
from regard.text.label_cells import clean_label


def discover_frame(
    train: pd.DataFrame, *, id_column: str, label_columns: Sequence[str]
) -> dict[str, Any]:
    """Guess the input columns and the task of a frame.

    Args:
        train: all columns str.
        id_column: its column of ids.
        label_columns: its columns of labels.

    Returns:
        Settings of a competition.

    Raises:
        DataError: no column holds texts, or the labels fit no task.

    Example:
        columns id, text, stars with the values 1 to 5, label_columns=["stars"]
        -> {"text_columns": ["text"], "task": "ordinal"}
    """
    labels = list(label_columns)
    cleaned = {column: train[column].map(clean_label).astype("str") for column in labels}
    train = train.assign(**cleaned)
    inputs = train.drop(columns=labels)
    tables = Tables(train, inputs, train[[id_column, *labels]])
    found = find_inputs(tables, [id_column, *labels])
    settings = {guess.key: guess.value for guess in found}
    texts = list(
        map("\n".join, zip(*(train[name] for name in settings["text_columns"]), strict=True))
    )
    guess = Guess("label_columns", labels, "given")
    given = Labels(labels, labels, column_per_class=False, guess=guess)
    task = guess_task(train, texts, given, tables.sample)
    return settings | {one.key: one.value for one in task}
