"""The trials that are trained side by side, one fold after another."""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.artefacts import is_finished, locked
from regard.errors import ArtefactError, RegardError, file_error, is_mistake, one_line
from regard.metrics.registry import METRICS
from regard.parallel import workers
from regard.parallel.display import Line, Step
from regard.parallel.job_state import JobState, shown_score
from regard.parallel.slots import worker_slots
from regard.pipeline.learners import LEARNERS
from regard.pipeline.runner import Session, make
from regard.pipeline.scoring import gather
from regard.runs.sharing import take_over_folds

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.learner import Progress
    from regard.runs.run import Run

_BUSY_SECONDS = 1.0


@dataclass
class Trial:
    """A trial that this command works on.

    Attributes:
        number: in its study.
        config: its settings.
        run: its run, once all that its folds read has been made.
        n_reported: the folds whose score the study knows.
        failure: the reason why it failed; empty as long as it did not.
    """

    number: int
    config: Config
    run: Run | None = None
    n_reported: int = 0
    failure: str = ""

    @property
    def ready(self) -> Run:
        """The run, which has been prepared."""
        if self.run is None:
            raise TypeError(f"trial {self.number} is not prepared")
        return self.run

    @property
    def folder(self) -> Path:
        """The folder of its folds: that of the run, or until it is finished the unfinished one."""
        run = self.ready
        return run.folder if is_finished(run.folder) else run.unfinished_folder

    def waiting(self) -> list[int]:
        """Return the folds that are still to be trained."""
        if self.failure or is_finished(self.ready.folder):
            return []
        return self.ready.folds_to_train()

    def n_trained(self) -> int:
        """Return how many of its folds are trained, up to the first one that is not."""
        waiting = set(self.waiting())
        folds = self.ready.chosen_folds
        return next((place for place, fold in enumerate(folds) if fold in waiting), len(folds))

    def entries(self, n_folds: int) -> dict[str, Any]:
        """Return the entries of metrics.json on its first folds."""
        run = self.ready
        with quiet():
            return gather(run, self.folder, run.chosen_folds[:n_folds])[1]

    def discard(self) -> None:
        """Remove the folds of a trial that is given up; those of a finished run stay."""
        if self.run is not None:
            shutil.rmtree(self.run.unfinished_folder, ignore_errors=True)


def prepared(config: Config, session: Session) -> Run:
    """Make all that the folds of a run read, and return the run.

    Raises:
        ConfigError: settings do not fit each other, the task or the files.
        DataError: an input file is missing or broken.
    """
    run = make(config, "check", session)
    for stage in LEARNERS[config.model.learner].needs:
        run = make(config, stage, session)
    return run


def prepare(trial: Trial, session: Session) -> None:
    """Prepare a trial; settings that do not go together are noted as its failure."""
    try:
        with quiet():
            trial.run = prepared(trial.config, session)
            with contextlib.suppress(ArtefactError), locked(trial.run.unfinished_folder):
                if not is_finished(trial.run.folder):
                    take_over_folds(trial.run)
    except RegardError as error:
        trial.failure = one_line(error)


def n_at_once(run: Run) -> int:
    """Return how many folds are trained at a time."""
    return len(worker_slots(run.config.compute, len(run.chosen_folds)))


def train_round(trials: Sequence[Trial], n_jobs: int, step: Step) -> None:
    """Train the next fold of each trial, side by side; of few trials several folds.

    A fold that fails is noted as the failure of its trial. A run that another command is making
    sits the round out.

    Args:
        trials: prepared ones.
        n_jobs: how many folds are trained at a time.
        step: of the display.

    Raises:
        OSError: a file cannot be written, for example on a full disk.
    """
    with contextlib.ExitStack() as locks:
        chosen = _choose(trials, n_jobs, locks)
        if not chosen:
            if any(trial.waiting() for trial in trials):
                time.sleep(_BUSY_SECONDS)
            return
        progress = _JobLines(trials[0].ready, step)
        jobs = {}
        for trial, fold in chosen:
            job = workers.Job(f"trial {trial.number}, fold {fold}", train_fold, (trial.run, fold))
            jobs[job] = trial
            progress.add(job.name)
        for trial, failure in _run(jobs, progress):
            # Trials with the same settings share a run.
            for other in trials:
                if other.ready.folder == trial.ready.folder:
                    other.failure = failure


