"""How a script gets its settings: from `conf/` and the command line, by Hydra."""

import contextlib
import dataclasses
import logging
import os
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from regard.config.mistakes import (
    explain,
    known_beside,
    no_setting,
    omegaconf_message,
    one_by_one,
    split_flags,
)
from regard.config.schema import Config
from regard.errors import ConfigError, RegardError, one_line


def register_schema() -> None:
    """Tell Hydra the schema, under the name `conf/config.yaml` starts its defaults with."""
    ConfigStore.instance().store(name="regard_schema", node=Config)


def from_hydra(config: DictConfig) -> Config:
    """Turn Hydra's composed settings into plain dataclasses, checked.

    Raises:
        ConfigError: a value is missing, of the wrong type or out of range; the message names its
            key.
    """
    try:
        if any(word.lstrip("+~").partition("=")[0] == "members" for word in config.overrides):
            raise ConfigError(f"members are named one by one: {one_by_one('text_cnn')}")
        for name, member in config.members.items():
            _built_member(name, member)
        if _is_set("training.epochs", config) and not _is_set("training.min_steps", config):
            config.training.min_steps = 0  # who asks for a number of epochs wants that number
        built = OmegaConf.to_object(config)
        keys = _keys_of(OmegaConf.to_container(config, resolve=True))
    except OmegaConfBaseException as error:
        raise ConfigError(omegaconf_message(error)) from error
    # Hydra's + adds even what the schema does not have, and OmegaConf then drops it without a word.
    for key in sorted(keys):
        if key not in (known := known_beside(key)):
            raise ConfigError(no_setting(key, known))
    if not isinstance(built, Config):
        raise ConfigError("conf/config.yaml must start its defaults with regard_schema")
    return built


def from_values(values: dict[str, Any]) -> Config:
    """Rebuild settings from what `dataclasses.asdict` made of them, as a run's config.json has
    them.

    Raises:
        ConfigError: they are not those of this version.
    """
    try:
        built: Config = _section_from(values, Config)
    except (KeyError, TypeError) as error:
        raise ConfigError(f"these are not the settings of this version: {error}") from error
    return built


def run_script(stage: Callable[[Config], object], config_dir: Path) -> None:
    """Compose the settings from `conf/` and the command line, run a stage, and tell a user's
    mistake in one line.

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
        # Kept from Hydra, which would print all overrides before the error; of a sweep, the other
        # jobs go on.
        with one_line_errors(mistakes):
            stage(from_hydra(config))

    try:
        settings, flags = split_flags(sys.argv[1:])
    except ConfigError as error:
        sys.exit(f"config error: {error}")
    sys.argv[1:] = [*settings, *flags]  # Hydra takes flags only before or after all settings
    try:
        hydra.main(version_base="1.3", config_path=str(config_dir), config_name="config")(task)()
    except (HydraException, OmegaConfBaseException) as error:
        sys.exit(f"config error: {explain(error, settings, _options(config_dir))}")
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
    known = {
        field.name: _value_from(values[field.name], field.type)
        for field in dataclasses.fields(section)
    }
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
    groups = {
        group.name: sorted(file.stem for file in group.glob("*.yaml"))
        for group in config_dir.iterdir()
    }
    return {
        group: [option for option in options if option != "base"]
        for group, options in groups.items()
    }


def _keys_of(values: Any, prefix: str = "") -> set[str]:
    """The dotted names of all leaves."""
    if not isinstance(values, dict):
        return {prefix}
    return {
        key
        for name, value in values.items()
        for key in _keys_of(value, f"{prefix}.{name}" if prefix else name)
    }


def _is_set(key: str, config: DictConfig) -> bool:
    """Whether a word of the command line sets a value."""
    return any(word.lstrip("+").partition("=")[0] == key for word in config.overrides)


def _built_member(name: str, member: DictConfig) -> None:
    """Check the ranges of a member, whose mistakes are told by its keys."""
    try:
        OmegaConf.to_object(member)
    except ConfigError as error:
        raise ConfigError(str(error).replace("model.", f"members.{name}.")) from error


def _error_kind(error: RegardError) -> str:
    """What the user should look at: "config error", "data error" or "artefact error"."""
    return f"{type(error).__name__.removesuffix('Error').lower()} error"
