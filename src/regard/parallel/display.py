"""The work of a command as a list of steps, which a terminal may draw.

The runner names its steps, and a step reports how far it is. Outside a terminal nothing is drawn:
`regard.parallel.terminal.command_progress` draws the display of a whole command. Stages import this
module rather than that one, so that another look of the bars makes no model anew.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from regard.parallel.forecast import Countdown

# Seconds of the steps that are short for most files, until they have run once.
_SHORT_STEPS = {"tables": 2.0, "test_tables": 2.0, "prepare": 3.0, "folds": 1.0, "check": 1.0}
_SHORT_STEPS |= {"submit": 1.0, "report": 5.0, "blend": 5.0}
# Steps whose time depends on that of another step, relative to it, until they have run once.
_SHARES = {"predict": ("train", 0.05), "explain": ("train", 0.05), "refit": ("train", 0.25)}
# A share of a step says little about its speed before this time.
_MIN_SECONDS = 2.0
_MIN_SHARE = 0.02


@dataclass
class Line:
    """A job of a step, or a part of it.

    Attributes:
        name: such as "fold 0".
        text: such as "epoch 4 of 13".
        share: the share that is done; None if it is not known.
        is_running: whether it has started and is not finished.
    """

    name: str
    text: str = ""
    share: float | None = 0.0
    is_running: bool = False


@dataclass
class Step:
    """A part of a command, such as the training of all folds.

    Attributes:
        name: such as "train".
        text: shown after the name.
        share: the share that is done; None if it is not known.
        lines: its jobs.
        started: the time at which it began; None if it waits.
        seconds: the time that it took; None if it is not finished.
    """

    name: str
    text: str = ""
    share: float | None = None
    lines: list[Line] = field(default_factory=list)
    started: float | None = None
    seconds: float | None = None
    _countdown: Countdown = field(default_factory=Countdown)

    def update(self, done: float, total: float, text: str = "") -> None:
        """Report how much is done, such as rows of all rows; the time left follows from it."""
        self.share = min(max(done / total, 0.0), 1.0) if total > 0 else None
        self.text = text or self.text
        now = time.monotonic()
        elapsed = now - (now if self.started is None else self.started)
        if self.share and self.share >= _MIN_SHARE and elapsed >= _MIN_SECONDS:
            self.expect(elapsed * (1 - self.share) / self.share)

    def expect(self, seconds: float, *, is_news: bool = False) -> None:
        """Report a measured forecast of the seconds that are left, see `Countdown.measure`."""
        self._countdown.measure(seconds, time.monotonic(), is_news=is_news)

    @property
    def is_running(self) -> bool:
        """Whether it has begun and is not finished."""
        return self.started is not None and self.seconds is None

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds left; None if nothing was measured yet."""
        return 0.0 if self.seconds is not None else self._countdown.left(now)

    def whole_seconds(self, now: float) -> float | None:
        """Return the seconds from its start to its end, measured or forecast; None if unknown."""
        left = self.seconds_left(now)
        if self.seconds is not None or self.started is None or left is None:
            return self.seconds
        return now - self.started + left


class Display:
    """The steps of one command.

    Args:
        on_first_step: called before the first step begins.
    """

    def __init__(self, on_first_step: Callable[[], None] = lambda: None) -> None:
        self._on_first_step = on_first_step
        self.started = time.monotonic()
        self.steps: dict[str, Step] = {}

    def plan(self, names: Mapping[str, str]) -> None:
        """Add steps that are to come.

        Args:
            names: the names of steps by a key, such as the folder that a step makes; a key that is
                known already is not added again.
        """
        for key, name in names.items():
            self.steps.setdefault(key, Step(name))

    def drop(self, key: str) -> None:
        """Remove a planned step that turned out to be done already."""
        if key in self.steps and self.steps[key].started is None:
            del self.steps[key]

    @contextlib.contextmanager
    def step(self, name: str, key: str | None = None) -> Iterator[Step]:
        """Run a step, planned or not.

        Args:
            name: such as "train".
            key: as in `plan`; None for a step that was not planned.
        """
        if not any(step.started is not None for step in self.steps.values()):
            self._on_first_step()
        step = self.steps.setdefault(key or f"{name} {len(self.steps)}", Step(name))
        step.started = time.monotonic()
        try:
            yield step
        finally:
            step.seconds = time.monotonic() - step.started
            step.lines = []

    @property
    def running(self) -> Step | None:
        """The step that began last and is not finished."""
        return next((step for step in reversed(self.steps.values()) if step.is_running), None)

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds until the last step ends; None while that cannot be said."""
        steps = list(self.steps.values())
        total = 0.0
        for step in steps:
            left = step.seconds_left(now)
            if left is None:
                expected = expected_seconds(step.name, steps, now)
                if expected is None:
                    return None
                elapsed = 0.0 if step.started is None else now - step.started
                left = max(expected - elapsed, 0.0)
            total += left
        return total


def expected_seconds(name: str, steps: Sequence[Step], now: float) -> float | None:
    """Return the expected seconds of a step that has measured nothing yet.

    They are the mean of the steps with the same name that were measured: the next member of a blend
    is expected to take as long as the one before it.

    Returns:
        None if nothing is known, as before the first batches of a training.
    """
    measured = [step.whole_seconds(now) for step in steps if step.name == name]
    known = [seconds for seconds in measured if seconds is not None]
    if known:
        return sum(known) / len(known)
    if name in _SHARES:
        other, share = _SHARES[name]
        seconds = expected_seconds(other, steps, now)
        return None if seconds is None else share * seconds
    return _SHORT_STEPS.get(name)


_current: list[Display] = [Display()]


def current() -> Display:
    """Return the display of the command that runs; one that nobody sees where none is drawn."""
    return _current[-1]


def command_started() -> float:
    """Return the time at which the command began that runs; now, where none does."""
    return current().started if len(_current) > 1 else time.monotonic()


@contextlib.contextmanager
def shown(display: Display) -> Iterator[Display]:
    """Make a display the current one."""
    _current.append(display)
    try:
        yield display
    finally:
        _current.remove(display)


def update(done: float, total: float, text: str = "") -> None:
    """Report how far the current step is, see `Step.update`; without a step, do nothing."""
    if step := current().running:
        step.update(done, total, text)
