"""Competitions whose pages are there already: the same columns mean the same task."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml

from regard.competitions.discovery.guess import Guess
from regard.config import CompetitionConfig
from regard.data.tables import Tables
from regard.errors import RegardError
from regard.tasks import TASKS
from regard.tasks.submission import submission_columns

# Names that say nothing about a competition.
_COMMON_NAMES = {
    *("id", "test_id", "text", "texts", "title", "sentence"),
    *("label", "target", "class", "category", "author", "score", "sentiment", "y"),
}
_TAKEN_OVER = (
    "text_columns",
    "texts",
    "symmetric_pairs",
    "numeric_columns",
    "categorical_columns",
    "label_columns",
    "label_values",
    "label_range",
    "group_column",
    "time_column",
    "subgroup_columns",
    "task",
    "metric",
    "submit",
)


def known_guesses(
    tables: Tables, ids: list[Guess], pages: Mapping[str, Mapping[str, Any]]
) -> list[Guess]:
    """Return the settings of the page that fits the tables best; none if none fits.

    A page fits if train and test have all columns that it names, they are not only such that every
    other competition has too (a page with `label_values` is told by those), and train's labels and
    the sample are what it says.

    Args:
        tables: the three files.
        ids: the id columns that were found.
        pages: the settings of each page by its name, complete with those of the base page.
    """
    fitting = []
    for name, page in pages.items():
        competition = _read(page)
        if competition is not None and _fits(competition, tables, ids):
            fitting.append((len(_columns(competition)), name, competition))
    if not fitting:
        return []
    _, name, competition = max(fitting, key=lambda found: found[:2])
    first = f"as conf/competition/{name}.yaml has it, whose columns these are"
    reasons = [first, *["as there"] * (len(_TAKEN_OVER) - 1)]
    return [
        Guess(key, getattr(competition, key), reason)
        for key, reason in zip(_TAKEN_OVER, reasons, strict=True)
    ]


def _read(page: Mapping[str, Any]) -> CompetitionConfig | None:
    """The page's settings; None for a page that is not right, which is for those to hear who use it."""
    try:
        return CompetitionConfig(**page)
    except (RegardError, TypeError, AttributeError):
        return None


def _columns(competition: CompetitionConfig) -> set[str]:
    """All columns that a page names but its id columns, in train."""
    named = [
        *competition.text_columns,
        *competition.numeric_columns,
        *competition.categorical_columns,
    ]
    named += [*competition.label_columns, *competition.subgroup_columns]
    return {
        *named,
        *filter(None, (competition.group_column, competition.fold_column, competition.time_column)),
    }


def _fits(competition: CompetitionConfig, tables: Tables, ids: list[Guess]) -> bool:
    columns = _columns(competition)
    if not columns | {competition.id_column} <= set(tables.train):
        return False
    in_test = [
        *competition.text_columns,
        *competition.numeric_columns,
        *competition.categorical_columns,
    ]
    if not set(in_test) <= set(tables.test) or set(competition.label_columns) & set(tables.test):
        return False
    if competition.label_values:
        if any(
            set(tables.train[column]) != set(competition.label_values)
            for column in competition.label_columns
        ):
            return False
    elif columns | {competition.id_column} <= _COMMON_NAMES:
        return False
    try:
        own_ids = replace(competition, **{guess.key: guess.value for guess in ids})
        task = TASKS[competition.task].from_labels(tables.train, competition)
        submission_columns(tables.sample, task, own_ids)
    except RegardError:
        return False
    return True


def read_page(text: str) -> dict[str, Any]:
    """Return the settings of a page, without its list of defaults; none where it is no YAML."""
    try:
        page = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}
    return (
        {key: value for key, value in page.items() if key != "defaults"}
        if isinstance(page, dict)
        else {}
    )
