"""Reuse the page of a known competition for files with the same columns."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import yaml

from regard.competitions.discovery.guess import Guess
from regard.config import CompetitionConfig
from regard.data.tables import Tables
from regard.errors import RegardError
from regard.tasks import TASKS
from regard.tasks.submission import submission_columns

# Column names of many competitions: they do not identify one.
_COMMON_NAMES = {
    "id",
    "test_id",
    "text",
    "texts",
    "title",
    "sentence",
    "label",
    "target",
    "class",
    "category",
    "author",
    "score",
    "sentiment",
    "y",
}
_COPIED_SETTINGS = (
    "text_columns",
    "texts",
    "symmetric_pairs",
    "numeric_columns",
    "categorical_columns",
    "label_columns",
    "label_values",
    "label_range",
    "label_grid",
    "group_column",
    "time_column",
    "subgroup_columns",
    "task",
    "metric",
    "beta",
    "top_k",
    "greater_is_better",
    "metric_compares",
    "submit",
)


def known_guesses(
    tables: Tables, ids: list[Guess], pages: Mapping[str, Mapping[str, Any]]
) -> list[Guess]:
    """Return the settings of the page that fits the tables best; an empty list if none fits.

    A page fits if train and test have all columns that it names, and its task fits the labels of
    train and the columns of the sample. Its column names or its label values must be unusual enough
    to identify the competition.

    Args:
        tables: the three files.
        ids: the guessed id columns.
        pages: the settings of each page by its name, complete with those of the base page.
    """
    fitting = []
    for name, page in pages.items():
        competition = _parse_page(page)
        if competition is not None and _fits(competition, tables, ids):
            fitting.append((len(_used_columns(competition)), name, competition))
    if not fitting:
        return []
    # The most columns; the name only makes a tie reproducible.
    _, name, competition = max(fitting, key=lambda entry: entry[:2])
    first_reason = f"copied from conf/competition/{name}.yaml, which has these columns"
    reasons = [first_reason, *["from the same page"] * (len(_COPIED_SETTINGS) - 1)]
    return [
        Guess(key, getattr(competition, key), reason)
        for key, reason in zip(_COPIED_SETTINGS, reasons, strict=True)
    ]


def read_page(text: str) -> dict[str, Any]:
    """Return the settings of a page without its list of defaults; none if it is not valid YAML."""
    try:
        page = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    if not isinstance(page, dict):
        return {}
    return {key: value for key, value in page.items() if key != "defaults"}


def _parse_page(page: Mapping[str, Any]) -> CompetitionConfig | None:
    """Return the page's settings, or None if they are invalid.

    The error would be about another competition than the one the user asked for.
    """
    try:
        return CompetitionConfig(**page)
    except (RegardError, TypeError, AttributeError):
        return None


def _used_columns(competition: CompetitionConfig) -> set[str]:
    """Return all columns of train that a page names, except the id columns."""
    optional = (competition.group_column, competition.fold_column, competition.time_column)
    return {
        *competition.text_columns,
        *competition.numeric_columns,
        *competition.categorical_columns,
        *competition.label_columns,
        *competition.subgroup_columns,
        *filter(None, optional),
    }


def _fits(competition: CompetitionConfig, tables: Tables, ids: list[Guess]) -> bool:
    """Return whether the tables are those of the competition."""
    if not (_has_columns(competition, tables) and _identifies(competition, tables.train)):
        return False
    try:
        with_ids = replace(competition, **{guess.key: guess.value for guess in ids})
        task = TASKS[competition.task].from_labels(tables.train, competition)
        submission_columns(list(tables.sample.columns), task, with_ids)
    except RegardError:
        return False
    return True


def _has_columns(competition: CompetitionConfig, tables: Tables) -> bool:
    """Return whether train and test have the columns of a page, and test no labels."""
    inputs = {
        *competition.text_columns,
        *competition.numeric_columns,
        *competition.categorical_columns,
    }
    needed = _used_columns(competition) | {competition.id_column}
    labels_in_test = set(competition.label_columns) & set(tables.test)
    return needed <= set(tables.train) and inputs <= set(tables.test) and not labels_in_test


def _identifies(competition: CompetitionConfig, train: pd.DataFrame) -> bool:
    """Return whether the label values, or else a column name, are those of one competition."""
    if competition.label_values:
        values = set(competition.label_values)
        return all(set(train[column]) == values for column in competition.label_columns)
    return not _used_columns(competition) | {competition.id_column} <= _COMMON_NAMES
