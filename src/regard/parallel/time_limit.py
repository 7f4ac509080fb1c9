"""Limits of time: when this process started, when work must end, and an alarm that ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_IMPORTED = time.monotonic()


class OutOfTime(BaseException):
    """The time of an `alarm` is over. Like KeyboardInterrupt it is no error that code handles."""


@dataclass(frozen=True)
class TimeLimit:
    """The time by which the folds of a run must be trained.

    Times are those of `time.monotonic`, which all processes of a machine share.

    Attributes:
        end: when the last fold should be done.
        hard_end: when the folds that are still trained are stopped, and lost.
        fold_seconds: the expected seconds of a fold; a fold starts only if they are left.
        valid_seconds: the expected seconds that the score of an epoch takes.
    """

    end: float
    hard_end: float = float("inf")
    fold_seconds: float = 0.0
    valid_seconds: float = 0.0

    def allows_fold(self) -> bool:
        """Return whether a fold that starts now would end in time."""
        return time.monotonic() + self.fold_seconds <= self.end

    def allows_epoch(self, seconds: float) -> bool:
        """Return whether an epoch of so many seconds would end in time."""
        return time.monotonic() + seconds <= self.end

    def allows_batch(self) -> bool:
        """Return whether there is time for another batch before the score."""
        return time.monotonic() + self.valid_seconds < self.end


def process_started() -> float:
    """Return the time at which this process started, by `time.monotonic`.

    Where the system does not say, the time at which this module was imported.
    """
    try:
        # The fields after the name, which is in brackets: the 20th is the start in clock ticks.
        fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace")
        ticks = int(fields.rpartition(")")[2].split()[19])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (AttributeError, IndexError, OSError, ValueError):
        return _IMPORTED
    return min(time.monotonic() - max(age, 0.0), _IMPORTED)


@contextlib.contextmanager
def alarm(end: float) -> Iterator[None]:
    """Raise OutOfTime in the block once a time is reached; an outer alarm stays set.

    Only the main thread of a process can be interrupted, and only between two instructions of
    Python: a long call of a library ends first. In other threads there is no alarm.

    Args:
        end: by `time.monotonic`.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: Any) -> None:
        raise OutOfTime

    outer = signal.getitimer(signal.ITIMER_REAL)[0]
    outer_end = time.monotonic() + outer if outer else float("inf")
    handler = signal.signal(signal.SIGALRM, ring)
    _set_timer(min(end, outer_end))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, handler)
        if outer:
            _set_timer(outer_end)


def _set_timer(end: float) -> None:
    # Zero would switch the timer off.
    signal.setitimer(signal.ITIMER_REAL, max(end - time.monotonic(), 0.001))
