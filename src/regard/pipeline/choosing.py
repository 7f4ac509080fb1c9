"""Choose the runs of a blend: those that are named, or all that can be blended with the best."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from regard.artefacts import MANIFEST, read_json
from regard.config import Config
from regard.errors import ArtefactError, ConfigError, DataError, one_line, shell_command
from regard.pipeline.blend_artefacts import Member, read_member
from regard.pipeline.runner import Session, make
from regard.runs.finding import choose_run, finished_runs, goodness

_log = logging.getLogger(__name__)

# Models for every task, the quickest first.
_OTHER_MODELS = ("tfidf_linear", "text_cnn")


def named_runs(runs: Path, words: Sequence[str]) -> list[Path]:
    """Return the folders of the finished runs that words name, see `choose_run`.

    Raises:
        ConfigError: a word names no run, several runs, one that cannot be blended, or one that
            another word names already; or there are fewer than two.
    """
    chosen: list[Path] = []
    for word in words:
        folder = choose_run(runs, word)
        if folder.parent.resolve() != runs.resolve():
            raise ConfigError(f"{folder} is not in {runs}; blend the runs of one competition")
        folder = runs / folder.name
        if obstacle := _obstacle(folder):
            raise ConfigError(f"run {folder.name} {obstacle}")
        if folder in chosen:
            raise ConfigError(f"run {folder.name} is named twice; name each run once")
        chosen.append(folder)
    _need_two(runs, chosen)
    return sorted(chosen)


def matching_runs(config: Config, runs: Path, session: Session) -> list[Path]:
    """Return the folders of the finished runs that can be blended with the best one.

    They share its folds, and the labels, ids, metric and prior of the settings. One line is logged
    for each run that is left out.

    Args:
        config: the competition, and how outputs are scored.
        runs: the folder of the competition's runs.
        session: the command that the blend is a part of.

    Raises:
        ConfigError: there are fewer than two.
    """
    candidates = []
    for folder in finished_runs(runs):
        if obstacle := _obstacle(folder):
            _leave_out(f"run {folder.name} {obstacle.partition(';')[0]}")
        else:
            candidates.append(folder)
    _need_two(runs, candidates)
    run = make(config, "prepare", session)
    members: list[Member] = []
    for folder in candidates:
        try:
            members.append(read_member(run, folder))
        except (ArtefactError, ConfigError, DataError) as error:
            _leave_out(one_line(error))
    chosen = _with_the_folds_of_the_best(members)
    _need_two(runs, chosen)
    return chosen


def _with_the_folds_of_the_best(members: Sequence[Member]) -> list[Path]:
    # The score of some folds alone is no match for that of all.
    best = max(
        members, key=lambda member: (_trained_all(member), goodness(member.scores)), default=None
    )
    chosen = []
    for member in members:
        if best is not None and np.array_equal(member.folds, best.folds):
            if member.trained == best.trained:
                chosen.append(member.folder)
            else:
                _leave_out(f"run {member.folder.name} has trained only folds {member.trained}")
        elif best is not None:
            _leave_out(
                f"run {member.folder.name} has other folds than the best, {best.folder.name}"
            )
    return chosen


def _trained_all(member: Member) -> bool:
    return len(member.trained) == int(member.folds.max()) + 1


def _obstacle(run: Path) -> str:
    """Return why a run cannot be blended; an empty string if it can."""
    manifest = read_json(run / MANIFEST)
    if "members" in manifest:
        return "is a blend; name its members instead, which its metrics.json lists"
    # The manifests of earlier versions name no folders.
    if "folders" not in manifest:
        return "was made by another version; train it again, or leave it out"
    return ""


def _leave_out(reason: str) -> None:
    _log.info("blend: left out: %s", reason)


def _need_two(runs: Path, chosen: Sequence[Path]) -> None:
    if len(chosen) < 2:
        found = f"there is only {chosen[0].name}" if chosen else "there is none"
        settings = _settings_of_another(chosen[0]) if chosen else []
        command = shell_command("train", runs.parent.name, *settings)
        raise ConfigError(
            f"a blend needs at least two finished runs that fit each other in {runs}, and {found}; "
            f"first run: {command}"
        )


def _settings_of_another(run: Path) -> list[str]:
    """Return settings of another model with the folds of a run."""
    values = read_json(run / "config.json")
    model = next(name for name in _OTHER_MODELS if name != values["model"]["name"])
    folds = [f"folds.{key}={values['folds'][key]}" for key in ("n_folds", "seed")]
    return [f"model={model}", *folds]
