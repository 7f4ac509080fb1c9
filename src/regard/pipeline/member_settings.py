"""The settings of each run of a command that trains several models."""

from __future__ import annotations

import dataclasses
import logging

from regard.config import Config, ModelConfig
from regard.network.pairs import check_pair_settings
from regard.network.transformer.folder import check_folder_is_set

_log = logging.getLogger(__name__)


def settings_of_members(config: Config) -> list[Config]:
    """Return the settings of the run of each model, the one of `model` first.

    Members that do not suit the task are left out, and so are repetitions of the same model. If one
    model remains, it is not blended and has the name of the run.

    Raises:
        ConfigError: a setting of one of them needs a pair of texts, or names no folder. It is not
            left out, as it was asked for by a setting or a page; the message names the member.
    """
    if not config.members:
        return [config]
    task = config.competition.task
    for key, model in config.models().items():
        if model.suits(task):  # others are left out whatever they need
            check_pair_settings(key, model, config.competition)
            check_folder_is_set(key, model)
    chosen: list[tuple[str, ModelConfig]] = []
    for name, model in [(config.model.name, config.model), *config.members.items()]:
        same = next((other for other, known in chosen if _predict_alike(model, known)), None)
        if not model.suits(task):
            _log.info("members: %s is left out, as it does not suit the task %s", name, task)
        elif same is not None:
            _log.info("members: %s is left out, as it is the same model as %s", name, same)
        else:
            chosen.append((name, model))
    several = [_settings_of_member(config, name, model) for name, model in chosen]
    if len(several) == 1 and has_own_name(config):
        return [dataclasses.replace(several[0], name=config.name)]
    return several


def has_own_name(config: Config) -> bool:
    """Return whether the run has another name than its model."""
    return config.name != config.model.name


def _predict_alike(one: ModelConfig, other: ModelConfig) -> bool:
    """Return whether two models are the same but for their names."""
    return one.identity() == other.identity()


def _settings_of_member(config: Config, name: str, model: ModelConfig) -> Config:
    """Return the settings of one model's run, without pseudo-labels if it cannot learn them."""
    teacher = config.pseudo_labels.run if model.reads_pseudo_labels else None
    if teacher != config.pseudo_labels.run:
        _log.info("members: %s does not learn from pseudo_labels.run; only networks do", name)
    return dataclasses.replace(
        config,
        name=name,
        model=model,
        members={},
        pseudo_labels=dataclasses.replace(config.pseudo_labels, run=teacher),
        overrides=[*config.overrides, f"(its member {name})"],
    )
