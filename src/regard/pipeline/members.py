"""Train one model, or several that are blended, with one seed or with several."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence

import numpy as np

from regard.config import Config, ModelConfig
from regard.ensembling import check_method
from regard.pipeline.blending import make_blend
from regard.pipeline.runner import Session, announce, finish_run, make
from regard.runs.run import Run

_log = logging.getLogger(__name__)


def train(config: Config) -> Run:
    """Make everything from the CSV files to the submission and the report.

    With several `seeds`, make a run with each and the mean of these runs. With `members`, make a
    run with each model and blend them.

    Returns:
        The run whose submission is the best to upload: the mean, the blend, or the only one.

    Raises:
        ConfigError: settings do not fit each other, the task or the files.
        DataError: an input file is missing or broken, or changed while it was read.
        ArtefactError: another process is making the same run.
    """
    if config.seeds is not None:
        return _train_seeds(config, config.seeds)
    session = Session()
    run = _train_members(config, session) if config.members else make(config, "report", session)
    finish_run(run)
    return run


def _train_seeds(config: Config, seeds: Sequence[int]) -> Run:
    """Make a run with each seed, and the mean of these runs."""
    session = Session()
    several = [_settings_of_seed(config, seed) for seed in seeds]
    if not config.members:  # which are announced for each seed
        announce(several, session)
    runs = []
    for one in several:
        runs.append(_train_members(one, session))
        # Each seed's run is complete by itself, should the command be stopped before the mean.
        finish_run(runs[-1], is_last=False)
    folders = [run.folder for run in runs]
    mean = make_blend(config, folders, name=f"{config.name}-seeds", method="mean", session=session)
    scores = [run.scores["oof_score"] for run in runs]
    by_seed = ", ".join(f"{seed}: {score:.4f}" for seed, score in zip(seeds, scores, strict=True))
    std = mean.scores["blend"]["std_of_members"]
    _log.info("oof by seed: %s (mean %.4f, std %.4f); the mean run:", by_seed, np.mean(scores), std)
    finish_run(mean)
    return mean


def _settings_of_seed(config: Config, seed: int) -> Config:
    # The same words as `seed=2` on the command line leave, so that run is found again.
    others = [word for word in config.overrides if not word.startswith(("seed=", "seeds="))]
    return dataclasses.replace(config, seed=seed, seeds=None, overrides=[*others, f"seed={seed}"])


def _train_members(config: Config, session: Session) -> Run:
    """Make the run of one seed; with members, the run of each model and their blend."""
    several = settings_of_members(config)
    if len(several) == 1:
        return make(several[0], "report", session)
    # Refuse a blend method that does not fit now, before hours of training.
    task = make(config, "prepare", session).task
    check_method(config.blend.method, config.competition.metric, task)
    announce(several, session)
    folders = [make(one, "report", session).folder for one in several]
    name = config.name if _has_own_name(config) else "blend"
    return make_blend(config, folders, name=name, method=config.blend.method, session=session)


def settings_of_members(config: Config) -> list[Config]:
    """Return the settings of the run of each model, the one of `model` first.

    Members that do not suit the task are left out, and so are repetitions of the same model. If one
    model remains, it is not blended and has the name of the run.
    """
    if not config.members:
        return [config]
    task = config.competition.task
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
    if len(several) == 1 and _has_own_name(config):
        return [dataclasses.replace(several[0], name=config.name)]
    return several


def _has_own_name(config: Config) -> bool:
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
