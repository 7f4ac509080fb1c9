"""The forms of predictions: those of a submission, probabilities, or everything at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.config.checks import choice
from regard.config.dialect import ROW_NUMBERS
from regard.data.rows import str_cells, text_frame
from regard.errors import DataError, did_you_mean
from regard.tasks.submission import check_outputs, submitted_values

if TYPE_CHECKING:
    from regard.data.joining import JoinedTable
    from regard.runs.run import Run


def as_frame(
    rows: Sequence[str] | pd.DataFrame, columns: Sequence[str], table: JoinedTable | None = None
) -> pd.DataFrame:
    """Return rows as a frame of str columns.

    Args:
        rows: texts, if the models read a single column; else a frame.
        columns: the columns that the models read.
        table: the rows of joined files, for columns that the rows lack.

    Raises:
        DataError: a column is missing or there twice, or a cell has characters that no file can
            hold.

    Example:
        ["Old news"], columns=["text"] -> a frame with the column text
    """
    needed = list(columns)
    if not isinstance(rows, pd.DataFrame):
        if isinstance(rows, str) or len(needed) != 1:
            raise DataError(
                f"give the rows as a list of texts, if the models read one column, or as a frame; "
                f"they read {', '.join(needed)}"
            )
        return text_frame(rows, needed[0])
    found = str_cells(rows, "the frame")
    for column in needed if table is None else table.columns_to_give(needed, found.columns):
        if column not in found.columns:
            raise DataError(
                f"the rows have no column {column!r}; {did_you_mean(column, found.columns)}"
            )
    return found if table is None else table.complete(found, needed, "the rows")


def in_form(form: str, outputs: np.ndarray, frame: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Return the outputs of rows in a form, with the index of the rows.

    Args:
        form: one of `FORMS`.
        outputs: `(rows, n_outputs)`.
        frame: the rows, with or without a column of ids.
        run: gives the task, the thresholds and the columns of the submission.

    Raises:
        ConfigError: there is no such form.
        DataError: an output is not a number, or not a probability.
    """
    choice("form", form, tuple(FORMS))
    ids = run.config.competition.id_column_of_test
    has_ids = ids in frame.columns
    check_outputs(outputs, (frame[ids] if has_ids else frame.index).tolist(), run.task)
    columns = FORMS[form](outputs, run)
    if has_ids or (form == "submission" and ids != ROW_NUMBERS):
        # New texts often have no ids: the numbers of their rows stand in.
        values = frame[ids].to_numpy() if has_ids else frame.index.to_numpy()
        columns.insert(0, ids, values, allow_duplicates=True)  # a class may have this name
    columns.index = frame.index
    return columns[run.submission_columns] if form == "submission" else columns


def _submission(outputs: np.ndarray, run: Run) -> pd.DataFrame:
    competition = run.config.competition
    values = submitted_values(outputs, run.task, competition, run.thresholds, run.spelling)
    return pd.DataFrame(values, columns=run.predicted_columns)


def _probabilities(outputs: np.ndarray, run: Run) -> pd.DataFrame:
    return pd.DataFrame(outputs, columns=list(run.task.output_names))


def _all(outputs: np.ndarray, run: Run) -> pd.DataFrame:
    """Return the labels, then the probability of each; of a regression the numbers alone."""
    task = run.task
    names = run.config.competition.label_columns
    if not task.has_classes:
        numbers = task.decide(outputs, run.thresholds) if task.grids else task.numbers(outputs)
        return pd.DataFrame(numbers, columns=names)
    labels = task.hard_labels(outputs, run.thresholds).reshape(len(outputs), len(names))
    probabilities = pd.DataFrame(
        outputs, columns=[f"probability_{name}" for name in task.probability_names]
    )
    return pd.concat([pd.DataFrame(labels, columns=names), probabilities], axis=1)


# Each function returns the columns besides the id.
FORMS: dict[str, Callable[[np.ndarray, Run], pd.DataFrame]] = {
    "submission": _submission,
    "probabilities": _probabilities,
    "all": _all,
}
