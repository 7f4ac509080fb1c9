"""The settings of a search: its budget, and the values that each setting may take."""

import math
from dataclasses import dataclass
from typing import Any

from regard.config.checks import at_least, folder_name, positive
from regard.errors import ConfigError

_FORMS = "give {low: 0.001, high: 0.01, log: true} or a list of values"


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included.

    Attributes:
        low: the lowest.
        high: the highest.
        log: whether equal ratios are equally likely, rather than equal differences.
    """

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Choices:
    """Any of some values.

    Attributes:
        values: of any type that the setting has.
    """

    values: tuple[Any, ...]


@dataclass
class TuneConfig:
    """The name and the budget of a search, and its space. No artefact depends on it."""

    study: str | None
    minutes: float | None
    trials: int | None
    space: dict[str, Any]

    def __post_init__(self) -> None:
        if self.study is not None:
            folder_name("tune.study", self.study)
        if self.minutes is not None:
            positive("tune.minutes", self.minutes)
        if self.trials is not None:
            at_least("tune.trials", self.trials, 1)
        self.ranges()

    def ranges(self) -> dict[str, Range | Choices]:
        """Return the values of each setting.

        Raises:
            ConfigError: an entry of the space is neither a range nor a list of values.
        """
        return {key: _read(f"tune.space: {key}", entry) for key, entry in self.space.items()}


def _read(key: str, entry: Any) -> Range | Choices:
    """Return an entry of a space; `key` names it in messages."""
    if isinstance(entry, list):
        if len(entry) < 2:
            raise ConfigError(f"{key}={entry} leaves nothing to choose; give at least two values")
        if any(entry.count(value) > 1 for value in entry):
            raise ConfigError(f"{key}={entry} has a value twice; give each once")
        return Choices(tuple(entry))
    if not isinstance(entry, dict) or not {"low", "high"} <= set(entry) <= {"low", "high", "log"}:
        raise ConfigError(f"{key}={entry} is not known; {_FORMS}")
    low, high, log = entry["low"], entry["high"], entry.get("log", False)
    # Not isinstance: True and False are ints to Python.
    if not all(type(end) in (int, float) and math.isfinite(end) for end in (low, high)):
        raise ConfigError(f"{key}: low={low} and high={high} must be numbers; {_FORMS}")
    if not isinstance(log, bool):
        raise ConfigError(f"{key}: log={log} is neither true nor false")
    if low >= high:
        raise ConfigError(f"{key}: low={low} is not below high={high}; give the lower one first")
    if log and low <= 0:
        raise ConfigError(f"{key}: low={low} has no logarithm; give one above 0, or log: false")
    return Range(low, high, log)