def train_fold(run: Run, fold: int, *, progress: Progress) -> str:
    """Train a fold in a worker; return the reason if that fails, so that other folds go on.

    Raises:
        OSError: a file cannot be written.
    """
    try:
        run.learner.train_fold(run, fold, progress=progress)
    except Exception as error:
        if file_error(error) is not None:
            raise
        text = one_line(error)
        return text if is_mistake(error) else f"{type(error).__name__}: {text}"
    return ""


def _choose(
    trials: Sequence[Trial], n_jobs: int, locks: contextlib.ExitStack
) -> list[tuple[Trial, int]]:
    """Return the folds of a round, and lock their runs."""
    by_folder = {trial.ready.folder: trial for trial in reversed(trials) if trial.waiting()}
    free = []
    for trial in reversed(by_folder.values()):
        with contextlib.suppress(ArtefactError):
            locks.enter_context(locked(trial.ready.unfinished_folder))
            trial.ready.unfinished_folder.mkdir(exist_ok=True)
            free.append(trial)
    # The next fold of each, then the one after it.
    ranked = [
        (rank, place, fold)
        for place, trial in enumerate(free)
        for rank, fold in enumerate(trial.waiting())
    ]
    return [(free[place], fold) for _, place, fold in sorted(ranked)[:n_jobs]]


def _run(jobs: dict[workers.Job, Trial], progress: _JobLines) -> Iterator[tuple[Trial, str]]:
    """Run the jobs of a round, and yield the trials that fail, with the reason."""

    def run(some: Sequence[workers.Job]) -> list[str]:
        trial = jobs[some[0]]
        preload, compute = trial.ready.learner.preload, trial.config.compute
        return workers.run_jobs(some, compute, imports=preload, on_event=progress)

    try:
        failures = run(list(jobs))
    except RegardError:
        # A process died, and the others were stopped. Alone, each has all the memory; folds that
        # were trained meanwhile are kept.
        failures = [_alone(job, run) for job in jobs]
    yield from ((jobs[job], text) for job, text in zip(jobs, failures, strict=True) if text)


def _alone(job: workers.Job, run: Any) -> str:
    trained, fold = job.arguments
    if is_finished(trained.unfinished_folder / f"fold_{fold}"):
        return ""
    try:
        (failure,) = run([job])
    except RegardError as error:
        return one_line(error)
    return str(failure)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Log warnings alone in a block: each trial would log all stages again."""
    logger = logging.getLogger("regard")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


class _JobLines:
    """A line of the display for each fold of a round.

    Args:
        run: its metric counts.
        step: the step that the lines belong to.
    """

    def __init__(self, run: Run, step: Step) -> None:
        metric = METRICS[run.config.competition.metric]
        self._sign = 1 if metric.greater_is_better else -1
        self._jobs: dict[str, JobState] = {}
        self._step = step
        step.lines = []

    def add(self, name: str) -> None:
        """Add a job that waits."""
        self._jobs[name] = JobState(Line(name, "waiting"))
        self._step.lines.append(self._jobs[name].line)

    def __call__(self, name: str, event: dict[str, Any]) -> None:
        """Show an event of a job, see `parallel.progress.JobsProgress`."""
        job = self._jobs[name]
        if job.started is None:
            job.start()
        if "epochs" in event:
            job.begin(event["epochs"])
        elif "finished" in event:
            job.finish(f"done: {shown_score(event['finished']):.4f}")
        elif "score" in event:
            job.end_epoch(event, sign=self._sign)
        elif "batch" in event:
            job.end_batch(event)
