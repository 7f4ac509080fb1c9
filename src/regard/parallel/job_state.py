"""The state of jobs as their events report it, and a forecast of their end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from regard.parallel.display import Line
from regard.parallel.forecast import Pace, epochs_left, seconds_left


@dataclass
class JobState:
    """The state of one job.

    Attributes:
        line: its line in the display.
        epochs: the maximum number of epochs; 0 if the job did not report it.
        epoch: the number of the epoch that runs, from 1.
        done: epochs that are done, in fractions.
        pace: its measured speed.
        last: the record of the last finished epoch.
        best: the record of the best one.
        started: the time at which a worker took it.
        began: the time at which its first epoch began.
        first_batch: the seconds from there to the end of its first batch, in which a network is
            compiled.
        seconds: the time that it took; None if it is not finished.
    """

    line: Line
    epochs: int = 0
    epoch: int = 1
    done: float = 0.0
    pace: Pace = field(default_factory=Pace)
    last: dict[str, float] = field(default_factory=dict)
    best: dict[str, float] = field(default_factory=dict)
    started: float | None = None
    began: float | None = None
    first_batch: float = 0.0
    seconds: float | None = None

    def start(self) -> None:
        """Note that a worker has taken the job."""
        self.started = time.monotonic()
        self.line.is_running = True
        self.line.text = "starting"

    def begin(self, epochs: int) -> None:
        """Note that the first of so many epochs begins."""
        self.epochs = epochs
        self.began = time.monotonic()
        self._describe()

    def end_batch(self, event: dict[str, Any]) -> None:
        """Take the event of a batch."""
        self.epoch = event["epoch"]
        self.done = self.epoch - 1 + event["batch"] / event["batches"]
        self.pace.n_batches = event["batches"]
        if not self.first_batch and self.began is not None:
            self.first_batch = time.monotonic() - self.began
        if not self.pace.epochs and "seconds" in event:
            self.pace.batches.append(event["seconds"])
        self._describe()

    def end_epoch(self, record: dict[str, float], *, sign: int) -> None:
        """Take the record of an epoch.

        Args:
            record: `epoch`, `score` and more.
            sign: 1 if a greater score is better, else -1.
        """
        self.epoch = int(record["epoch"])
        self.done = record["epoch"]
        self.last = record
        if not self.best or _rank(record, sign) > _rank(self.best, sign):
            self.best = record
        if "seconds" in record:
            self.pace.epochs.append(record["seconds"])
        self._describe()

    def finish(self, text: str) -> None:
        """Note that the job is done."""
        now = time.monotonic()
        self.seconds = now - (now if self.started is None else self.started)
        # Early stopping leaves epochs undone: the bar is set to full.
        self.line.share = 1.0
        self.line.is_running = False
        self.line.text = text

    def _describe(self) -> None:
        """Bring the line up to date."""
        epochs = max(self.epochs, self.epoch)
        self.line.share = self.done / epochs
        self.line.text = f"epoch {self.epoch:>{len(str(epochs))}} of {epochs}"
        if self.last:
            scores = f"{shown_score(self.last):.4f} (best {shown_score(self.best):.4f})"
            self.line.text += f"  {scores}"


def shown_score(record: dict[str, float]) -> float:
    """Return the score of an epoch that can be compared with the score of the run."""
    return record.get("honest_score", record["score"])


def _rank(record: dict[str, float], sign: int) -> tuple[float, float]:
    """Return a value that is greater for a better epoch; the loss decides between equal scores."""
    return sign * record["score"], -record.get("valid_loss", 0.0)


def forecast(jobs: Sequence[JobState], n_slots: int, now: float) -> float | None:
    """Return the seconds until all jobs are finished; None before enough is measured.

    Jobs that run epochs are measured by their batches, other ones once the first is finished.
    """
    finished = [job for job in jobs if job.seconds is not None]
    running = [job for job in jobs if job.started is not None and job.seconds is None]
    n_waiting = len(jobs) - len(finished) - len(running)
    if finished and not any(job.epochs for job in jobs):
        whole = sum(job.seconds or 0.0 for job in finished) / len(finished)
        lefts = [whole - (now - (job.started or now)) for job in running]
        return seconds_left(lefts, n_waiting, job=whole, n_slots=n_slots)
    # Jobs that have just begun say nothing yet; they are as fast as the others.
    speeds = [job.pace.epoch_seconds for job in running + finished[-n_slots:]]
    known = [seconds for seconds in speeds if seconds is not None]
    if not known:
        return None
    epoch = sum(known) / len(known)
    at_most = max(job.epochs for job in jobs)
    typical = sum(job.done for job in finished) / len(finished) if finished else None
    # Workers that wait for a job have imported their modules already.
    set_up = min((job.first_batch for job in jobs if job.first_batch), default=0.0)
    whole = set_up + epochs_left(0.0, at_most, typical) * epoch
    lefts = [epochs_left(job.done, job.epochs or at_most, typical) * epoch for job in running]
    return seconds_left(lefts, n_waiting, job=whole, n_slots=n_slots)
