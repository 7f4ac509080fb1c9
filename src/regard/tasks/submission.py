"""From outputs to a submission in the form of the sample: its columns, rows and order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.config.dialect import ROW_NUMBERS
from regard.errors import DataError
from regard.tasks.base import Task
from regard.tasks.multi_label import MultiLabel
from regard.tasks.rankings import top_label_cells
from regard.tasks.spelling import Spelling, find_spelling
from regard.tasks.tags import join_tags
from regard.text.label_cells import match_labels

if TYPE_CHECKING:
    from regard.config import CompetitionConfig


def mean_over_folds(predictions: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of the folds' predictions.

    Args:
        predictions: of each fold, all of one shape.

    Returns:
        The same shape, float32.

    Example:
        [[0.2]], [[0.4]], [[0.9]] -> [[0.5]]
    """
    # Summed as float64: many folds would lose digits in float32.
    return np.stack(predictions).mean(axis=0, dtype=np.float64).astype(np.float32)


def make_submission(
    outputs: np.ndarray,
    test_ids: Sequence[str],
    sample: pd.DataFrame,
    task: Task,
    competition: CompetitionConfig,
    *,
    thresholds: np.ndarray | None = None,
) -> pd.DataFrame:
    """Bring predictions into the form of the sample.

    Args:
        outputs: `(rows, n_outputs)` of the test rows.
        test_ids: `(rows,)` their ids.
        sample: the sample submission, all columns str.
        task: the task.
        competition: the id column, and whether probabilities, labels or numbers are submitted.
        thresholds: the thresholds of labels, see `Task.decide`.

    Returns:
        A frame with exactly the sample's columns, ids and order.

    Raises:
        DataError: the sample's columns or ids differ from those of the predictions, or a
            prediction is no probability.
    """
    id_column = competition.id_column_of_test
    if len(outputs) != len(test_ids):
        raise DataError(
            f"predictions are {len(outputs)} rows, but the test file has {len(test_ids)}; predict "
            "again"
        )
    check_outputs(outputs, test_ids, task)
    columns = submission_columns(list(sample.columns), task, competition)
    spelling = find_spelling(sample, task, competition)
    values = submitted_values(outputs, task, competition, thresholds, spelling)
    # The sample may list the ids in another order than the test file.
    predictions = pd.DataFrame(values, columns=columns, index=pd.Index(test_ids))
    _check_ids(sample[id_column], predictions.index, competition)
    submission = predictions.loc[sample[id_column]].reset_index(drop=True)
    submission.insert(0, id_column, sample[id_column].to_numpy())
    # Row numbers are no column of the sample's file.
    return submission[[column for column in sample.columns if column != ROW_NUMBERS]]


def submitted_values(
    outputs: np.ndarray,
    task: Task,
    competition: CompetitionConfig,
    thresholds: np.ndarray | None,
    spelling: Spelling | None = None,
) -> np.ndarray:
    """Return the probabilities, labels or numbers to submit, a column for each name.

    Args:
        outputs: `(rows, n_outputs)`.
        task: the task.
        competition: whether probabilities, labels or numbers are submitted.
        thresholds: see `Task.decide`.
        spelling: how the sample writes them; None: as train does.
    """
    spelling = spelling or Spelling()
    if competition.submit == "top_labels":
        names = [spelling.labels.get(name, name) for name in task.label_names]
        return top_label_cells(outputs, names, competition.top_k or 1, spelling.separator)
    if task.grids:
        return spelling.write(task.decide(outputs, thresholds))
    if competition.submit != "labels":
        return spelling.write(task.numbers(outputs) if competition.submit == "numbers" else outputs)
    shape = len(outputs), len(competition.label_columns)
    if isinstance(task, MultiLabel) and task.joiner:
        # Tags are spelled before they are joined.
        tags = task.decided_tags(task.decide(outputs, thresholds))
        joiner = spelling.joiner or task.joiner
        rows = [join_tags([spelling.labels.get(tag, tag) for tag in row], joiner) for row in tags]
        return np.array(rows, dtype=object).reshape(shape)
    return spelling.write(task.hard_labels(outputs, thresholds).reshape(shape))


