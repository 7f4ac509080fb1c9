"""The page of the best settings: `conf/experiment/<name>.yaml`, which `make train` reads."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import Any

import yaml

from regard.artefacts import write_text
from regard.config import Config, compose_settings, flat_values, page_options, read_page_text
from regard.errors import ConfigError, shell_command
from regard.pipeline.tuning.study import Progress

# Sections that are no part of a run's training, or belong to the competition or the machine.
_LEFT_OUT = (
    "blend",
    "competition",
    "compute",
    "data_dir",
    "folds.only",
    "members",
    "output_dir",
    "overrides",
    "report",
    "seeds",
    "serve",
    "tracking",
    "tune",
)
_MARK = "# Written by the search of settings"


def page_of(config: Config) -> Path:
    """Return the path of the page, in the folder of the project.

    Example:
        the study text_cnn of bbc_news -> conf/experiment/bbc_news_text_cnn.yaml
    """
    name = f"{config.competition.name}_{config.tune.study}"
    return Path("conf") / "experiment" / f"{name}.yaml"


def check_page(config: Config) -> None:
    """Refuse to write over a page that is none of this search.

    Raises:
        ConfigError: there is such a page.
    """
    path = page_of(config)
    if path.exists() and not _is_own(path, config):
        raise ConfigError(
            f"{path} was not written by this search, which would write over it; rename it, or name "
            "the search by tune.study=<name>"
        )


def write_page(config: Config, best: Config, trial: Progress, n_trials: int) -> Path:
    """Write the settings of the best trial as an experiment.

    Args:
        config: the settings of the command.
        best: those of the trial.
        trial: the trial.
        n_trials: how many there are.

    Returns:
        The path of the page.
    """
    path = page_of(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, page_text(config, best, trial, n_trials))
    return path


def page_text(config: Config, best: Config, trial: Progress, n_trials: int) -> str:
    """Return the text of the page: the page of the model, and all settings that differ.

    Args:
        config: the settings of the command.
        best: those of the trial.
        trial: the best one.
        n_trials: how many there are.
    """
    model = _model_page(best)
    before, after = _trained(_base(model, Path.cwd())), _trained(best)
    values = {key: value for key, value in after.items() if before.get(key, _NONE) != value}
    defaults = {"defaults": [{"override /model": model}]}
    command = shell_command("train", config.competition.name, f"experiment={page_of(config).stem}")
    parts = [
        "# @package _global_",
        f"{_mark(config)}: {config.competition.metric} {trial.score:.4f} out of fold, trial "
        f"{trial.number} of {n_trials}.",
        f"# Train it by: {command}",
        _yaml(defaults) + _yaml(_nested(values)),
    ]
    return "\n".join(parts)


_NONE = object()


def _mark(config: Config) -> str:
    return f"{_MARK} {config.tune.study} of {config.competition.name}"


def _is_own(path: Path, config: Config) -> bool:
    return f"{_mark(config)}:" in read_page_text(path)


def _model_page(config: Config) -> str:
    """Return the page of a model; if there is none of its name, the base page of its learner."""
    name, learner = config.model.name, config.model.learner
    is_page = name in page_options().get("model", ())
    return (
        name if is_page and _base(name, Path.cwd()).model.learner == learner else f"base_{learner}"
    )


@functools.cache
def _base(model: str, project: Path) -> Config:
    """Return the settings with a page of a model, as they are in a folder of a project."""
    name = [] if model in page_options()["model"] else ["model.name=base"]
    return compose_settings([f"model={model}", *name], {})


def _trained(config: Config) -> dict[str, Any]:
    """Return the settings that determine a training, by their dotted names."""
    values = dataclasses.asdict(config)
    if config.name == config.model.name:
        del values["name"]  # the page follows it as well
    # Those of the competition were added to them.
    own = config.competition.text_statistics
    kept = [name for name in values["features"]["text_statistics"] if name not in own]
    values["features"]["text_statistics"] = kept
    return {
        key: value
        for key, value in flat_values(values).items()
        if not any(f"{key}.".startswith(f"{left}.") for left in _LEFT_OUT)
    }


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    """Return dotted names as nested dictionaries.

    Example:
        {"seed": 1, "model.rnn.units": 64} -> {"seed": 1, "model": {"rnn": {"units": 64}}}
    """
    nested: dict[str, Any] = {}
    for key, value in values.items():
        *sections, name = key.split(".")
        section = nested
        for one in sections:
            section = section.setdefault(one, {})
        section[name] = value
    return nested


def _yaml(values: dict[str, Any]) -> str:
    if not values:
        return ""
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)
