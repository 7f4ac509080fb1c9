"""The time of a command with a budget: its end, attempts that may take a part of it, and cuts."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from regard.errors import is_mistake, mistake_line
from regard.parallel.time_limit import OutOfTime, alarm

T = TypeVar("T")

_log = logging.getLogger(__name__)

# For the leaderboard, the last lines of the log and the end of the process.
_CLOSING_SECONDS = 2.0
_CLOSING_SHARE = 0.02


@dataclass
class Clock:
    """The time of a command.

    Attributes:
        started: when the command began, by `time.monotonic`.
        minutes: that it may take.
        cuts: everything that was left out for lack of time, in words.
    """

    started: float
    minutes: float
    cuts: list[str] = field(default_factory=list)

    @property
    def end(self) -> float:
        """The time by which all files must be written."""
        seconds = 60 * self.minutes
        return self.started + seconds - _CLOSING_SECONDS - _CLOSING_SHARE * seconds

    @property
    def left(self) -> float:
        """The seconds until then."""
        return self.end - time.monotonic()

    @property
    def used(self) -> float:
        """The seconds since the command began."""
        return time.monotonic() - self.started

    def cut(self, text: str) -> None:
        """Note and log something that is left out."""
        self.cuts.append(text)
        _log.info("budget: cut: %s", text)

    def attempt(
        self, function: Callable[[], T | None], name: str, *, reserve: float = 0.0
    ) -> T | None:
        """Call a function, and give up once the time is over.

        Args:
            function: the work.
            name: the cut to note if there was not enough time.
            reserve: seconds to leave.

        Returns:
            The result; None if there was not enough time.
        """
        if self.left > reserve:
            with contextlib.suppress(OutOfTime), alarm(self.end - reserve):
                return function()
        self.cut(name)
        return None

    def extend(
        self, function: Callable[[], T | None], name: str, *, reserve: float = 0.0
    ) -> T | None:
        """Call a function that makes more of what is there already, see `attempt`.

        There is a submission, which the command must end with: an error of the work is logged, and
        the work is a cut.
        """
        try:
            return self.attempt(function, name, reserve=reserve)
        except Exception as error:
            if is_mistake(error):
                _log.warning("budget: %s", mistake_line(error))
            else:  # a bug keeps its traceback
                _log.warning("budget: %s", name, exc_info=error)
            self.cut(f"{name}: it failed")
            return None