def submission_columns(
    sample: Sequence[str] | None, task: Task, competition: CompetitionConfig
) -> list[str]:
    """Return the columns of the predictions, in the order of the outputs.

    A single column gets its name from the sample.

    Args:
        sample: the columns of the sample submission; None without one.
        task: the task.
        competition: the id and label columns, and whether probabilities are submitted.

    Raises:
        DataError: the sample has other columns than `competition.submit` makes.

    Example:
        submit=labels, label_columns=["category"], sample columns id, class -> ["class"]
    """
    id_column = competition.id_column_of_test
    by_output = competition.submit == "probabilities"
    # Probabilities have a column for each class, labels and numbers one for each label column.
    columns = list(task.label_names if by_output else competition.label_columns)
    if competition.submit == "top_labels" and len(columns) > 1:
        columns = ["labels"]  # of several label columns, the names share one cell
    if sample is None:
        return columns
    # With one column there is no doubt which is meant, whatever its name.
    if len(columns) == 1:
        columns = [column for column in sample if column != id_column][:1] or columns
    elif by_output:
        columns = match_columns(columns, [column for column in sample if column != id_column])
    if {id_column, *columns} - {ROW_NUMBERS} != set(sample) - {ROW_NUMBERS}:
        other = {"probabilities": "labels", "labels": "probabilities"}.get(competition.submit)
        hint = f"competition.submit={other}, or " if other and task.classes else ""
        raise DataError(
            f"{competition.sample_file} has the columns {_listed(sample)}, but "
            f"competition.submit={competition.submit} makes {_listed([id_column, *columns])}; "
            f"perhaps {hint}the names in competition.label_columns or label_values differ"
        )
    return columns


def match_columns(names: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the sample's names of the classes, which are compared by value.

    Example:
        "1.0", "2.0" of train, "2", "1" of the sample -> ["1", "2"]
    """
    codes = match_labels(names, columns)
    is_whole = len(names) == len(columns) and len(set(codes.tolist())) == len(names)
    return [columns[code] for code in codes] if is_whole and codes.min() >= 0 else list(names)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(column for column in columns if column != ROW_NUMBERS)


def score_in_name(score: float) -> str:
    """Return a score as it is written in the name of a file.

    Example:
        0.97816 -> "0.9782"
    """
    return f"{score:.4f}"


def check_outputs(outputs: np.ndarray, ids: Sequence[str], task: Task) -> None:
    """Refuse outputs that a leaderboard would refuse, or score as nonsense.

    Args:
        outputs: `(rows, n_outputs)`.
        ids: of the rows, for the message.
        task: the task.

    Raises:
        DataError: they are not as many as the task has, or not all are probabilities or numbers.
    """
    if outputs.shape[1] != task.n_outputs:
        raise DataError(
            f"predictions have {outputs.shape[1]} outputs, but the task has {task.n_outputs}; "
            "predict again"
        )
    valid, name = task.valid_outputs(outputs)
    wrong = ~valid.all(axis=1)
    if wrong.any():
        first = [str(ids[row]) for row in np.flatnonzero(wrong)[:5]]
        raise DataError(
            f"{wrong.sum()} predictions are not {name} (first ids: {', '.join(first)}); nothing "
            "was written: train again, with a smaller training.learning_rate if the losses are not "
            "finite"
        )


def _check_ids(in_sample: pd.Series, predicted: pd.Index, competition: CompetitionConfig) -> None:
    sample_ids = pd.Index(in_sample)
    for name, ids, others in (
        (competition.sample_file, sample_ids, predicted),
        (competition.test_file, predicted, sample_ids),
    ):
        repeated = ids[ids.duplicated()]
        # A repeated id would get the predictions of both of its rows.
        problem, phrase = repeated, "ids that occur twice"
        if repeated.empty:
            problem, phrase = ids.difference(others), "ids that the other file lacks"
        if len(problem):
            first = ", ".join(map(str, problem[:5]))
            raise DataError(f"{name} has {len(problem)} {phrase} (first: {first})")
