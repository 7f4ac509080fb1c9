"""Guess all settings of a competition from its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from regard.competitions.discovery.decimals import guess_decimal
from regard.competitions.discovery.essays import guess_statistics
from regard.competitions.discovery.guess import Guess
from regard.competitions.discovery.ids import find_ids
from regard.competitions.discovery.inputs import find_inputs
from regard.competitions.discovery.known import known_guesses
from regard.competitions.discovery.labels import Labels, find_labels
from regard.competitions.discovery.metric import guess_metric
from regard.competitions.discovery.missing import describe_missing, find_missing, with_doubt_of_tags
from regard.competitions.discovery.rankings import guess_ranking
from regard.competitions.discovery.task import guess_task
from regard.data.tables import Tables
from regard.errors import DataError
from regard.text.label_cells import clean_label


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
    tables, decimal = guess_decimal(tables, id_columns)
    tables = _with_clean_labels(tables, id_columns)
    labels = find_labels(tables, id_columns)
    inputs = find_inputs(tables, [*id_columns, *labels.columns, *joined], labels.columns)
    settings = {guess.key: guess.value for guess in inputs}
    # Only to find out whether labels are ordered: all texts of a row as one.
    text_columns = [tables.train[column] for column in settings["text_columns"]]
    texts = list(map("\n".join, zip(*text_columns, strict=True)))
    has_label, missing = _drop_unlabelled(tables, labels, texts, id_columns[0])
    train = tables.train[has_label]
    if ranking := guess_ranking(train, tables.sample, labels):
        return [*decimal, *inputs, labels.guess, *missing, *ranking]
    kept = [text for text, is_kept in zip(texts, has_label, strict=True) if is_kept]
    task = guess_task(train, kept, labels, tables.sample)
    if any(guess.key == "label_separator" for guess in task):
        missing = list(map(with_doubt_of_tags, missing))
    is_pair = settings.get("texts") == "pair"
    metric = guess_metric(train, tables.sample, labels, task, pair=is_pair)
    taken = [*id_columns, *labels.columns, *settings["text_columns"]]
    kind = next(guess.value for guess in task if guess.key == "task")
    statistics = [] if is_pair else guess_statistics(tables, kept, kind, taken, joined)
    return [*decimal, *inputs, *statistics, labels.guess, *missing, *task, *metric]


def _with_doubt(guess: Guess, doubt: str) -> Guess:
    return replace(guess, doubt="\n".join(filter(None, (guess.doubt, doubt))))


def _with_clean_labels(tables: Tables, ids: Sequence[str]) -> Tables:
    """Return tables whose possible label columns have clean cells.

    These are the columns of train that test lacks, and those of the sample.
    """
    columns = [
        column
        for column in map(str, tables.train)
        if column not in ids and (column not in tables.test or column in tables.sample)
    ]
    cleaned = {column: tables.train[column].map(clean_label).astype("str") for column in columns}
    return replace(tables, train=tables.train.assign(**cleaned))


def _drop_unlabelled(
    tables: Tables, labels: Labels, texts: Sequence[str], id_column: str
) -> tuple[np.ndarray, list[Guess]]:
    """Return which rows have labels, and the guess and doubt about the others.

    Args:
        tables: the files, with clean labels.
        labels: the label columns.
        texts: one text for each train row.
        id_column: the column of ids of train.

    Returns:
        `(rows,)` bool and at most one guess.
    """
    cells = tables.train[labels.columns]
    missing, kept_doubt = find_missing(cells, texts, tables.sample[labels.predicted])
    every = np.ones(len(cells), bool)
    if missing is None:
        return every, [Guess("label_missing", [], "", kept_doubt)] if kept_doubt else []
    unlabelled = cells.isin(missing.spellings).any(axis=1).to_numpy()
    if unlabelled.all():
        return every, []
    return ~unlabelled, [describe_missing(tables.train, unlabelled, missing, id_column)]
