"""Load the settings: from the pages of `conf/` to checked dataclasses."""

import contextlib
import dataclasses
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.config_store import ConfigStore
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from regard.config.messages import (
    explain,
    known_settings,
    no_setting,
    omegaconf_message,
    one_by_one,
)
from regard.config.schema import Config
from regard.errors import ConfigError, one_line


def register_schema() -> None:
    """Register the schema with Hydra, under the name that starts the defaults of `config.yaml`."""
    ConfigStore.instance().store(name="regard_schema", node=Config)


def from_hydra(config: DictConfig) -> Config:
    """Turn Hydra's composed settings into checked dataclasses.

    Raises:
        ConfigError: a value is missing, has the wrong type or is out of range; the message names
            its key.
    """
    try:
        if any(word.lstrip("+~").partition("=")[0] == "members" for word in config.overrides):
            raise ConfigError(f"add members one by one: {one_by_one('text_cnn')}")
        for name, member in config.members.items():
            _built_member(name, member)
        if _is_set("training.epochs", config) and not _is_set("training.min_steps", config):
            config.training.min_steps = 0  # a number of epochs on the command line is meant
        built = OmegaConf.to_object(config)
        keys = _keys_of(OmegaConf.to_container(config, resolve=True))
    except OmegaConfBaseException as error:
        raise ConfigError(omegaconf_message(error)) from error
    # Hydra's + adds keys that the schema lacks, and OmegaConf drops them silently.
    for key in sorted(keys):
        if key not in (known := known_settings(key)):
            raise ConfigError(no_setting(key, known))
    if not isinstance(built, Config):
        raise ConfigError("conf/config.yaml must start its defaults with regard_schema")
    return built


def from_values(values: dict[str, Any]) -> Config:
    """Rebuild settings from the dictionary of `dataclasses.asdict`, as saved in config.json.

    Raises:
        ConfigError: they were saved by another version, which has other settings.
    """
    try:
        built: Config = _section_from(values, Config)
    except (KeyError, TypeError) as error:
        raise ConfigError(f"these are not the settings of this version: {error}") from error
    return built


def page_folders() -> list[Path]:
    """Return the folders of pages in search order: the user's `./conf`, if any, then the shipped."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "conf"
    if not (shipped / "config.yaml").is_file():  # a clone, not an installed package
        shipped = package.parent.parent / "conf"
    own = Path.cwd() / "conf"
    return [own, shipped] if own.is_dir() and not own.samefile(shipped) else [shipped]


def page_options() -> dict[str, list[str]]:
    """Return the groups of `conf/` with their options; `base` pages are no options."""
    options: dict[str, set[str]] = {}
    for folder in page_folders():
        for page in folder.glob("*/*.yaml"):
            options.setdefault(page.parent.name, set()).add(page.stem)
    return {group: sorted(names - {"base"}) for group, names in options.items()}


class OwnPages(SearchPathPlugin):
    """Plugin that lets Hydra read the user's own `./conf` before the shipped pages."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Put the user's folder before the shipped one, which Hydra calls main."""
        for folder in page_folders()[:-1]:
            search_path.prepend("own", f"file://{folder}", anchor="main")


def register_own_pages() -> None:
    """Make Hydra read `./conf` first from now on, in this process.

    Raises:
        ConfigError: `./conf/config.yaml` is not a page of Regard and would hide the shipped one.
    """
    page = page_folders()[0] / "config.yaml"
    if page.is_file() and "regard_schema" not in page.read_text(encoding="utf-8"):
        raise ConfigError(
            f"{page} is read instead of Regard's own, but has no regard_schema among its defaults; "
            "rename it, or work in another folder"
        )
    Plugins.instance().register(OwnPages)


@contextlib.contextmanager
def composition_errors(settings: Sequence[str]) -> Iterator[None]:
    """Explain errors of Hydra while it composes the settings of a command line.

    Raises:
        ConfigError: Hydra, OmegaConf or the YAML parser raised an error.
    """
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(explain(error, settings, page_options())) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"a page of conf/ is not YAML: {one_line(error)}") from error


def section_values(*sections: Any) -> list[dict[str, Any]]:
    """Return config sections as plain dictionaries, for fingerprints and files."""
    return [dataclasses.asdict(section) for section in sections]


def _section_from(values: dict[str, Any], section: Any) -> Any:
    """Build a section; an unknown name is a TypeError, a missing one a KeyError."""
    known = {
        field.name: _value_from(values[field.name], field.type)
        for field in dataclasses.fields(section)
    }
    return section(**{**values, **known})


def _value_from(value: Any, kind: Any) -> Any:
    """Build a value: a section, sections by name, or a plain value."""
    if dataclasses.is_dataclass(kind):
        return _section_from(value, kind)
    *_, last = typing.get_args(kind) or (None,)
    if dataclasses.is_dataclass(last):
        return {name: _section_from(one, last) for name, one in value.items()}
    return value


def _keys_of(values: Any, prefix: str = "") -> set[str]:
    """Return the dotted names of all leaves."""
    if not isinstance(values, dict):
        return {prefix}
    return {
        key
        for name, value in values.items()
        for key in _keys_of(value, f"{prefix}.{name}" if prefix else name)
    }


def _is_set(key: str, config: DictConfig) -> bool:
    """Return whether the command line sets a key."""
    return any(word.lstrip("+").partition("=")[0] == key for word in config.overrides)


def _built_member(name: str, member: DictConfig) -> None:
    """Check the values of a member; errors name its own keys."""
    try:
        OmegaConf.to_object(member)
    except ConfigError as error:
        raise ConfigError(str(error).replace("model.", f"members.{name}.")) from error
