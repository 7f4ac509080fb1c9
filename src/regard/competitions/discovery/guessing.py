"""Guess all settings of a competition from its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from regard.competitions.discovery.essays import guess_statistics
from regard.competitions.discovery.guess import Guess, line_numbers, list_some
from regard.competitions.discovery.ids import find_ids
from regard.competitions.discovery.inputs import find_inputs
from regard.competitions.discovery.known import known_guesses
from regard.competitions.discovery.labels import find_labels
from regard.competitions.discovery.metric import guess_metric
from regard.competitions.discovery.task import guess_task
from regard.data.tables import Tables
from regard.errors import DataError


def discover(
    tables: Tables,
    *,
    base: Mapping[str, Any],
    pages: Mapping[str, Mapping[str, Any]],
    joined: Sequence[str] = (),
) -> list[Guess]:
    """Guess the columns, the task, the metric and the submitted values.

    Args:
        tables: the three files, all columns str.
        base: the settings that competitions share.
        pages: the settings on the pages of other competitions, by name.
        joined: the columns that come from other files; only the prompt of the texts is one of them.

    Returns:
        The settings with their reasons.

    Raises:
        DataError: the ids, labels or texts cannot be found, or the labels fit no task.
    """
    ids = find_ids(tables)
    complete = {name: {**base, **page} for name, page in pages.items()}
    try:
        guesses = _guess_from_files(tables, [guess.value for guess in ids], joined)
    except DataError:
        # A known page may say what the files leave open.
        known, _ = known_guesses(tables, ids, complete, {})
        if known:
            return [*ids, *known]
        raise
    found = {guess.key: guess.value for guess in guesses}
    known, doubt = known_guesses(tables, ids, complete, found)
    if known:
        return [*ids, *known]
    return [
        *ids,
        *(_with_doubt(guess, doubt) if guess.key == "task" else guess for guess in guesses),
    ]


def _guess_from_files(
    tables: Tables, id_columns: Sequence[str], joined: Sequence[str]
) -> list[Guess]:
    """Guess the inputs, the labels, the task and the metric from the files alone."""
    labels = find_labels(tables, id_columns)
    inputs = find_inputs(tables, [*id_columns, *labels.columns, *joined], labels.columns)
    settings = {guess.key: guess.value for guess in inputs}
    train, label_guess = _drop_unlabelled(tables.train, labels.guess, id_columns[0])
    # Only to find out whether labels are ordered: all texts of a row as one.
    text_columns = [train[column] for column in settings["text_columns"]]
    texts = list(map("\n".join, zip(*text_columns, strict=True)))
    task = guess_task(train, texts, labels)
    is_pair = settings.get("texts") == "pair"
    metric = guess_metric(train, tables.sample, labels, task[0].value, pair=is_pair)
    taken = [*id_columns, *labels.columns, *settings["text_columns"]]
    statistics = [] if is_pair else guess_statistics(tables, texts, task[0].value, taken)
    return [*inputs, *statistics, label_guess, *task, *metric]


def _with_doubt(guess: Guess, doubt: str) -> Guess:
    return replace(guess, doubt="\n".join(filter(None, (guess.doubt, doubt))))


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
    return train[~is_empty], _with_doubt(labels, doubt)
