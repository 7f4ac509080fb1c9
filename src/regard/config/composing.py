"""How a script gets its settings: from `conf/` and the command line, by Hydra."""

import contextlib
import dataclasses
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from regard.config.checks import choice
from regard.config.mistakes import (
    explain,
    no_setting,
    omegaconf_message,
    one_by_one,
    split_flags,
)
from regard.config.model import MODEL_SETTINGS, ModelConfig
from regard.config.plugins import import_plugins
from regard.config.schema import Config, known_keys
from regard.errors import ConfigError, RegardError, one_line


def register_schema() -> None:
    """Give Hydra the schema, under the name with which `conf/config.yaml` starts its defaults.

    Models are plain dictionaries in it, since their settings depend on the learner and on plugins,
    which are known only after Hydra has composed the pages; `from_hydra` checks them.
    """
    models = {"model": dict[str, Any], "members": dict[str, dict[str, Any]]}
    fields = [
        (field.name, models.get(field.name, field.type)) for field in dataclasses.fields(Config)
    ]
    schema = dataclasses.make_dataclass("Settings", fields)
    ConfigStore.instance().store(name="regard_schema", node=schema)


def from_hydra(config: DictConfig) -> Config:
    """Turn Hydra's composed settings into plain dataclasses, checked.

    Plugins are imported first, so that settings may name their choices.

    Raises:
        ConfigError: a value is missing, of the wrong type or out of range, or there is no such
            setting; the message names its key.
    """
    try:
        if any(word.lstrip("+~").partition("=")[0] == "members" for word in config.overrides):
            raise ConfigError(f"members are named one by one: {one_by_one('text_cnn')}")
        import_plugins(config.plugins)
        if _is_set("training.epochs", config) and not _is_set("training.min_steps", config):
            config.training.min_steps = 0  # who asks for a number of epochs wants that number
        _refuse_unknown(config)
        members = {
            name: _built_model(member, f"members.{name}")
            for name, member in config.members.items()
        }
        models = {"model": _built_model(config.model, "model"), "members": members}
        settings = OmegaConf.to_object(config)
    except OmegaConfBaseException as error:
        raise ConfigError(omegaconf_message(error)) from error
    if not dataclasses.is_dataclass(settings):
        raise ConfigError("conf/config.yaml must start its defaults with regard_schema")
    return Config(**{**vars(settings), **models})


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


def _options(config_dir: Path) -> dict[str, list[str]]:
    """The groups of `conf/` with the pages to choose from; other pages start from `base` pages."""
    groups = {
        group.name: sorted(file.stem for file in group.glob("*.yaml"))
        for group in config_dir.iterdir()
    }
    return {
        group: [option for option in options if not option.startswith("base")]
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


def _refuse_unknown(config: DictConfig) -> None:
    """Refuse settings that the schema does not have.

    Hydra's + adds such settings, and OmegaConf drops them silently.
    """
    known = set(known_keys())
    for key in sorted(_keys_of(OmegaConf.to_container(config, resolve=True))):
        is_of_model = key.startswith(("model.", "members."))  # checked by `_built_model`
        if key not in known and not is_of_model:
            raise ConfigError(no_setting(key, known))


def _built_model(values: DictConfig, key: str) -> ModelConfig:
    """Build the settings of a model or a member, whose mistakes are reported by its own key."""
    try:
        settings = _settings_of_learner(values)
        schema = OmegaConf.create({"model": OmegaConf.structured(settings)})
        given = {"model": OmegaConf.to_container(values, resolve=True)}
        model: ModelConfig = OmegaConf.to_object(OmegaConf.merge(schema, given).model)
    except (ConfigError, OmegaConfBaseException) as error:
        message = str(error) if isinstance(error, ConfigError) else omegaconf_message(error)
        raise ConfigError(message.replace("model.", f"{key}.")) from error
    return model


def _settings_of_learner(values: DictConfig) -> type[ModelConfig]:
    """The class of the settings of a model, by its learner."""
    learner = OmegaConf.select(values, "learner", throw_on_missing=False)
    if learner is None:
        pages = " or ".join(f"base_{name}" for name in MODEL_SETTINGS)
        raise ConfigError(
            f"model.learner has no value; start the page with `defaults: [{pages}, _self_]`"
        )
    choice("model.learner", learner)
    return MODEL_SETTINGS[learner].schema()


def _error_kind(error: RegardError) -> str:
    """What the user should look at: "config error", "data error" or "artefact error"."""
    return f"{type(error).__name__.removesuffix('Error').lower()} error"
