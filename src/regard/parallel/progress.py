"""Progress of parallel jobs: a line for each job, a forecast, and a log line for each result."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from regard.parallel.display import Line, Step, current
from regard.parallel.forecast import in_words
from regard.parallel.job_state import JobState, forecast, shown_score
from regard.parallel.usage import Usage

logger = logging.getLogger(__name__)

# A forecast of fewer seconds is not logged: the result is there as soon as it is read.
_MIN_FORECAST = 10.0


class JobsProgress:
    """Show a line for each job with its epochs and the scores of the last and the best epoch.

    Use it as a context manager and call it with a job's name and an event:

    - `{"started": True}` when a worker takes the job,
    - `{"epochs": maximum number, "note": text}` before the first epoch,
    - `{"epoch", "batch", "batches"}` during an epoch, with the batch's `seconds` if measured,
    - a record with `epoch` and `score` after an epoch, with its `honest_score` where thresholds
      are tuned: that one is shown, and the other one chooses the best epoch,
    - `{"finished": record of the best epoch}` at the end,
    - `{"usage": Usage}` when the worker is done with the job.

    Equal notes of several jobs are logged once. So is a forecast, after the first batches that are
    measured. Where nothing is drawn, there remains a log line for each finished job.

    Args:
        metric: the name of the score.
        greater_is_better: whether a greater score is better.
        names: the names of all jobs, which are shown as waiting from the start.
        n_slots: the number of jobs that run at a time.

    Attributes:
        usages: the usage of each finished job.
    """

    def __init__(
        self,
        metric: str,
        *,
        greater_is_better: bool,
        names: Sequence[str] = (),
        n_slots: int = 1,
    ) -> None:
        self._metric = metric
        self._sign = 1 if greater_is_better else -1
        self._n_slots = n_slots
        self._step = current().running or Step("train")
        self._step.text = metric
        self._jobs: dict[str, JobState] = {}
        for name in names:
            self._add(name)
        self._began = time.monotonic()
        self._has_forecast = False
        # An empty note is no note, so it counts as logged.
        self._notes = {""}
        self.usages: list[Usage] = []

    def __enter__(self) -> JobsProgress:
        """Begin to count the time."""
        self._began = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the lines of the jobs."""
        self._step.lines = []

    def __call__(self, name: str, event: dict[str, Any]) -> None:
        """Update a job's line, and the forecast."""
        job = self._jobs.get(name) or self._add(name)
        if job.started is None:
            job.start()
        if "epochs" in event:
            self._begin(job, event["epochs"], event["note"])
        elif "finished" in event:
            self._finish(name, job, event["finished"])
        elif "usage" in event:
            self.usages.append(event["usage"])
            if job.seconds is None:
                job.finish("done")
        elif "score" in event:
            job.end_epoch(event, sign=self._sign)
        elif "batch" in event:
            job.end_batch(event)
        self._forecast(is_news="finished" in event)

    def _add(self, name: str) -> JobState:
        job = self._jobs[name] = JobState(Line(name, "waiting"))
        self._step.lines.append(job.line)
        return job

    def _begin(self, job: JobState, epochs: int, note: str) -> None:
        job.begin(epochs)
        if note not in self._notes:
            self._notes.add(note)
            logger.info("train: %s", note)

    def _finish(self, name: str, job: JobState, best: dict[str, float]) -> None:
        result = f"{shown_score(best):.4f} at epoch {best['epoch']:.0f}"
        job.finish(f"done: {result}")
        logger.info("%s: %s %s", name, self._metric, result)

    def _forecast(self, *, is_news: bool) -> None:
        """Give the step a forecast, and log the first one."""
        jobs = list(self._jobs.values())
        n_finished = sum(job.seconds is not None for job in jobs)
        self._step.share = sum(job.line.share or 0.0 for job in jobs) / len(jobs)
        left = forecast(jobs, self._n_slots, time.monotonic())
        if left is None:
            return
        self._step.expect(left, is_news=is_news)
        seconds = time.monotonic() - self._began + left
        if self._has_forecast or n_finished == len(jobs) or seconds < _MIN_FORECAST:
            return
        self._has_forecast = True
        epochs = max(job.epochs for job in jobs)
        of_epochs = f" of at most {epochs} epochs" if epochs > 1 else ""
        names = f"{len(jobs)} folds" if len(jobs) > 1 else jobs[0].line.name
        at_a_time = f" ({min(self._n_slots, len(jobs))} at a time)" if len(jobs) > 1 else ""
        words = in_words(seconds)
        logger.info("%s: about %s for %s%s%s", self._step.name, words, names, of_epochs, at_a_time)
