"""The whole way by one command: of one model, of several that are blended, with one seed or with several."""

import dataclasses
import logging

import numpy as np

from regard.config import Config, ModelConfig
from regard.ensembling import check_method
from regard.pipeline.blending import blended
from regard.pipeline.preparing import prepare
from regard.pipeline.reading import read_scores, read_task
from regard.pipeline.running import report, tell
from regard.runs.planning import Plan

logger = logging.getLogger(__name__)


def run(config: Config) -> Plan:
    """Go the whole way; where `seeds` has several, with each of them, and make the mean of these runs."""
    if config.seeds is None:
        return _run_seed(config)
    others = [word for word in config.overrides if not word.startswith(("seed=", "seeds="))]
    plans = [
        _run_seed(
            dataclasses.replace(config, seed=seed, seeds=None, overrides=[*others, f"seed={seed}"])
        )
        for seed in config.seeds
    ]
    plan = blended(config, [plan.run for plan in plans], name=f"{config.name}-seeds", method="mean")
    scores = [read_scores(one)["oof_score"] for one in plans]
    by_seed = ", ".join(
        f"{seed}: {score:.4f}" for seed, score in zip(config.seeds, scores, strict=True)
    )
    spread = read_scores(plan)["blend"]["standard_deviation_of_members"]
    logger.info(
        "oof by seed: %s (mean %.4f, standard deviation %.4f); the mean run:",
        by_seed,
        np.mean(scores),
        spread,
    )
    tell(plan)
    return plan


def _run_seed(config: Config) -> Plan:
    """Go the whole way with one seed; where there are members, with each model, and blend these runs."""
    several = settings_of_members(config)
    if len(several) > 1:
        check_method(config.blend.method, config.competition.metric, read_task(prepare(config)))
        folders = [report(one).run for one in several]
        name = config.name if _is_named(config) else "blend"
        plan = blended(config, folders, name=name, method=config.blend.method)
    else:
        plan = report(several[0])
    tell(plan)
    return plan


def settings_of_members(config: Config) -> list[Config]:
    """Return the settings of the run of each model, that of `model` first; without members, these
    settings.

    Members that the task is not for are left out, and those that are the same model once more. One
    that is left alone is not blended, and has the name of the run.
    """
    if not config.members:
        return [config]
    task, chosen = config.competition.task, list[tuple[str, ModelConfig]]()
    for name, model in [(config.model.name, config.model), *config.members.items()]:
        same = next((other for other, known in chosen if _are_alike(model, known)), None)
        if not model.suits(task):
            logger.info("members: %s is left out, as it is not for the task %s", name, task)
        elif same is not None:
            logger.info("members: %s is left out, as it is the same model as %s", name, same)
        else:
            chosen.append((name, model))
    several = [_settings_of(config, name, model) for name, model in chosen]
    if len(several) == 1 and _is_named(config):
        return [dataclasses.replace(several[0], name=config.name)]
    return several


def _is_named(config: Config) -> bool:
    """Whether the run has a name of its own, and not that of its model."""
    return config.name != config.model.name


def _are_alike(one: ModelConfig, other: ModelConfig) -> bool:
    """Whether two models predict the same, whatever their names."""
    return one.identity() == other.identity()


def _settings_of(config: Config, name: str, model: ModelConfig) -> Config:
    """The settings of one model's run, without pseudo-labels if its learner cannot read them."""
    teacher = config.pseudo_labels.run if model.reads_pseudo_labels else None
    if teacher != config.pseudo_labels.run:
        logger.info("members: %s learns nothing from pseudo_labels.run, as only networks do", name)
    return dataclasses.replace(
        config,
        name=name,
        model=model,
        members={},
        pseudo_labels=dataclasses.replace(config.pseudo_labels, run=teacher),
        overrides=[*config.overrides, f"(its member {name})"],
    )
