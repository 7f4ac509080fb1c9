"""The test score: submissions scored by `solution.csv`, for those who have the test labels.

No model, no threshold and no choice of a run depends on `solution.csv`. The score is noted in the
run's folder, where the report and the leaderboard find it.
"""

from __future__ import annotations

import dataclasses
import logging
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.artefacts import hash_file, read_json, write_json
from regard.data.known_labels import clean_labels, find_unlabelled
from regard.data.table_checks import number_rows
from regard.data.whole_files import read_whole
from regard.errors import DataError, one_line
from regard.metrics.registry import METRICS
from regard.runs.leaderboard import TEST_SCORE, noted_test_score
from regard.tasks import Targets
from regard.tasks.rankings import cell_separator, ranks_from_cells
from regard.tasks.spelling import separator_of_tags
from regard.tasks.submission import match_columns
from regard.text.numbers import parse_numbers

if TYPE_CHECKING:
    from regard.config import CompetitionConfig, Config
    from regard.runs.run import Run
    from regard.tasks import Task
    from regard.tasks.spelling import Spelling

_log = logging.getLogger(__name__)


def solution_file(config: Config) -> Path:
    """Return the file that holds the labels of the test rows; most competitions have none."""
    return Path(config.data_dir) / config.competition.name / "solution.csv"


def solution_hash(config: Config) -> str | None:
    """Return the hash of the labels of the test rows; None if there are none."""
    path = solution_file(config)
    return hash_file(path) if path.is_file() else None


def note_test_score(run: Run, solution: Path) -> None:
    """Note the score of a run's submission by the labels of the test rows, if that can be known.

    Args:
        run: a finished run.
        solution: a CSV file with the ids and labels of the test rows.
    """
    submission = run.folder / "submission.csv"
    if not (solution.is_file() and submission.is_file()):
        return
    hashes = {"solution_hash": hash_file(solution), "submission_hash": hash_file(submission)}
    note = run.folder / TEST_SCORE
    if noted_test_score(run.folder) is not None and hashes.items() <= read_json(note).items():
        return
    try:
        score = score_submission(run, submission, solution)
    except DataError as error:
        _log.warning("no test score of %s: %s", run.name, one_line(error))
        return
    if not math.isnan(score):
        metric = run.config.competition.metric
        write_json(note, {"metric": metric, "score": score, **hashes})


def solution_line(run: Run, solution: Path) -> str | None:
    """Return a line on the test score of a run; None if there is none.

    Example:
        "test score by data/x/solution.csv, never used in training: accuracy 0.8111"
    """
    score = noted_test_score(run.folder)
    if score is None:
        return None
    metric = run.config.competition.metric
    return f"test score by {solution}, never used in training: {metric} {score:.4f}"


def score_submission(run: Run, submission: Path, solution: Path) -> float:
    """Return the score of a submission, as the competition's server would compute it.

    Args:
        run: its task and metric.
        submission: a CSV file in the form of the sample.
        solution: a CSV file with the ids and labels of the test rows, in any order.

    Raises:
        DataError: the files do not fit each other, or the solution lacks a column.
    """
    competition = run.config.competition
    metric = METRICS[competition.metric]
    id_column = competition.id_column_of_test
    found = number_rows(read_whole(submission), id_column)
    truth = number_rows(read_whole(solution, competition.dialect("sample")), id_column)
    needed = [id_column, *competition.label_columns]
    truth.need_columns([*needed, *competition.subgroup_columns])
    found.need_columns([id_column])
    rows = truth.frame.drop_duplicates(id_column).set_index(id_column, drop=False)
    rows = clean_labels(rows, competition)
    unlabelled = rows.index[find_unlabelled(rows, competition)]
    # Rows without a label are not scored.
    scored = found.frame[~found.frame[id_column].isin(unlabelled)]
    ids = scored[id_column]
    missing = ids[~ids.isin(rows.index)]
    if len(missing):
        raise DataError(f"{solution} lacks {len(missing)} ids of {submission} ({missing.iloc[0]})")
    # The columns of test rows are named as those of train rows in messages of `encode_labels`.
    as_train = dataclasses.replace(competition, train_file=solution.name, id_column=id_column)
    targets = _targets(run.task, rows.loc[ids].reset_index(drop=True), as_train)
    predictions = _predictions(run.task, scored.reset_index(drop=True), as_train, run.spelling)
    return metric.score(run.task, targets, predictions)


def _targets(task: Task, rows: pd.DataFrame, competition: CompetitionConfig) -> Targets:
    subgroups = None
    if names := competition.subgroup_columns:
        cells = rows[names].apply(pd.to_numeric, errors="coerce")
        subgroups = cells.to_numpy() >= 0.5
    return Targets(_encode(task, rows, competition), None, subgroups)


def _encode(task: Task, rows: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
    """Return labels, also where the tags of a row are parted otherwise than in train."""
    if competition.label_separator is not None:
        cells = rows[competition.label_columns[0]].unique().tolist()
        separator = separator_of_tags(cells, task.label_names, competition.label_separator)
        competition = dataclasses.replace(competition, label_separator=separator)
    return task.encode_labels(rows, competition)


def _predictions(
    task: Task, rows: pd.DataFrame, competition: CompetitionConfig, spelling: Spelling
) -> np.ndarray:
    """Return the values of a submission in the form that `Metric.score` takes."""
    if competition.submit == "top_labels":
        cells = rows.drop(columns=competition.id_column).iloc[:, 0]
        return ranks_from_cells(cells, task, cell_separator(cells, task.label_names))
    by_output = competition.submit == "probabilities"
    columns = list(task.label_names if by_output else competition.label_columns)
    if by_output:
        columns = match_columns(
            columns, [name for name in map(str, rows) if name != competition.id_column]
        )
    if len(columns) == 1:  # a single column has the name that the sample gives it
        id_column = competition.id_column
        values = rows.drop(columns=id_column).set_axis(columns, axis=1)
        rows = values.assign(**{id_column: rows[id_column]})
    if competition.submit != "labels":
        numbers = [parse_numbers(rows[column], spelling.decimal) for column in columns]
        return np.stack(numbers, axis=1)
    written = dataclasses.replace(competition, decimal=spelling.decimal)
    labels = _encode(task, clean_labels(rows, written), competition)
    is_decided = METRICS[competition.metric].compares == "labels"
    return labels.astype(np.int64) if is_decided else task.label_numbers(labels)
