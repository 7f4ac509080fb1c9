"""The stage "predict": the test rows by the models of a run."""

from __future__ import annotations

import itertools
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.artefacts import write_json
from regard.parallel import workers
from regard.parallel.display import update
from regard.parallel.slots import every_slot
from regard.parallel.usage import Usage, usage_notes
from regard.runs.predicting import ROWS_PER_BLOCK, blocks_of, outputs_by_model
from regard.tasks.submission import mean_over_folds

if TYPE_CHECKING:
    from regard.runs.learner import Learner
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


def make_predictions(run: Run, folder: Path, learner: Learner) -> None:
    """Write the outputs of each fold and the mean of all models."""
    config = run.config
    models = config.predict.models
    frame = run.test_rows.frame
    started = time.perf_counter()
    usages: list[Usage] = []
    by_model = np.concatenate(_outputs(run, frame, learner, usages), axis=1)
    # Not in metrics.json: another test file is predicted later, by the same run.
    write_json(folder / "usage.json", usage_notes(usages, started, n_texts=len(frame)))
    if models != "refit":
        # Kept by fold, because pseudo-labels of fold k may only use the model of fold k.
        by_fold = run.calibrated_by_fold(by_model[: len(run.fold_folders)])
        np.save(folder / "fold_outputs.npy", by_fold)
    np.save(folder / "outputs.npy", mean_over_folds(list(run.calibrated(by_model))))
    _log.info("predict: %s test rows by %d models", f"{len(frame):,}", len(by_model))


def _outputs(
    run: Run, frame: pd.DataFrame, learner: Learner, usages: list[Usage]
) -> list[np.ndarray]:
    """Return the outputs of each block of rows, `(models, rows, n_outputs)` float32."""
    models = run.config.predict.models
    n_models = len(run.model_folders(models))
    blocks = list(blocks_of(frame, ROWS_PER_BLOCK))
    n_workers = len(every_slot(run.config.compute))
    # With few blocks, workers share the models instead: 5 models, 2 workers -> [0, 2, 4], [1, 3].
    n_shares = 1 if len(blocks) >= 2 * n_workers else min(n_workers, n_models)
    shares = [list(range(n_models))[share::n_shares] for share in range(n_shares)]
    jobs = [
        workers.Job("predict", outputs_by_model, (run, models, share, block))
        for block, share in itertools.product(blocks, shares)
    ]
    found = _run(jobs, run, learner, usages)
    order = np.argsort(np.concatenate(shares))
    return [
        np.concatenate(found[start : start + n_shares])[order]
        for start in range(0, len(found), n_shares)
    ]


def _run(jobs: list[workers.Job], run: Run, learner: Learner, usages: list[Usage]) -> list[Any]:
    """Return the results of jobs, report how many are done, and note what they took."""

    def note(name: str, event: dict[str, Any]) -> None:
        if "usage" in event:
            usages.append(event["usage"])

    results = []
    for result in workers.stream_jobs(
        jobs, run.config.compute, imports=learner.preload, on_event=note
    ):
        results.append(result)
        update(len(results), len(jobs), f"{len(results)} of {len(jobs)} parts")
    return results
