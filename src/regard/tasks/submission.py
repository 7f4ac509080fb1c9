"""Probabilities to a submission that the leaderboard will take: the sample's columns, its rows, its order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from regard.config import CompetitionConfig
from regard.errors import DataError
from regard.tasks.base import Task
from regard.tasks.decisions import hard_labels, numbers


def mean_over_folds(predictions: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean of the folds' predictions, cell by cell.

    Args:
        predictions: of each fold, all of one shape.

    Returns:
        That shape, float32.

    Example:
        [[0.2]], [[0.4]], [[0.9]] -> [[0.5]]
    """
    mean: np.ndarray = np.stack(predictions).mean(axis=0, dtype=np.float64)
    return mean.astype(np.float32)


def make_submission(
    outputs: np.ndarray,
    test_ids: Sequence[str],
    sample: pd.DataFrame,
    task: Task,
    competition: CompetitionConfig,
    *,
    thresholds: np.ndarray | None = None,
) -> pd.DataFrame:
    """Put predictions into the form of the sample.

    Args:
        outputs: `(rows, n_outputs)` of the test rows.
        test_ids: `(rows,)` their ids.
        sample: the sample submission, all columns str.
        task: what is predicted.
        competition: the id column, and whether probabilities, labels or numbers are submitted.
        thresholds: by which labels are said, see `task.decide`.

    Returns:
        A frame with exactly the sample's columns, ids and order.

    Raises:
        DataError: the sample's columns or ids are not those of the predictions, or a prediction is
            no probability.
    """
    id_column = competition.id_column_of_test
    _check_outputs(outputs, test_ids, task)
    columns = submission_columns(sample, task, competition)
    values = outputs
    if competition.submit == "labels":
        values = hard_labels(outputs, task, thresholds).reshape(len(outputs), -1)
    elif competition.submit == "numbers":
        values = numbers(outputs, task)
    predictions = pd.DataFrame(values, columns=columns, index=pd.Index(test_ids))
    _check_ids(sample[id_column], predictions.index, competition)
    submission = predictions.loc[sample[id_column]].reset_index(drop=True)
    submission.insert(0, id_column, sample[id_column].to_numpy())
    return submission[list(sample.columns)]


def submission_columns(
    sample: pd.DataFrame, task: Task, competition: CompetitionConfig
) -> list[str]:
    """Return the columns that predictions go into, in the order of the outputs.

    A single column is taken as the sample calls it.

    Raises:
        DataError: the sample has other columns than those of `competition.submit`.

    Example:
        submit=labels, label_columns=["category"], sample columns id, class -> ["class"]
    """
    id_column = competition.id_column_of_test
    columns = list(
        task.label_names if competition.submit == "probabilities" else competition.label_columns
    )
    if len(columns) == 1:
        columns = [column for column in sample.columns if column != id_column][:1] or columns
    if {id_column, *columns} != set(sample.columns):
        other = {"probabilities": "labels", "labels": "probabilities"}.get(competition.submit)
        perhaps = (
            f"perhaps competition.submit={other}, or " if other and task.classes else "perhaps "
        )
        raise DataError(
            f"{competition.sample_file} has the columns {', '.join(sample.columns)}, but competition.submit="
            f"{competition.submit} makes {id_column}, {', '.join(columns)}; {perhaps}the names in "
            "competition.label_columns or label_values differ"
        )
    return columns


def score_in_name(score: float) -> str:
    """Return a score as it stands in the name of a file.

    Example:
        0.97816 -> "0.9782"
    """
    return f"{score:.4f}"


def _check_outputs(outputs: np.ndarray, test_ids: Sequence[str], task: Task) -> None:
    if outputs.shape != (len(test_ids), task.n_outputs):
        raise DataError(
            f"predictions are {outputs.shape[0]} rows of {outputs.shape[1]}, but the test file has "
            f"{len(test_ids)} rows and the task {task.n_outputs} outputs; predict again"
        )
    if task.kind == "regression":
        what, right = "finite numbers", np.isfinite(outputs)
    else:
        # a NaN is neither
        what, right = "probabilities from 0 to 1", (outputs >= 0.0) & (outputs <= 1.0)
    wrong = ~right.all(axis=1)
    if wrong.any():
        ids = [test_ids[row] for row in np.flatnonzero(wrong)[:5]]
        raise DataError(
            f"{wrong.sum()} predictions are not {what} (first ids: {', '.join(ids)}); nothing was "
            "written: train again, with a smaller training.learning_rate if the losses are not finite"
        )


def _check_ids(wanted: pd.Series, predicted: pd.Index, competition: CompetitionConfig) -> None:
    for name, ids, others in (
        (competition.sample_file, pd.Index(wanted), predicted),
        (competition.test_file, predicted, pd.Index(wanted)),
    ):
        problem = ids[ids.duplicated()] if ids.has_duplicates else ids.difference(others)
        if len(problem):
            what = "ids that stand twice" if ids.has_duplicates else "ids that the other file lacks"
            raise DataError(
                f"{name} has {len(problem)} {what} (first: {', '.join(map(str, problem[:5]))})"
            )
