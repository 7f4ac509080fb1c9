"""How a script gets its settings: from `conf/` and the command line, by Hydra; and how it tells a mistake in them."""

import contextlib
import dataclasses
import functools
import logging
import os
import re
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from regard.config.schema import Config
from regard.errors import ConfigError, RegardError, did_you_mean, one_line


def register_schema() -> None:
    """Tell Hydra the schema, under the name `conf/config.yaml` starts its defaults with."""
    ConfigStore.instance().store(name="regard_schema", node=Config)


def from_hydra(config: DictConfig) -> Config:
    """Turn Hydra's composed settings into plain dataclasses, checked.

    Raises:
        ConfigError: a value is missing, of the wrong type or out of range; the message names its key.
    """
    try:
        if any(word.lstrip("+~").partition("=")[0] == "members" for word in config.overrides):
            raise ConfigError(f"members are named one by one: {_one_by_one('text_cnn')}")
        for name, member in config.members.items():
            _built_member(name, member)
        if _is_set("training.epochs", config) and not _is_set("training.min_steps", config):
            config.training.min_steps = 0  # who asks for a number of epochs wants that number
        built = OmegaConf.to_object(config)
        keys = _keys_of(OmegaConf.to_container(config, resolve=True))
    except OmegaConfBaseException as error:
        raise ConfigError(_omegaconf_message(error)) from error
    # Hydra's + adds even what the schema does not have, and OmegaConf then drops it without a word.
    for key in sorted(keys):
        if key not in (known := _known_beside(key)):
            raise ConfigError(_no_setting(key, known))
    if not isinstance(built, Config):
        raise ConfigError("conf/config.yaml must start its defaults with regard_schema")
    return built


def from_values(values: dict[str, Any]) -> Config:
    """Rebuild settings from what `dataclasses.asdict` made of them, as a run's config.json has them.

    Raises:
        ConfigError: they are not those of this version.
    """
    try:
        built: Config = _section_from(values, Config)
    except (KeyError, TypeError) as error:
        raise ConfigError(f"these are not the settings of this version: {error}") from error
    return built


@functools.cache
def known_keys(section: type = Config, prefix: str = "") -> tuple[str, ...]:
    """Return the dotted names of all settings.

    Example:
        known_keys() -> ("name", "seed", ..., "model.rnn.units", ...)
    """
    keys: list[str] = []
    for field in dataclasses.fields(section):
        if isinstance(field.type, type) and dataclasses.is_dataclass(field.type):
            keys += known_keys(field.type, f"{prefix}{field.name}.")
        else:
            keys.append(prefix + field.name)
    return tuple(keys)


def explain(error: BaseException, overrides: Iterable[str], groups: dict[str, list[str]]) -> str:
    """Return one line for what Hydra or OmegaConf refused.

    Args:
        error: what was raised while the settings were composed.
        overrides: the command line's words, for example `["model.rnn.unitz=3"]`.
        groups: the option groups of `conf/` with their options, for example `{"model": ["lstm_attention"]}`.
    """
    for override in overrides:
        key, equals, value = override.lstrip("+~").partition("=")
        key, _, package = key.partition("@")
        if key.startswith(("-", "hydra")):
            continue
        if not (equals or override.startswith("~")):
            return f"{override}: a setting is written with its value, {override}=..."
        if "," in value and value[0] not in "[{(\"'" and "multirun" in str(error):
            return f"{override} has several values: make sweep trains once for each, and a list is written [{value}]"
        if key in groups:
            wanted = [word for word in value.strip("[]").split(",") if word not in (*groups[key], "null", "")]
            if wanted:
                return f"no conf/{key}/{wanted[0]}.yaml ({key}={value}); {did_you_mean(wanted[0], groups[key])}"
            if equals and not value:
                return f"{key}= names no page of conf/{key}; there are: {', '.join(groups[key])}"
            if package and not re.fullmatch(r"members\.[^.]+", package):
                return f"{override}: another model is a member, {_one_by_one(package.rpartition('.')[2])}"
        elif key.partition(".")[0] == "members" and key.count(".") < 2:
            if f"'{key}'" in str(error) and override.startswith("~"):
                return f"{key}: there is no such member to leave out"
            if not override.startswith("~"):
                return f"members are named one by one: {_one_by_one(key.partition('.')[2] or 'text_cnn')}"
        elif not _is_known(key, known := _known_beside(key)) and equals:
            return _no_setting(key, [*known, *groups])
        elif key.startswith("members.") and f"Could not override '{key}'" in str(error):
            return f"{key}: there is no such member; {_one_by_one(key.split('.')[1])}"
    return _omegaconf_message(error)


def run_script(stage: Callable[[Config], object], config_dir: Path) -> None:
    """Compose the settings from `conf/` and the command line, run a stage, and tell a user's mistake in one line.

    Args:
        stage: what the script does.
        config_dir: the folder of `config.yaml`, absolute.
    """
    register_schema()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout, force=True)
    # Hydra then raises what it refuses, instead of printing it over several lines.
    os.environ["HYDRA_FULL_ERROR"] = "1"

    mistakes: list[Exception] = []

    def task(config: DictConfig) -> None:
        # Kept from Hydra, which would print all overrides before the error; of a sweep, the other jobs go on.
        with one_line_errors(mistakes):
            stage(from_hydra(config))

    # Hydra takes -m only before or after all overrides.
    sys.argv[1:] = sorted(sys.argv[1:], key=lambda word: word not in ("-m", "--multirun"))
    try:
        hydra.main(version_base="1.3", config_path=str(config_dir), config_name="config")(task)()
    except (HydraException, OmegaConfBaseException) as error:
        sys.exit(f"config error: {explain(error, sys.argv[1:], _options(config_dir))}")
    except yaml.YAMLError as error:
        sys.exit(f"config error: a page of conf/ is not YAML: {one_line(error)}")
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
    if mistakes:
        sys.exit(1)


