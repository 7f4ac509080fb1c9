"""Copy the files of a run that prediction needs."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from regard.artefacts import MANIFEST, check_file, list_again, write_json
from regard.runs.contents import FITTED

if TYPE_CHECKING:
    from regard.runs.run import Run

OpenMember = Callable[["Run", str], "Run"]

_FILES = (MANIFEST, "config.json", "metrics.json", "blend.json")
# Files next to a model that only training and the report read.
_NOT_TO_PREDICT = ("history.json", "oof_outputs.npy", "state.npz", "epochs.csv")


def copy_run(run: Run, folder: Path, open_member: OpenMember) -> None:
    """Copy what prediction needs; the members of a blend go to `members/<name>`.

    Args:
        run: a finished run.
        folder: the folder to write to, which can be opened as a run afterwards.
        open_member: opens a member of a blend by its name.
    """
    for path in files_for_prediction(run):
        check_file(run.folder / path)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run.folder / path, folder / path)
    write_json(folder / "config.json", dataclasses.asdict(run.config))
    list_again(folder)
    for name in run.members:
        copy_run(open_member(run, name), folder / "members" / name, open_member)


def files_for_prediction(run: Run) -> list[Path]:
    """Return the files of a run itself that prediction needs, relative to its folder.

    Links that lead out of the run are left out: a bundle is made public.
    """
    single = [run.folder / name for name in _FILES]
    folders = [run.folder / FITTED, *run.fold_folders, run.folder / "refit"]
    inside = [
        path
        for folder in folders
        for path in sorted(folder.glob("*"))
        if path.name not in _NOT_TO_PREDICT
    ]
    home = run.folder.resolve()
    return [
        path.relative_to(run.folder)
        for path in [*single, *inside]
        if path.is_file() and path.resolve().is_relative_to(home)
    ]
