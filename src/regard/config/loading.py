"""Load the settings: from the pages of `conf/` to checked dataclasses."""

import contextlib
import dataclasses
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.plugins import Plugins
from hydra.errors import HydraException
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from regard.config.checks import choice
from regard.config.dialect import BY_FILE
from regard.config.messages import (
    IS_SECTION,
    explain,
    known_settings,
    no_setting,
    omegaconf_message,
    one_by_one,
)
from regard.config.model import MODEL_SETTINGS, ModelConfig
from regard.config.plugins import import_plugins
from regard.config.schema import Config, known_keys
from regard.errors import ConfigError, one_line


def register_schema() -> None:
    """Register the schema with Hydra, under the name that starts the defaults of `config.yaml`.

    Models are plain dictionaries in it, as their settings depend on the learner and on plugins,
    which are known only after Hydra has composed the pages; `from_hydra` checks them.
    """
    models = {"model": dict[str, Any], "members": dict[str, dict[str, Any]]}
    fields = [
        (field.name, models.get(field.name, field.type)) for field in dataclasses.fields(Config)
    ]
    # No field has a default, so each is missing (???) until a page gives it. A default_factory
    # would build its section from missing values, and the section would check the text ???.
    schema = dataclasses.make_dataclass("Settings", fields)
    ConfigStore.instance().store(name="regard_schema", node=schema)


def from_hydra(config: DictConfig) -> Config:
    """Turn Hydra's composed settings into checked dataclasses.

    Plugins are imported first, so that settings may name their choices.

    Raises:
        ConfigError: a value is missing, has the wrong type or is out of range, or there is no such
            setting; the message names its key.
    """
    try:
        if any(word.lstrip("+~").partition("=")[0] == "members" for word in config.overrides):
            raise ConfigError(f"add members one by one: {one_by_one('text_cnn')}")
        import_plugins(config.plugins)
        # training.min_steps would raise the number of epochs of a small train file.
        if _is_set("training.epochs", config) and not _is_set("training.min_steps", config):
            config.training.min_steps = 0  # a number of epochs on the command line is meant
        _refuse_unknown(config)
        members = {
            name: _built_model(member, f"members.{name}") for name, member in config.members.items()
        }
        models = {"model": _built_model(config.model, "model"), "members": members}
        # This builds the sections and so runs their checks. Its class is the registered schema, not
        # Config, which is built below and checks that the sections agree.
        settings = OmegaConf.to_object(config)
    except OmegaConfBaseException as error:
        raise ConfigError(omegaconf_message(error)) from error
    if not dataclasses.is_dataclass(settings):
        raise ConfigError("conf/config.yaml must start its defaults with regard_schema")
    return Config(**{**vars(settings), **models})


def compose_settings(words: Sequence[str], values: Mapping[str, Any]) -> Config:
    """Compose settings without a command line.

    Args:
        words: pages and settings in the form of the command line, such as "model=text_cnn".
        values: other settings by their dotted names, as Python values.

    Raises:
        ConfigError: there is no such page or setting, or a value is wrong.
    """
    register_schema()
    register_own_pages()
    pages = str(page_folders()[-1])
    # A command of Hydra may be running.
    with (
        composition_errors(words),
        _no_hydra(),
        initialize_config_dir(pages, version_base="1.3"),
    ):
        # `overrides` refers to the command line, of which there is none.
        config = compose("config", overrides=[*words, "overrides=[]"])
    shown = [f"{key}={value}" for key, value in values.items()]
    try:
        for key, value in {**values, "overrides": [*words, *shown]}.items():
            OmegaConf.update(config, key, value)
    except OmegaConfBaseException as error:
        raise ConfigError(omegaconf_message(error)) from error
    return from_hydra(config)


@contextlib.contextmanager
def _no_hydra() -> Iterator[None]:
    """Set aside the settings of a command that Hydra runs, which would hinder another composition.

    Afterwards they are as before.
    """
    known = GlobalHydra.instance()
    running = known.hydra
    known.clear()
    try:
        yield
    finally:
        known.clear()
        if running is not None:
            known.initialize(running)