@contextlib.contextmanager
def one_line_errors(mistakes: list[Exception]) -> Iterator[None]:
    """Tell what the user can put right in one line, and note it; anything else is a bug and passes."""
    try:
        yield
    except RegardError as error:
        mistakes.append(error)
        sys.stderr.write(f"{_error_kind(error)}: {one_line(error)}\n")
    except (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        mistakes.append(error)
        sys.stderr.write(f"file error: {error.filename}: {error.strerror}\n")


def section_values(*sections: Any) -> list[dict[str, Any]]:
    """Return config sections as plain dictionaries, for fingerprints and files."""
    return [dataclasses.asdict(section) for section in sections]


def _section_from(values: dict[str, Any], section: Any) -> Any:
    """A section with those in it; a name too many is a TypeError, one too few a KeyError."""
    known = {field.name: _value_from(values[field.name], field.type) for field in dataclasses.fields(section)}
    return section(**{**values, **known})


def _value_from(value: Any, kind: Any) -> Any:
    """A value of a section: a section itself, sections by name, or what it is."""
    if dataclasses.is_dataclass(kind):
        return _section_from(value, kind)
    *_, last = typing.get_args(kind) or (None,)
    if dataclasses.is_dataclass(last):
        return {name: _section_from(one, last) for name, one in value.items()}
    return value


def _options(config_dir: Path) -> dict[str, list[str]]:
    """The groups of `conf/` with what can be chosen in each; `base` pages are only started from."""
    groups = {group.name: sorted(file.stem for file in group.glob("*.yaml")) for group in config_dir.iterdir()}
    return {group: [option for option in options if option != "base"] for group, options in groups.items()}


def _keys_of(values: Any, prefix: str = "") -> set[str]:
    """The dotted names of all leaves."""
    if not isinstance(values, dict):
        return {prefix}
    return {key for name, value in values.items() for key in _keys_of(value, f"{prefix}.{name}" if prefix else name)}


def _known_beside(key: str) -> Sequence[str]:
    """The names of all settings; of a member's key, of those that a member has: what `model` has."""
    known = known_keys()
    if not (member := re.match(r"members\.[^.]+\.", key)):
        return known
    return [member[0] + name.removeprefix("model.") for name in known if name.startswith("model.")]


def _no_setting(key: str, known: Iterable[str]) -> str:
    """That there is no such setting, and which is meant: one elsewhere that ends alike, or the nearest name."""
    known, last = list(known), key.rpartition(".")[2]
    elsewhere = [name for name in known if name.rpartition(".")[2] == last]
    return f"there is no setting {key!r}; {did_you_mean(elsewhere[0] if elsewhere else key, known)}"


def _is_known(key: str, known: Iterable[str]) -> bool:
    """Whether a key is that of a setting, or of a section of settings."""
    return any(name == key or name.startswith(f"{key}.") for name in known)


def _is_set(key: str, config: DictConfig) -> bool:
    """Whether a word of the command line sets a value."""
    return any(word.lstrip("+").partition("=")[0] == key for word in config.overrides)


def _one_by_one(name: str) -> str:
    return f"+model@members.{name}=text_cnn adds one of conf/model, ~members.{name} leaves one out"


def _built_member(name: str, member: DictConfig) -> None:
    """Check the ranges of a member, whose mistakes are told by its keys."""
    try:
        OmegaConf.to_object(member)
    except ConfigError as error:
        raise ConfigError(str(error).replace("model.", f"members.{name}.")) from error


def _error_kind(error: RegardError) -> str:
    """What the user should look at: "config error", "data error" or "artefact error"."""
    return f"{type(error).__name__.removesuffix('Error').lower()} error"


def _omegaconf_message(error: BaseException) -> str:
    """OmegaConf's message without its type listing, with the full key in front."""
    cause: BaseException = error
    while cause.__cause__ is not None and not getattr(cause, "full_key", None):
        cause = cause.__cause__
    whole = one_line(cause)
    written = re.search(r"full_key: (\S+)$", str(cause), re.MULTILINE)
    key = getattr(cause, "full_key", None) or (written and written[1])
    message = re.sub(r" full_key:.*| See https?://\S+.*", "", whole)
    where = ""
    if page := re.match(r"In '([^']+)': \w+ raised while composing config: ", message):
        where, message = f"conf/{page[1]}.yaml: ", message[page.end() :]
        if page[1].startswith("experiment/") and "Key 'experiment' not in" in message:
            return f"{where}its first line must be `# @package _global_`, as in the other experiments"
    if unknown := re.search(r"Key '(\w+)' not in", message):
        return where + _no_setting(key or unknown[1], _known_beside(key or unknown[1]))
    message = re.sub(r"Invalid value assigned: \w+ is not a ListConfig, list or tuple.*", "give a list: [...]", message)
    message = re.sub(r"Incompatible value 'None' for field of type '\w+'", "has no value; give one", message)
    if "missing mandatory value" in message:
        return f"{key} has no value; set it, or start the page with `defaults: [base]`, which sets what most share"
    return f"{where}{key}: {message}" if key else f"{where}{message}"
