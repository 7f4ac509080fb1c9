"""Folds that another run has trained by the same settings: `folds.only` and calibration differ."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from regard.artefacts import MANIFEST, damages_of, is_finished, read_json, temporary_path
from regard.errors import ArtefactError
from regard.runs.finding import finished_runs

if TYPE_CHECKING:
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


def shared_folds(run: Run) -> dict[int, Path]:
    """Return the folders of folds that are still to be trained here and are trained elsewhere.

    A fold depends on all settings but `folds.only` and `calibration`, so its files are those that
    this run would write.
    """
    waiting = run.folds_to_train()
    found: dict[int, Path] = {}
    for other in finished_runs(run.folder.parent) if run.base and waiting else ():
        if _base_of(other) != run.base:
            continue
        for fold in waiting:
            if is_finished(other / f"fold_{fold}"):
                found.setdefault(fold, other / f"fold_{fold}")
    return found


def take_over_folds(run: Run) -> None:
    """Copy folds that other runs have trained into the unfinished folder of a run.

    Files are linked where the file system can; a folder is copied whole or not at all.
    """
    for fold, source in shared_folds(run).items():
        if damages := damages_of(source, full=True):
            _log.warning("train: fold %d is trained here, as %s", fold, damages[0])
        elif _copy_whole(source, run.unfinished_folder / f"fold_{fold}"):
            _log.info("train: fold %d is taken over from run %s", fold, source.parent.name)


def _base_of(folder: Path) -> str | None:
    with contextlib.suppress(ArtefactError):  # the leaderboard warns of broken runs
        base: str | None = read_json(folder / MANIFEST).get("base")
        return base
    return None


def _copy_whole(source: Path, folder: Path) -> bool:
    """Copy a folder; return whether it could be copied."""
    new = temporary_path(folder)
    try:
        shutil.copytree(source, new, symlinks=True, copy_function=_link_or_copy)
        new.rename(folder)
    except OSError as error:  # such as a run that is deleted meanwhile
        _log.warning("train: %s cannot be copied (%s), so that fold is trained", source, error)
        shutil.rmtree(new, ignore_errors=True)
        return False
    return True


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
