"""Train one model, or several that are blended, with one seed or with several."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence

import numpy as np

from regard.config import Config
from regard.ensembling import check_method
from regard.pipeline.blending import make_blend
from regard.pipeline.budget import train_within
from regard.pipeline.finishing import finish_run
from regard.pipeline.member_settings import has_own_name, settings_of_members
from regard.pipeline.runner import Session, announce, make
from regard.runs.run import Run

_log = logging.getLogger(__name__)


def train(config: Config) -> Run:
    """Make everything from the CSV files to the submission and the report.

    With `compute.budget_minutes`, make as much of it as there is time for.

    With several `seeds`, make a run with each and the mean of these runs. With `members`, make a
    run with each model and blend them.

    Returns:
        The run whose submission is the best to upload: the mean, the blend, or the only one.

    Raises:
        ConfigError: settings do not fit each other, the task or the files.
        DataError: an input file is missing or broken, or changed while it was read.
        ArtefactError: another process is making the same run.
    """
    if config.compute.budget_minutes is not None:
        return train_within(config)
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
    name = config.name if has_own_name(config) else "blend"
    return make_blend(config, folders, name=name, method=config.blend.method, session=session)
