"""Guess all settings of a competition from its tables."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from regard.competitions.discovery.guess import Guess, line_numbers, list_some
from regard.competitions.discovery.ids import find_ids
from regard.competitions.discovery.inputs import find_inputs
from regard.competitions.discovery.known import known_guesses
from regard.competitions.discovery.labels import find_labels
from regard.competitions.discovery.metric import guess_metric
from regard.competitions.discovery.rankings import guess_ranking
from regard.competitions.discovery.task import guess_task
from regard.data.tables import Tables


def discover(
    tables: Tables, *, base: Mapping[str, Any], pages: Mapping[str, Mapping[str, Any]]
) -> list[Guess]:
    """Guess the columns, the task, the metric and the submitted values.

    Args:
        tables: the three files, all columns str.
        base: the settings that competitions share.
        pages: the settings on the pages of other competitions, by name.

    Returns:
        The settings with their reasons.

    Raises:
        DataError: the ids, labels or texts cannot be found, or the labels fit no task.
    """
    ids = find_ids(tables)
    known = known_guesses(tables, ids, {name: {**base, **page} for name, page in pages.items()})
    if known:
        return [*ids, *known]
    id_columns = [guess.value for guess in ids]
    labels = find_labels(tables, id_columns)
    inputs = find_inputs(tables, [*id_columns, *labels.columns])
    settings = {guess.key: guess.value for guess in inputs}
    train, label_guess = _drop_unlabelled(tables.train, labels.guess, id_columns[0])
    if ranking := guess_ranking(train, tables.sample, labels):
        return [*ids, *inputs, label_guess, *ranking]
    # Only to find out whether labels are ordered: all texts of a row as one.
    text_columns = [train[column] for column in settings["text_columns"]]
    texts = list(map("\n".join, zip(*text_columns, strict=True)))
    task = guess_task(train, texts, labels)
    is_pair = settings.get("texts") == "pair"
    metric = guess_metric(train, tables.sample, labels, task[0].value, pair=is_pair)
    return [*ids, *inputs, label_guess, *task, *metric]


def _drop_unlabelled(
    train: pd.DataFrame, labels: Guess, id_column: str
) -> tuple[pd.DataFrame, Guess]:
    """Return the rows that have labels, and the guess with a doubt about the other rows."""
    is_empty = (train[labels.value] == "").any(axis=1)
    if not is_empty.any():
        return train, labels
    lines = list_some(line_numbers(train, is_empty))
    ids = list_some(train[id_column][is_empty])
    doubt = (
        f"label_columns: {is_empty.sum():,} rows have no label (lines {lines}; ids {ids}); remove "
        "them from the train file"
    )
    doubts = "; ".join(filter(None, (labels.doubt, doubt)))
    return train[~is_empty], replace(labels, doubt=doubts)
