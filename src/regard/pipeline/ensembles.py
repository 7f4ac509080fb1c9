"""The whole way by one command: of one model, of several that are blended, with one seed or with several."""

import dataclasses
import logging

import numpy as np

from regard.artefacts import Plan
from regard.config import Config
from regard.pipeline.blending import blended
from regard.pipeline.reading import read_scores
from regard.pipeline.running import report, tell

logger = logging.getLogger(__name__)


def run(config: Config) -> Plan:
    """Go the whole way; where `seeds` has several, with each of them, and make the mean of these runs."""
    if config.seeds is None:
        return _run_seed(config)
    others = [word for word in config.overrides if not word.startswith(("seed=", "seeds="))]
    plans = [
        _run_seed(dataclasses.replace(config, seed=seed, seeds=None, overrides=[*others, f"seed={seed}"]))
        for seed in config.seeds
    ]
    plan = blended(config, [plan.run for plan in plans], name=f"{config.name}-seeds", method="mean")
    scores = [read_scores(one)["oof_score"] for one in plans]
    by_seed = ", ".join(f"{seed}: {score:.4f}" for seed, score in zip(config.seeds, scores, strict=True))
    spread = read_scores(plan)["blend"]["standard_deviation_of_members"]
    logger.info("oof by seed: %s (mean %.4f, standard deviation %.4f); the mean run:", by_seed, np.mean(scores), spread)
    tell(plan)
    return plan


def _run_seed(config: Config) -> Plan:
    """Go the whole way with one seed; where there are members, with each model, and blend these runs."""
    if config.members:
        folders = [report(one).run for one in settings_of_members(config)]
        plan = blended(config, folders, name=config.name, method=config.blend.method)
    else:
        plan = report(config)
    tell(plan)
    return plan


def settings_of_members(config: Config) -> list[Config]:
    """Return the settings of the run of each model, that of `model` first; without those that the task is not for."""
    task, several = config.competition.task, list[Config]()
    for name, model in [(config.model.name, config.model), *config.members.items()]:
        if not model.is_for(task):
            logger.info("members: %s is left out, as it is not for the task %s", name, task)
            continue
        teacher = None if model.is_linear else config.pseudo_labels.run
        pseudo_labels = dataclasses.replace(config.pseudo_labels, run=teacher)
        own = dataclasses.replace(config, name=name, model=model, members={}, pseudo_labels=pseudo_labels)
        several.append(dataclasses.replace(own, overrides=[*config.overrides, f"model={name}"]))
    return several
