"""Open a finished run from its folder, which may have come from anywhere.

Nothing in the folder is executed: arrays are read without pickle, networks are built from the
settings by this package, and a plugin is used only if this process has imported it already.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from regard.artefacts import MANIFEST, check_arrays, damages_of, is_finished, read_json
from regard.config import Config, from_saved, import_plugins, plugins_missing
from regard.ensembling.learner import BlendLearner
from regard.errors import ArtefactError, ConfigError
from regard.pipeline.learners import LEARNERS
from regard.runs.contents import FITTED
from regard.runs.run import Run

# Formats that may hold code. No file of a run has one of them.
_CODE = (".pkl", ".pickle", ".joblib", ".keras", ".h5", ".pt", ".pth", ".dill", ".py", ".so")


def load(folder: Path | str, *, plugins: Sequence[str] = ()) -> Run:
    """Open a finished run from its folder alone.

    Args:
        folder: `<output_dir>/<competition>/runs/<name>`, a copy of it, or a link to it such as
            `<output_dir>/<competition>/latest`.
        plugins: modules that the run may need, which are imported.

    Raises:
        ArtefactError: the folder holds no finished run, or a file that no run has.
        ConfigError: its settings are not those of this version, or name a plugin that this process
            has not imported.

    Example:
        load("outputs/bbc_news/latest").scores["oof_score"] -> 0.9753
    """
    import_plugins(plugins)
    folder = Path(folder).resolve()
    if not is_finished(folder):
        raise ArtefactError(f"{folder} is not a finished run: it has no {MANIFEST}")
    manifest = read_json(folder / MANIFEST)
    try:
        folders = {str(stage): _inside(folder, path) for stage, path in manifest["folders"].items()}
        input_hashes = dict(manifest["input_hashes"])
        members = list(manifest.get("members", ()))
        if not all(isinstance(name, str) for name in members):
            raise TypeError("members are named by text")
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ArtefactError(
            f"{folder / MANIFEST} is not the manifest of a run of this version; train it again"
        ) from None
    config = _config(folder)
    learner = BlendLearner(open_member) if members else LEARNERS[config.model.learner]
    folders |= {"train": folder, "refit": folder / "refit"}
    for damage in damages_of(folder, outputs=False):
        if not damage.is_missing:  # that is told when the file is read
            raise ArtefactError(str(damage))
    run = Run(config, folders, input_hashes, {"train": folder.name}, learner)
    _check_scores(run)
    _check_files(run)
    return run


def open_member(run: Run, name: str) -> Run:
    """Open a member of a blend: a run inside its folder, as in a bundle, or beside it.

    Raises:
        ArtefactError: there is no such run.
    """
    if PurePath(name).name != name or name in ("", "..", run.name):
        raise ArtefactError(f"{run.folder}: {name!r} is not the name of a run; blend again")
    found = _member_folder(run.folder, name)
    if found is None:
        raise ArtefactError(
            f"{run.folder} is a blend, and its member {name} is neither in its folder members nor "
            "beside it; copy that run too, or make a bundle of the blend"
        )
    _check_circle(run, found)
    return load(found)


def _member_folder(folder: Path, name: str) -> Path | None:
    """Return the folder of a member of a blend; None if it is missing."""
    places = (folder / "members" / name, folder.parent / name)
    return next((place for place in places if is_finished(place)), None)


def _check_circle(run: Run, member: Path) -> None:
    """Refuse a member that blends the run again, directly or by its own members.

    Raises:
        ArtefactError: it does.
    """
    waiting = [member]
    seen: set[Path] = set()
    while waiting:
        folder = waiting.pop()
        if folder.resolve() == run.folder.resolve():
            raise ArtefactError(
                f"{run.folder}: its member {member.name} is a blend of {run.name} itself; delete "
                "both, and blend again"
            )
        names = read_json(folder / MANIFEST).get("members", ()) if folder not in seen else ()
        seen.add(folder)
        found = (_member_folder(folder, str(name)) for name in names)
        waiting += [place for place in found if place is not None]


def _config(folder: Path) -> Config:
    path = folder / "config.json"
    values: Any = read_json(path)
    if missing := plugins_missing(_modules(values)):
        raise ArtefactError(
            f"{path}: the run needs the plugin {missing[0]}, which is not imported; if you trust "
            f"it, name it: plugins=[{missing[0]}], or regard.load(..., plugins=[...]) in Python"
        )
    if not isinstance(values, dict):
        raise ArtefactError(f"{path}: not the settings of a run; train it again")
    try:
        return from_saved(values)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def _modules(values: Any) -> list[str]:
    """Return the modules that the settings of a run name: its plugins, and that of its metric."""
    if not isinstance(values, dict):
        return []
    names = values.get("plugins", [])
    competition = values.get("competition")
    metric = competition.get("metric") if isinstance(competition, dict) else None
    own = [metric.partition(":")[0]] if isinstance(metric, str) and ":" in metric else []
    return [*(names if isinstance(names, list) else []), *own]


def _inside(folder: Path, path: Any) -> Path:
    """Return a folder of a stage, which must be among those of the competition.

    Raises:
        ArtefactError: it is outside.
    """
    found = (folder / path).resolve()
    if not found.is_relative_to(folder.parent.parent):
        raise ArtefactError(
            f"{folder / MANIFEST} names {path}, which is outside the folder of the competition; "
            "the run was not made by this program"
        )
    return found


def _check_scores(run: Run) -> None:
    try:
        is_broken = len(run.scores["fold_scores"]) != len(run.scored_folds)
        thresholds = run.thresholds
        is_broken = is_broken or (thresholds is not None and thresholds.dtype.kind not in "iuf")
        is_broken = is_broken or run.temperature == 0
    except (AttributeError, KeyError, TypeError, ValueError):
        is_broken = True
    if is_broken:
        raise ArtefactError(
            f"{run.folder / 'metrics.json'}: not the scores of a run of this version; copy the "
            "run again, or train it again"
        )


def _check_files(run: Run) -> None:
    """Refuse files that may hold code, and files of predictions that lead out of the folder."""
    for folder in (run.folder, run.folder / FITTED, *run.fold_folders, run.folder / "refit"):
        for path in (folder, *folder.iterdir()) if folder.is_dir() else ():
            _check_file(path, run)


def _check_file(path: Path, run: Run) -> None:
    if path.suffix.lower() in _CODE:
        raise ArtefactError(
            f"{path} may hold code, and no run of this version has such a file; delete it if the "
            "rest of the run can be trusted"
        )
    if path.is_symlink() and not path.resolve().is_relative_to(run.folder):
        raise ArtefactError(f"{path} is a link that leads out of the run; copy the run again")
    if path.suffix in (".npz", ".npy"):
        check_arrays(path)
