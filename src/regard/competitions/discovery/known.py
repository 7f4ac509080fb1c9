"""Reuse the page of a known competition for files with the same columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import yaml

from regard.competitions.discovery.guess import Guess
from regard.competitions.discovery.numeric_cells import are_numbers
from regard.config import CompetitionConfig
from regard.data.tables import Tables
from regard.errors import RegardError
from regard.tasks import TASKS
from regard.tasks.submission import submission_columns
from regard.text.numbers import parse_numbers

# Words in the column names of many competitions: they do not identify one.
_COMMON_WORD = re.compile(
    "a|abstract|anchor|answer|author|b|body|category|class|comment|content|context|description|"
    "document|emotion|first|headline|hypothesis|id|idx|input|intent|is|label|labels|language|"
    "left|message|name|one|output|passage|premise|prompt|query|question|rating|response|review|"
    "right|s|score|second|sentence|sentiment|source|stars|statement|summary|target|task|test|"
    "text|texts|title|topic|train|tweet|two|type|url|user|utterance|value|x|y"
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
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
    tables: Tables,
    ids: Sequence[Guess],
    pages: Mapping[str, Mapping[str, Any]],
    found: Mapping[str, Any],
) -> tuple[list[Guess], str]:
    """Return the settings of the page that fits the tables best, and a doubt.

    A page fits if train and test have all columns that it names, its task fits the labels of train
    and the columns of the sample, and nothing in the files contradicts it. Its column names or its
    label values must be unusual enough to identify the competition.

    Args:
        tables: the three files.
        ids: the guessed id columns.
        pages: the settings of each page by its name, complete with those of the base page.
        found: the settings that are guessed from the files alone; empty if that is impossible.

    Returns:
        The guesses, none if no page fits; and the doubt about a page of other labels, or "".
    """
    fitting, contradicting = [], []
    for name, page in sorted(pages.items()):
        competition = _parse_page(page)
        if competition is None or not _has_columns(competition, tables):
            continue
        if not _identifies(competition, tables.train):
            continue
        if _fits(competition, tables, ids) and _agrees(competition, tables, found):
            fitting.append((len(_used_columns(competition)), name, competition))
        elif found and competition.task != found["task"]:
            contradicting.append((name, competition.task))
    if not fitting:
        return [], _describe_contradictions(contradicting, found)
    # The most columns; the name only makes a tie reproducible.
    _, name, competition = max(fitting, key=lambda entry: entry[:2])
    return _copied(name, competition, found), ""


def _copied(name: str, competition: CompetitionConfig, found: Mapping[str, Any]) -> list[Guess]:
    """Return the settings of a page, with a doubt that names those that the files do not show."""
    others = [
        f"{key}: {found[key]}"
        for key in ("task", "metric", "submit")
        if key in found and found[key] != getattr(competition, key)
    ]
    doubt = (
        f"conf/competition/{name}.yaml has these columns, so its settings were copied; for another "
        f"competition write {', '.join(others)}, as the files alone suggest"
        if others
        else ""
    )
    reason = f"copied from conf/competition/{name}.yaml, which has these columns and this task"
    return [
        Guess(key, getattr(competition, key), "from the same page" if index else reason)
        if key != "metric"
        else Guess(key, competition.metric, "from the same page", doubt)
        for index, key in enumerate(_COPIED_SETTINGS)
    ]


def _describe_contradictions(
    contradicting: Sequence[tuple[str, str]], found: Mapping[str, Any]
) -> str:
    if not contradicting:
        return ""
    name, task = contradicting[0]
    return (
        f"task: conf/competition/{name}.yaml has the same columns, but its task is {task}; the "
        f"labels here are {found['task']}, so it was not copied"
    )


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


def _fits(competition: CompetitionConfig, tables: Tables, ids: Sequence[Guess]) -> bool:
    """Return whether the labels of train and the sample have the form of the page's task."""
    try:
        with_ids = replace(competition, **{guess.key: guess.value for guess in ids})
        task = TASKS[competition.task].from_labels(tables.train, competition)
        submission_columns(list(tables.sample.columns), task, with_ids)
    except RegardError:
        return False
    return True


def _agrees(competition: CompetitionConfig, tables: Tables, found: Mapping[str, Any]) -> bool:
    """Return whether nothing in the files contradicts the page.

    Whole numbers may be ranks, classes or amounts, and a sample of 0 may mean labels or
    probabilities; but labels 0 and 1 are no ranks, and fractions are no labels.
    """
    cells = pd.concat([tables.train[column] for column in competition.label_columns])
    if competition.label_range and are_numbers(cells):
        low, high = competition.label_range
        numbers = parse_numbers(cells)
        if not ((numbers >= low) & (numbers <= high)).all():
            return False
    if not found:
        return True
    kinds = (competition.task, found["task"])
    if kinds[0] != kinds[1] and kinds[1] not in TASKS[kinds[0]].similar_kinds:
        return False
    if (competition.submit == "labels") == (found["submit"] == "labels"):
        return True
    samples = pd.concat([tables.sample[column] for column in tables.sample.columns[1:]])
    return found["submit"] == "labels" and are_numbers(samples)


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
    names = _used_columns(competition) | {competition.id_column}
    return any(not all(map(_COMMON_WORD.fullmatch, _words(name))) for name in names)


def _words(name: str) -> set[str]:
    """Return the words of a column name in lower case, without digits.

    Example:
        "medianRelevance_2" -> {"median", "relevance"}
    """
    return {word.lower() for word in _WORD.findall(name)}
