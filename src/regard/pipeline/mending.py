"""Damaged artefacts of earlier commands: made again where that loses nothing, else told.

Tables, inputs, folds, vectors and predictions follow from the files and the models, so a damaged
folder of them is removed, and the runner makes it again. A trained model may have taken hours: the
user decides, by deleting its folder. The run then counts as unfinished, and only that fold is
trained.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from regard.artefacts import (
    MANIFEST,
    Damage,
    damage_of_file,
    damages_of,
    discard,
    is_finished,
    locked,
)
from regard.errors import ArtefactError
from regard.runs.contents import FITTED

if TYPE_CHECKING:
    from regard.pipeline.stages import Stage
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

# The files of a finished run that later commands write again, besides submission and report.
REWRITTEN = ("config.json", "metrics.json", f"{FITTED}/submission.json")
_TRAINED = ("train", "refit")


def mend(stages: Sequence[Stage], run: Run, read: Collection[str]) -> None:
    """Check the artefacts that are there, before any is read or counted as made.

    Args:
        stages: those that the command makes or finds.
        run: names their folders.
        read: the stages whose artefacts the command will read; hashes of these are compared, and
            sizes alone of the others.

    Raises:
        ArtefactError: a model, a submission or a report is not as it was written.
    """
    for stage in stages:
        if stage.file is not None:
            _check_output(run.folder / stage.file)
        elif stage.name == "train":
            _mend_run(run)
        elif stage.has_folder and is_finished(run.folders[stage.name]):
            damages = damages_of(run.folders[stage.name], full=stage.name in read)
            if damages and stage.name in _TRAINED:
                raise ArtefactError(str(damages[0]))
            if damages:
                _remove(run.folders[stage.name], damages[0])


def mend_blend(run: Run) -> None:
    """Let a blend be written again if files of it were deleted.

    Raises:
        ArtefactError: a file of it is not as it was written.
    """
    if is_finished(run.folder) and _missing_files(run.folder):
        (run.folder / MANIFEST).unlink()


def _check_output(path: Path) -> None:
    damage = damage_of_file(path)
    if damage is not None and not damage.is_missing:
        raise ArtefactError(str(damage))


def _remove(folder: Path, damage: Damage) -> None:
    """Remove a damaged folder, unless another process has made it again already."""
    with locked(folder):
        if is_finished(folder) and damages_of(folder, full=True):
            found = f"{damage.path.relative_to(folder)} {damage.found}"
            _log.warning("%s is damaged (%s) and is made again", folder, found)
            discard(folder)


def _mend_run(run: Run) -> None:
    """Take up a run of which files or folds were deleted; what is there is kept.

    Raises:
        ArtefactError: a file is not as it was written.
    """
    folder = run.folder
    has_folds = any(is_finished(path) for path in folder.glob("fold_*"))
    is_whole = is_finished(folder) and not _missing_files(folder)
    if is_whole or not (is_finished(folder) or has_folds) or run.unfinished_folder.exists():
        return
    with locked(run.unfinished_folder):
        for path in sorted(folder.glob("fold_*")):
            for damage in damages_of(path, full=True) if is_finished(path) else ():
                raise ArtefactError(str(damage))
        _log.warning("%s lacks files, and is completed; what it has is kept", folder)
        (folder / MANIFEST).unlink(missing_ok=True)
        # They are made by the models, and may differ on other hardware.
        for name in ("predict", "explain"):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / "made_by.json").unlink(missing_ok=True)
        folder.rename(run.unfinished_folder)


def _missing_files(folder: Path) -> list[Damage]:
    """Return the files of a run that were deleted, and the folds.

    Raises:
        ArtefactError: a file is not as it was written, or is missing in a fold that is there.
    """
    damages = damages_of(folder, outputs=False)
    damages += filter(None, (damage_of_file(folder / name, full=False) for name in REWRITTEN))
    for damage in damages:
        if not damage.is_missing or damage.folder != folder:
            raise ArtefactError(str(damage))
        if damage.path.name == MANIFEST and damage.path.parent.exists():
            raise ArtefactError(str(damage._replace(folder=damage.path.parent)))
    return damages
