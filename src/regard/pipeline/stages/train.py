"""The stages "train" and "refit": fit a model for each fold, score them, fit one on all rows."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.artefacts import check_file, write_json
from regard.data.joining import JOINED_FILE
from regard.metrics.registry import METRICS
from regard.parallel.engines import engine_of
from regard.parallel.progress import JobsProgress
from regard.parallel.slots import worker_slots
from regard.parallel.time_limit import OutOfTime, alarm
from regard.parallel.usage import usage_notes
from regard.parallel.workers import Job
from regard.pipeline.scoring import write_fold_scores
from regard.runs.contents import ENCODER_NOTE, FITTED, TRAINED_ENCODER
from regard.runs.sharing import take_over_folds

if TYPE_CHECKING:
    from regard.runs.learner import Learner
    from regard.runs.run import Run

FITTED_FILES = ("task.json", "vocabulary.txt", "features.json", "tokenizer.json", "cut.json")

_log = logging.getLogger(__name__)


def make_models(run: Run, folder: Path, learner: Learner) -> None:
    """Train the folds that are not there yet, and gather their scores."""
    take_over_folds(run)
    # Folds that an earlier, interrupted command has finished are kept.
    waiting = run.folds_to_train()
    _log.info("train: %d of %d folds to train", len(waiting), run.n_folds)
    names = {f"fold {fold}": fold for fold in waiting}
    jobs = [
        Job(name, learner.train_fold, (run, fold), makes=run.unfinished_folder / f"fold_{fold}")
        for name, fold in names.items()
    ]
    engine = engine_of(run.config.compute)
    metric = run.config.competition.metric
    started = time.perf_counter()
    with JobsProgress(
        metric,
        greater_is_better=METRICS[metric].greater_is_better,
        names=[job.name for job in jobs],
        n_slots=engine.n_at_once(len(jobs)),
    ) as progress:

        def on_event(name: str, event: dict[str, Any]) -> None:
            progress(name, event)
            run.on_event(names[name], event)
            if "usage" in event:
                run.on_fold_end(names[name], event["usage"].seconds)

        with _within_limit(run, jobs) as starts:
            engine.run(jobs, folder, imports=learner.preload, on_event=on_event, starts=starts)
    write_fold_scores(run, folder, _trained(run), usage_notes(progress.usages, started))
    keep_fitted(run, folder / FITTED)
    for unfinished in folder.glob(".fold_*"):
        shutil.rmtree(unfinished)  # of a fold that was stopped, and then taken from another run


@contextlib.contextmanager
def _within_limit(run: Run, jobs: Sequence[Job]) -> Iterator[Callable[[Job], bool]]:
    """Give whether a fold may start, and end the block when the time of the run is over."""
    limit = run.limit
    if limit is None:
        yield lambda job: True
        return
    # The first folds start whatever was forecast.
    first = jobs[: len(worker_slots(run.config.compute, len(jobs)))]
    # Folds that end by themselves before the alarm are kept if it rings.
    with contextlib.suppress(OutOfTime), alarm(limit.hard_end):
        yield lambda job: job in first or limit.allows_fold()


def _trained(run: Run) -> list[int]:
    """Return the chosen folds that are trained: all, unless time was limited.

    Raises:
        OutOfTime: there is none.
    """
    waiting = run.folds_to_train()
    trained = [fold for fold in run.chosen_folds if fold not in waiting]
    if waiting:
        _log.info("train: no time for the folds %s", ", ".join(map(str, waiting)))
    if not trained:
        raise OutOfTime
    return trained


def keep_fitted(run: Run, folder: Path) -> None:
    """Copy all that prediction needs besides the models, so that the run needs no other folder."""
    folder.mkdir(exist_ok=True)
    for name in FITTED_FILES:
        source = run.artefact("prepare") / name
        check_file(source)
        shutil.copyfile(source, folder / name)
    if run.config.competition.join_column is not None:
        source = run.artefact("tables") / JOINED_FILE
        check_file(source)
        shutil.copyfile(source, folder / JOINED_FILE)
    # A blend has no encoder itself, whatever the model of its settings.
    if "encode" in run.folders:
        shutil.copyfile(run.artefact("encode") / ENCODER_NOTE, folder / ENCODER_NOTE)
    if "pieces" in run.folders:
        for name in TRAINED_ENCODER:
            source = run.artefact("pieces") / name
            check_file(source)
            shutil.copyfile(source, folder / name)
    if run.config.competition.has_test:
        write_json(folder / "submission.json", run.sample_form())


def make_refit(run: Run, folder: Path, learner: Learner) -> None:
    """Train one model on all rows."""
    job = Job("all rows", learner.refit, (run, folder))
    metric = run.config.competition.metric
    better = METRICS[metric].greater_is_better
    with JobsProgress(metric, greater_is_better=better, names=[job.name]) as progress:
        engine_of(run.config.compute).run([job], folder, imports=learner.preload, on_event=progress)
    if run.config.predict.models in ("auto", "folds"):
        _log.info("refit: the folds still predict; predict.models=refit or both takes this model")