def page_folders() -> list[Path]:
    """Return the folders of pages in search order: the user's `./conf`, then the shipped one."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "conf"
    if not (shipped / "config.yaml").is_file():  # a clone, not an installed package
        shipped = package.parent.parent / "conf"
    # In a clone, ./conf is the shipped folder itself and must not be searched twice.
    own = Path.cwd() / "conf"
    return [own, shipped] if own.is_dir() and not own.samefile(shipped) else [shipped]


def read_page_text(page: Path) -> str:
    """Return the text of a page.

    Raises:
        ConfigError: it is not UTF-8, the encoding of YAML.
    """
    try:
        return page.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{page} is not UTF-8 ({error}); save it as UTF-8") from error


def page_options() -> dict[str, list[str]]:
    """Return the groups of `conf/` with their options; pages named `base...` are left out."""
    options: dict[str, set[str]] = {}
    for folder in page_folders():
        for page in folder.glob("*/**/*.yaml"):
            if not page.stem.startswith("base"):
                group = page.parent.relative_to(folder).as_posix()  # model, or model/attention
                options.setdefault(group, set()).add(page.stem)
    return {group: sorted(names) for group, names in options.items()}


class OwnPages(SearchPathPlugin):
    """Plugin that lets Hydra read the user's own `./conf` before the shipped pages."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Put the user's folder before the shipped one, which Hydra calls main."""
        # Not by hydra.searchpath: Hydra searches those folders after the main one, so a page of the
        # user could not replace a shipped one of the same name.
        for folder in page_folders()[:-1]:
            search_path.prepend("own", f"file://{folder}", anchor="main")


def register_own_pages() -> None:
    """Make Hydra read `./conf` first from now on, in this process.

    Raises:
        ConfigError: `./conf/config.yaml` is not a page of Regard and would hide the shipped one.
    """
    page = page_folders()[0] / "config.yaml"
    if page.is_file() and "regard_schema" not in read_page_text(page):
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
    except UnicodeDecodeError:  # raised without the name of the file
        for folder in page_folders():
            for page in folder.glob("**/*.yaml"):
                read_page_text(page)
        raise
    except Exception as error:
        # Errors of files are one line already. OmegaConf raises OSErrors too, without a number.
        is_of_file = isinstance(error, OSError) and error.errno is not None
        if is_of_file or not _is_of_hydra(error):
            raise
        raise ConfigError(f"a page of conf/ cannot be read: {one_line(error)}") from error


def _is_of_hydra(error: Exception) -> bool:
    """Return whether Hydra or a package that it reads pages by raised an error.

    Some mistakes in a page are a ValueError or TypeError there, such as defaults that are no list.
    """
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return package in ("hydra", "omegaconf", "yaml")


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
    # A setting may be written with + or ++ in front; a ~ removes a key, so it sets nothing.
    return any(word.lstrip("+").partition("=")[0] == key for word in config.overrides)


def _refuse_unknown(config: DictConfig) -> None:
    """Refuse keys that the schema lacks: Hydra's + adds them, and OmegaConf drops them silently."""
    known = known_keys()
    sections = {key.rpartition(".")[0] for key in known}
    for key in sorted(_keys_of(OmegaConf.to_container(config, resolve=True))):
        name = re.sub(r"^members\.[^.]+\.", "model.", key)
        if name.rpartition(".")[0] in {f"competition.{setting}" for setting in BY_FILE}:
            continue  # a mapping of files, which the section checks
        if name.startswith("tune.space."):
            continue  # settings and their values, which the search checks
        if name in sections:
            raise ConfigError(f"{key} {IS_SECTION}{_or_page(key, name, config)}")
        if name not in known:
            raise ConfigError(_page_with(key) + no_setting(key, known_settings(key)))


def _or_page(key: str, name: str, config: DictConfig) -> str:
    """Return how to choose a page for a section that has pages, for a message; else nothing."""
    group = name.replace(".", "/")
    if group not in page_options():
        return ""
    place = "" if key == name else f"@{key}"
    return f", or choose a page by {group}{place}={OmegaConf.select(config, key)}"


def _page_with(key: str) -> str:
    """Return the page that has a mistyped key, for a message; empty if it is not the only one."""
    name = re.escape(key.rpartition(".")[2])
    pages = [
        page.relative_to(folder).as_posix()
        for folder in page_folders()
        for page in folder.glob("*/**/*.yaml")
        if re.search(rf"\b{name} *:", read_page_text(page))
    ]
    return f"conf/{pages[0]}: " if len(pages) == 1 else ""


def _built_model(values: DictConfig, key: str) -> ModelConfig:
    """Build the settings of a model or a member; errors name its own keys."""
    try:
        settings = _settings_of_learner(values)
        # Merged below a key `model`, so that OmegaConf's errors name model.rnn.units rather than
        # rnn.units; for a member, that start is replaced by members.<name>.
        schema = OmegaConf.create({"model": OmegaConf.structured(settings)})
        given = {"model": OmegaConf.to_container(values, resolve=True)}
        model: Any = OmegaConf.to_object(OmegaConf.merge(schema, given).model)
    except (ConfigError, OmegaConfBaseException) as error:
        message = str(error) if isinstance(error, ConfigError) else omegaconf_message(error)
        raise ConfigError(message.replace("model.", f"{key}.")) from error
    built: ModelConfig = model
    return built


def _settings_of_learner(values: DictConfig) -> type[ModelConfig]:
    """Return the class of the settings of a model, by its learner."""
    learner = OmegaConf.select(values, "learner", throw_on_missing=False)
    if learner is None:
        pages = " or ".join(f"[base_{name}]" for name in MODEL_SETTINGS)
        raise ConfigError(f"model.learner has no value; start the page with `defaults: {pages}`")
    choice("model.learner", learner)
    return MODEL_SETTINGS[learner].schema()
