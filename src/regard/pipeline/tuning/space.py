"""The space of a search: the settings that are varied, and their values in a trial."""

from __future__ import annotations

import copy
import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from regard.config import Choices, Config, Range, flat_values, from_values, page_options, registry
from regard.config.schema import OF_CLASSES
from regard.errors import ConfigError, did_you_mean, shell_command

if TYPE_CHECKING:
    import optuna

_log = logging.getLogger(__name__)

# Sections that decide on which rows a trial is scored, by which models, and where it is kept.
_FIXED = (
    "competition",
    "data_dir",
    "folds",
    "members",
    "output_dir",
    "overrides",
    "seed",
    "seeds",
    "tune",
)
# Significant digits of a number that is drawn: a page of settings should be readable.
_DIGITS = 3


@dataclass(frozen=True)
class Setting:
    """A setting that a search varies.

    Attributes:
        key: its dotted name.
        values: the values to draw from.
        default: its value in the settings of the command.
    """

    key: str
    values: Range | Choices
    default: Any

    @property
    def is_int(self) -> bool:
        """Whether only whole numbers are drawn."""
        if isinstance(self.values, Choices):
            return False
        numbers = [*_numbers(self.default), self.values.low, self.values.high]
        return all(isinstance(number, int) for number in numbers)

    @property
    def choices(self) -> dict[str, Any]:
        """The values to choose from, as they are typed in a command; the default is among them."""
        values = list(self.values.values) if isinstance(self.values, Choices) else []
        if values and self.default not in values:
            values.insert(0, self.default)
        return {typed(value): value for value in values}

    @property
    def first(self) -> Any:
        """The default as a number of the range, or as a typed choice."""
        if isinstance(self.values, Choices):
            return typed(self.default)
        numbers = _numbers(self.default)
        # Of a list, as of several C, the middle one is nearest to all.
        middle = sorted(numbers)[len(numbers) // 2]
        return min(max(middle, self.values.low), self.values.high)

    def suggest(self, trial: optuna.trial.Trial) -> Any:
        """Return its value in a trial; one that was drawn before is kept.

        A setting that is a list of numbers gets a list of one.
        """
        if isinstance(self.values, Choices):
            return self.restored(trial.suggest_categorical(self.key, list(self.choices)))
        low, high, log = self.values.low, self.values.high, self.values.log
        if self.is_int:
            return self.restored(trial.suggest_int(self.key, int(low), int(high), log=log))
        return self.restored(trial.suggest_float(self.key, low, high, log=log))

    def restored(self, param: Any) -> Any:
        """Return its value in a trial by the value that was drawn, see `suggest`."""
        if isinstance(self.values, Choices):
            return self.choices[param]
        number: float = param
        if not self.is_int:
            rounded = float(f"{param:.{_DIGITS}g}")
            number = min(max(rounded, self.values.low), self.values.high)
        return [number] if isinstance(self.default, list) else number

    def ends(self) -> list[Any]:
        """Return the values that must be valid so that all are: both ends, or every choice."""
        if isinstance(self.values, Choices):
            return list(self.choices.values())
        convert = int if self.is_int else float
        numbers = [convert(self.values.low), convert(self.values.high)]
        return [[number] for number in numbers] if isinstance(self.default, list) else numbers


@dataclass(frozen=True)
class Space:
    """The settings that a search varies.

    Attributes:
        settings: at least one.
    """

    settings: tuple[Setting, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the values of each setting as JSON, by which two spaces are compared."""
        return {
            setting.key: (
                dataclasses.asdict(setting.values)
                if isinstance(setting.values, Range)
                else list(setting.choices)
            )
            for setting in self.settings
        }

    def first(self) -> dict[str, Any]:
        """Return the defaults, as the first trial has them."""
        return {setting.key: setting.first for setting in self.settings}

    def restored(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings of a trial by the values that were drawn."""
        return {setting.key: setting.restored(params[setting.key]) for setting in self.settings}

    def suggest(self, trial: optuna.trial.Trial) -> dict[str, Any]:
        """Return the settings of a trial by their dotted names."""
        return {setting.key: setting.suggest(trial) for setting in self.settings}


def space_of(config: Config) -> Space:
    """Return the space of a command, once every value in it is known to be valid.

    Settings that only tasks of classes have are left out for other tasks.

    Raises:
        ConfigError: there is no space, or it has an unknown setting or a wrong value.
    """
    ranges = config.tune.ranges()
    if not ranges:
        raise ConfigError(_no_space(config))
    known = flat_values(dataclasses.asdict(config))
    has_classes = registry("competition.task")[config.competition.task].has_classes
    settings = []
    for key, values in ranges.items():
        if key.partition(".")[0] in _FIXED:
            raise ConfigError(
                f"tune.space: {key} is the same for all trials, so that they can be compared; "
                "leave it out"
            )
        if key not in known:
            raise ConfigError(f"tune.space: there is no setting {key!r}; {_nearest(key, known)}")
        if key.removeprefix("training.") in OF_CLASSES and not has_classes:
            _log.info("tune: %s is left out: it is for tasks of classes", key)
            continue
        settings.append(Setting(key, values, known[key]))
        _check(settings[-1], config)
    if not settings:
        raise ConfigError(_no_space(config))
    return Space(tuple(settings))


def changed(config: Config, values: Mapping[str, Any]) -> Config:
    """Return settings with other values, as if they were given on the command line.

    Args:
        config: all settings.
        values: by dotted names.

    Raises:
        ConfigError: a value is out of range, or the settings do not fit each other.
    """
    nested = copy.deepcopy(dataclasses.asdict(config))
    values = dict(values)
    # As on the command line: a number of epochs is meant, so nothing may raise it.
    if "training.epochs" in values:
        values.setdefault("training.min_steps", 0)
    for key, value in values.items():
        *sections, name = key.split(".")
        section = nested
        for one in sections:
            section = section[one]
        section[name] = value
    if config.name == config.model.name:  # runs are called as their model
        nested["name"] = nested["model"]["name"]
    words = [word for word in config.overrides if not is_of_search(word)]
    nested["tune"]["space"] = {}  # a run does not keep it
    nested["overrides"] = [*words, *(f"{key}={typed(value)}" for key, value in values.items())]
    return from_values(nested)


def is_of_search(word: str) -> bool:
    """Return whether a setting of a command line is one of the search itself."""
    return word.lstrip("+~").startswith(("tune=", "tune."))


def typed(value: Any) -> str:
    """Return a value as it is typed in a command.

    Example:
        ["max", "mean"], None, True, 0.003 -> "[max,mean]", "null", "true", "0.003"
    """
    if isinstance(value, list):
        return f"[{','.join(map(typed, value))}]"
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    return yaml.safe_dump(value).splitlines()[0]


def _check(setting: Setting, config: Config) -> None:
    """Refuse a value that the settings refuse.

    Raises:
        ConfigError: the message names the setting and the value.
    """
    numbers = _numbers(setting.default)
    is_number = bool(numbers) and all(type(number) in (int, float) for number in numbers)
    is_range = isinstance(setting.values, Range)
    if is_range and not is_number:
        raise ConfigError(
            f"tune.space: {setting.key} is {typed(setting.default)} by default, which is no "
            "number, so it has no range; give a list of values"
        )
    if is_range and not setting.is_int and isinstance(numbers[0], int):
        raise ConfigError(
            f"tune.space: {setting.key} is a whole number, so its range needs whole numbers, too"
        )
    for value in setting.ends():
        try:
            changed(config, {setting.key: value})
        except (ConfigError, ValueError) as error:
            # Types are compared by what the checks of values do with them.
            if isinstance(error, ConfigError) and not isinstance(error.__cause__, TypeError):
                raise ConfigError(f"tune.space: {error}") from error
            raise ConfigError(
                f"tune.space: {setting.key}={typed(value)} has another type than its default, "
                f"{typed(setting.default)}"
            ) from error


def _numbers(default: Any) -> list[Any]:
    """Return the values of a setting that may be a list."""
    return default if isinstance(default, list) else [default]


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    """Return a hint for an unknown setting; other models have other settings."""
    section = key.partition(".")[0]
    near = [name for name in known if name.startswith(f"{section}.") and section != "tune"]
    return did_you_mean(key, near or [name for name in known if name.startswith("training.")])


def _no_space(config: Config) -> str:
    command = shell_command("tune", config.competition.name, "tune=text_cnn")
    pages = ", ".join(page_options().get("tune", ()))
    return (
        f"there is no conf/tune/{config.model.name}.yaml, which would tell what to vary; name a "
        f"page, as in {command} (there are: {pages})"
    )
