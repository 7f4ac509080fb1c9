"""The stage "predict": the test rows by the model of every fold."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from regard.artefacts.seeds import derive_seed
from regard.parallel import workers
from regard.parallel.slots import worker_slots
from regard.tasks.submission import mean_over_folds

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.learner import Learner
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


def make_predictions(run: Run, folder: Path, learner: Learner) -> None:
    """Write the outputs of each fold and their mean, and attention weights for the report."""
    n_folds = len(run.scores["fold_scores"])
    rows = _attention_rows(run.config, len(run.inputs("test")))
    # Each worker predicts with several models, so that it reads the test rows once.
    n_jobs = len(worker_slots(run.config.compute, n_folds))
    shares = [list(range(n_folds))[job::n_jobs] for job in range(n_jobs)]
    jobs = [
        workers.Job(f"predict {share}", learner.predict_folds, (run, share, rows))
        for share in shares
    ]
    results = workers.run_jobs(jobs, run.config.compute, imports=learner.preload)
    by_fold: dict[int, Any] = {}
    for share, predictions in zip(shares, results, strict=True):
        by_fold.update(zip(share, predictions, strict=True))
    outputs = [by_fold[fold][0] for fold in range(n_folds)]
    attention = [by_fold[fold][1] for fold in range(n_folds)]
    # Kept by fold, because pseudo-labels of fold k may only use the model of fold k.
    np.save(folder / "fold_outputs.npy", np.stack(outputs))
    np.save(folder / "outputs.npy", mean_over_folds(outputs))
    if attention[0] is not None:
        np.save(folder / "attention_rows.npy", rows)
        for number, weights in enumerate(zip(*attention, strict=True), start=1):
            np.save(folder / f"attention_weights_{number}.npy", mean_over_folds(weights))
    _log.info("predict: %s test rows by %d models", f"{len(outputs[0]):,}", n_folds)


def _attention_rows(config: Config, n_test: int) -> np.ndarray:
    """Draw the test rows that the report shows with their attention, in increasing order."""
    random = np.random.default_rng(derive_seed(config.seed, "attention_texts"))
    return np.sort(random.permutation(n_test)[: config.report.n_attention_texts])
