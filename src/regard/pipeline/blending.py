"""Blend several finished runs into a run of the same kind, without models of its own."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path

from regard.artefacts import MANIFEST, code_of, fingerprint, is_finished, read_json, versions
from regard.config import Config, plugin_hashes, section_values
from regard.ensembling import check_method
from regard.ensembling.learner import BlendLearner
from regard.errors import ConfigError, did_you_mean, shell_command
from regard.pipeline.blend_artefacts import read_members, write_blend
from regard.pipeline.finished import make_outputs
from regard.pipeline.opening import open_member
from regard.pipeline.runner import Session, finish_run, make
from regard.runs.finding import finished_runs
from regard.runs.run import Run

_log = logging.getLogger(__name__)

# Why a run cannot be blended.
_BLEND = "is a blend; name its members instead, which its metrics.json lists"
_OTHER_VERSION = "was made by another version; train it again, or leave it out"


def blend_runs(config: Config, names: Sequence[str] = ()) -> Run:
    """Blend finished runs of a competition.

    Args:
        config: the competition, and how outputs are blended and scored.
        names: names of runs, or the beginnings of names; none: all runs that are not blends.

    Raises:
        ConfigError: there is no such run, there are fewer than two, or they cannot be compared.
    """
    runs = Path(config.output_dir) / config.competition.name / "runs"
    folders = choose_runs(runs, names)
    shown = f"runs=[{','.join(folder.name for folder in folders)}]"
    config = dataclasses.replace(config, overrides=[*config.overrides, shown])
    run = make_blend(config, folders, name="blend", method=config.blend.method)
    finish_run(run)
    return run


def choose_runs(runs: Path, names: Sequence[str]) -> list[Path]:
    """Return the folders of finished runs by name; without names, of all that can be blended.

    Blends cannot, and neither can runs of a version whose manifests name no folders.

    Raises:
        ConfigError: a name matches no run, several runs, or one that cannot be blended, or there
            are fewer than two.
    """
    obstacles = {folder.name: _obstacle(folder) for folder in finished_runs(runs)}
    chosen = [_choose_run(name, list(obstacles), runs) for name in names]
    if not names:
        chosen = [name for name, obstacle in obstacles.items() if not obstacle]
        others = [name for name, obstacle in obstacles.items() if obstacle == _OTHER_VERSION]
        if others:
            _log.info("blend: runs of another version are left out: %s", ", ".join(others))
    for name in chosen:
        if obstacles[name]:
            raise ConfigError(f"run {name} {obstacles[name]}")
        if chosen.count(name) > 1:
            raise ConfigError(f"run {name} is named twice; name each run once")
    if len(chosen) < 2:
        found = f"there is only {chosen[0]}" if chosen else "there is none"
        command = shell_command("train", runs.parent.name)
        raise ConfigError(
            f"a blend needs at least two finished runs in {runs}, and {found}; first run: {command}"
        )
    return [runs / name for name in sorted(chosen)]


def _obstacle(run: Path) -> str:
    """Return why a run cannot be blended; an empty string if it can."""
    manifest = read_json(run / MANIFEST)
    if "members" in manifest:
        return _BLEND
    return "" if "folders" in manifest else _OTHER_VERSION


def _choose_run(name: str, finished: Sequence[str], runs: Path) -> str:
    found = [name] if name in finished else [other for other in finished if other.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(f"run {name!r} may be any of {', '.join(found)}; give more of its name")
    known = did_you_mean(name, finished) if finished else "none is finished"
    raise ConfigError(f"there is no run {name!r} in {runs}; {known}")


def make_blend(
    config: Config,
    folders: Sequence[Path],
    *,
    name: str,
    method: str,
    session: Session | None = None,
) -> Run:
    """Make a run out of others, if it is not there yet.

    Args:
        config: the competition, and how outputs are scored.
        folders: the folders of the runs.
        name: the name of the new run.
        method: the blend method, as in `blend.method`.
        session: the command that this run is a part of.

    Raises:
        ConfigError: the runs cannot be compared, or the method does not suit the metric.
    """
    session = session or Session()
    # In one order, whatever order the runs were named in: the blend is the same.
    folders = sorted(folders)
    run = make(config, "prepare", session)
    check_method(method, config.competition.metric, run.task)
    made_by = _blend_fingerprint(run, folders, method)
    blend_folder = folders[0].with_name(f"{name}-{made_by}")
    run.folders = {
        **{stage: run.folders[stage] for stage in ("tables", "prepare")},
        # Those of the members rather than of `config`: folds.n_folds may have been another.
        "folds": (folders[0] / read_json(folders[0] / MANIFEST)["folders"]["folds"]).resolve(),
        "train": blend_folder,
    }
    run.fingerprints["train"] = blend_folder.name
    run.learner = BlendLearner(open_member)
    session.log("blend", run.folder)
    if not is_finished(run.folder):
        write_blend(run, read_members(run, folders), method)
    make_outputs(run, "report", session)
    return run


def _blend_fingerprint(run: Run, folders: Sequence[Path], method: str) -> str:
    """Return the fingerprint of a blend; the names of its members hold those of all that they are.

    Args:
        run: the settings of the blend, with the task and the labels.
        folders: the folders of its members.
        method: the blend method.
    """
    config = run.config
    return fingerprint(
        [folder.name for folder in folders],
        method,
        run.task.to_dict(),
        [config.competition.metric, config.competition.subgroup_columns],
        run.labels_hash,
        section_values(config.prior, config.thresholds),
        versions("numpy", "scikit-learn", "scipy"),
        code_of(Run, write_blend),
        plugin_hashes(config.plugins),
    )
