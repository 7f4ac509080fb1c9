"""The stage "train": fit the models of the folds side by side, and score what they held out."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from regard.artefacts import is_finished
from regard.metrics.registry import METRICS
from regard.metrics.thresholds import is_tuned
from regard.parallel import workers
from regard.pipeline.scoring import write_fold_scores

if TYPE_CHECKING:
    from regard.runs.learner import Learner
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


def make_models(run: Run, folder: Path, learner: Learner) -> None:
    """Train the folds that are not there yet, and gather their scores."""
    from regard.parallel.progress import JobsProgress  # its bars take a tenth of a second to import

    # Folds that an earlier, interrupted command has finished are kept.
    waiting = [fold for fold in range(run.n_folds) if not is_finished(folder / f"fold_{fold}")]
    _log.info("train: %d of %d folds to train", len(waiting), run.n_folds)
    jobs = [workers.Job(f"fold {fold}", learner.train_fold, (run, fold)) for fold in waiting]
    metric = run.config.competition.metric
    shown = metric
    if run.config.thresholds.tuned and is_tuned(metric, run.task):
        shown = f"{metric} (at the fold's own best thresholds)"
    better = METRICS[metric].greater_is_better
    with JobsProgress(shown, greater_is_better=better) as progress:
        workers.run_jobs(jobs, run.config.compute, imports=learner.preload, on_event=progress)
    write_fold_scores(run, folder)
