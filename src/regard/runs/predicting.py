"""Prediction of many rows: in blocks, by worker processes that keep the models of a run.

The outputs of a row depend on the rows of its batches, by their last digits. Both the pipeline and
the command that predicts a file cut rows into the same blocks, so they give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pandas as pd

from regard.data.preprocessor import Unknown, count_unknown
from regard.data.rows import Rows
from regard.runs.learner import ModelPredictor, Predictor

if TYPE_CHECKING:
    from regard.runs.learner import Progress
    from regard.runs.run import Run

# The same for every run, so that the members of a blend read the same blocks as the blend does. A
# few batches each, so that texts of one length meet.
ROWS_PER_BLOCK = 1024

# The models that this process has loaded last: those of one run, as they can be large.
_LOADED: dict[tuple[Path, str], Predictor] = {}


class Predicted(NamedTuple):
    """The predictions of a block of rows.

    Attributes:
        outputs: `(rows, n_outputs)` float32.
        unknown: its tokens that the vocabularies lack.
    """

    outputs: np.ndarray
    unknown: Unknown


def blocks_of(frame: pd.DataFrame, n_rows: int) -> Iterator[pd.DataFrame]:
    """Yield a frame in blocks of so many rows; the last may have fewer."""
    for start in range(0, len(frame), n_rows):
        yield frame.iloc[start : start + n_rows]


def predict_block(
    run: Run, models: str, frame: pd.DataFrame, file: str, *, progress: Progress
) -> Predicted:
    """Predict a block of rows by a run, in a worker.

    Args:
        run: a trained run.
        models: see `Run.model_folders`.
        frame: the rows, every column str.
        file: the name of their file, for messages.
        progress: receives no events.
    """
    rows = Rows(frame, file)
    predictor = _loaded(run, models)
    outputs = predictor.outputs(rows)
    return Predicted(outputs, count_unknown(predictor.inputs(rows)))


def outputs_by_model(
    run: Run, models: str, numbers: Sequence[int], frame: pd.DataFrame, *, progress: Progress
) -> np.ndarray:
    """Predict a block of the test rows by some of the models, see `ModelPredictor.by_model`."""
    rows = Rows(frame, str(run.config.competition.test_file))
    return cast("ModelPredictor", _loaded(run, models)).by_model(rows, numbers)


def _loaded(run: Run, models: str) -> Predictor:
    key = (run.folder, models)
    if key not in _LOADED:
        _LOADED.clear()
        _LOADED[key] = run.learner.predictor(run, models)
    return _LOADED[key]
