"""Forecasts: how long jobs will take, from the batches and epochs that were measured."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

# A backend traces and compiles the network in its first batches.
_WARM_UP_BATCHES = 3
_MIN_BATCHES = 5
# Scoring the held-out rows, relative to the training batches of an epoch, until it is measured.
_SCORING_SHARE = 0.1
# Old measurements lose two thirds of their weight in this time.
_SMOOTHING_SECONDS = 10.0


@dataclass
class Pace:
    """The measured speed of one job that trains in epochs.

    Attributes:
        n_batches: batches of an epoch; 0 while it is not known.
        batches: the seconds of each batch of the first epoch.
        epochs: the seconds of each finished epoch.
    """

    n_batches: int = 0
    batches: list[float] = field(default_factory=list)
    epochs: list[float] = field(default_factory=list)

    @property
    def epoch_seconds(self) -> float | None:
        """The expected seconds of an epoch; None while too few batches were measured.

        The first epoch compiles the network, so it counts until there is a second one.

        Example:
            100 batches of 0.1 s, of which 20 are done, the first 3 of 2 s each -> 11.0: those
            after the third, and a tenth more for the score
        """
        if len(self.epochs) > 1:
            recent = self.epochs[1:][-3:]
            return sum(recent) / len(recent)
        steady = self.batches[_WARM_UP_BATCHES:]
        if len(steady) < _MIN_BATCHES:
            return self.epochs[0] if self.epochs else None
        training = self.n_batches * sum(steady) / len(steady)
        if self.epochs:
            return training + max(self.epochs[0] - sum(self.batches), 0.0)
        return training * (1 + _SCORING_SHARE)


def seconds_left(running: Sequence[float], n_waiting: int, *, job: float, n_slots: int) -> float:
    """Return the seconds until the last job ends, if each free slot takes the next job.

    Args:
        running: the seconds that each running job still needs.
        n_waiting: the number of jobs that have not started.
        job: the seconds of a whole job.
        n_slots: the number of jobs that run at a time.

    Example:
        running [10, 4], 2 waiting jobs of 8 seconds, 2 slots -> 18: the slot that is free after 4
        seconds ends its next job after 12, and the other one after 18
    """
    ends = [max(seconds, 0.0) for seconds in running]
    ends += [0.0] * (max(n_slots, 1) - len(ends))
    heapq.heapify(ends)
    for _ in range(n_waiting):
        heapq.heappush(ends, heapq.heappop(ends) + max(job, 0.0))
    return max(ends)


def epochs_left(done: float, at_most: float, typical: float | None = None) -> float:
    """Return the epochs that a job still needs.

    Nobody knows when early stopping will end a job, so it is expected to last to its last epoch.
    Once other jobs are finished, it is expected to take as many epochs as they took, and at least
    one more than it has.

    Args:
        done: epochs that are done, in fractions.
        at_most: the maximum number of epochs.
        typical: the mean number of epochs of the finished jobs; None if there are none.

    Example:
        done 3.5 of at most 13 -> 9.5; typical 6 -> 2.5; typical 4 -> 1.0
    """
    expected = at_most if typical is None else max(typical, done + 1)
    return max(min(expected, at_most) - done, 0.0)


@dataclass
class Countdown:
    """A forecast that counts down, and follows new measurements without jumps.

    Attributes:
        end: the time at which the work is expected to be done; None before the first measurement.
        measured: the time of the last measurement.
    """

    end: float | None = None
    measured: float = 0.0

    def measure(self, seconds: float, now: float, *, is_news: bool = False) -> None:
        """Take a new measurement of the seconds left.

        Args:
            seconds: the measurement.
            now: the time.
            is_news: whether it replaces the measurements before it, such as when a job has ended.
        """
        end = now + max(seconds, 0.0)
        if self.end is None or is_news:
            self.end = end
        else:
            weight = 1 - math.exp(-max(now - self.measured, 0.0) / _SMOOTHING_SECONDS)
            self.end += weight * (end - self.end)
        self.measured = now

    def left(self, now: float) -> float | None:
        """Return the seconds left, never negative; None before the first measurement."""
        return None if self.end is None else max(self.end - now, 0.0)


def in_words(seconds: float) -> str:
    """Return a rounded duration.

    Example:
        in_words(38) -> "40 seconds"; in_words(260) -> "4.5 minutes"; in_words(5400) -> "1.5 hours"
    """
    if seconds < 57.5:
        return f"{max(5 * math.ceil(seconds / 5), 5)} seconds"
    if seconds < 90 * 60 - 30:
        minutes = seconds / 60
        rounded = max(round(2 * minutes) / 2, 1) if minutes < 9.75 else round(minutes)
        return "1 minute" if rounded == 1 else f"{rounded:g} minutes"
    return f"{seconds / 3600:.1f} hours"


def clock(seconds: float) -> str:
    """Return a duration as on a clock.

    Example:
        clock(83) -> "1:23"; clock(3723) -> "1:02:03"
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
