"""The rows of a fold, with those of test that have pseudo-labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from regard.data.folds import held_out_rows, training_rows
from regard.data.inputs import Inputs, joined
from regard.network.fold_state import FoldData
from regard.network.pseudo_labels import read_pseudo_labels

if TYPE_CHECKING:
    from regard.runs.run import Run


def fold_data(run: Run, inputs: Inputs, fold: int) -> FoldData:
    """Return the rows of a fold, without pseudo-labels.

    Args:
        run: the run.
        inputs: of all train rows.
        fold: the number of the fold.
    """
    return FoldData(
        inputs=inputs,
        targets=run.targets,
        train_rows=training_rows(run.folds, fold, kind=run.config.folds.kind),
        valid_rows=held_out_rows(run.folds, fold),
    )


def all_rows(run: Run, inputs: Inputs) -> FoldData:
    """Return all rows as those to train on, none of them held out."""
    nothing = np.empty(0, np.int64)
    return FoldData(inputs, run.targets, np.arange(len(run.labels)), nothing)


def with_pseudo_labels(data: FoldData, test_inputs: Inputs, run: Run, fold: int) -> FoldData:
    """Return a fold that also learns from the test rows that an earlier run is sure of.

    The rows that the fold holds out stay the same.

    Args:
        data: the rows of the fold.
        test_inputs: of all test rows.
        run: the run.
        fold: the number of the fold.
    """
    found = read_pseudo_labels(run, fold)
    n_train = len(data.inputs)
    n_added = len(found.rows)
    ideal = run.task.ideal_outputs(data.targets.labels).astype(np.float32)
    weight = run.config.pseudo_labels.weight
    return FoldData(
        inputs=joined(data.inputs, test_inputs.take(found.rows)),
        targets=data.targets,
        # Of 3 train rows, 0 and 2 are the fold's; the test rows 4 and 7 follow the train rows as
        # rows 3 and 4: [0, 2, 3, 4].
        train_rows=np.concatenate([data.train_rows, n_train + np.arange(n_added)]),
        valid_rows=data.valid_rows,
        ideal_outputs=np.concatenate([ideal, found.outputs]),
        weights=np.repeat(np.array([1.0, weight], np.float32), [n_train, n_added]),
    )
