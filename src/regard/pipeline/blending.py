"""Blend several finished runs into a run of the same kind, without models of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from regard.artefacts import (
    MANIFEST,
    code_of,
    fingerprint,
    hash_file,
    is_finished,
    read_json,
    versions,
)
from regard.config import Config, plugin_hashes, section_values
from regard.ensembling import check_method
from regard.ensembling.learner import BlendLearner
from regard.metrics.registry import metric_identity
from regard.parallel.display import current
from regard.pipeline.blend_artefacts import read_members, write_blend
from regard.pipeline.choosing import matching_runs, named_runs
from regard.pipeline.finished import make_outputs
from regard.pipeline.finishing import finish_run
from regard.pipeline.mending import mend_blend
from regard.pipeline.opening import open_member
from regard.pipeline.runner import Session, make, plan_stage
from regard.pipeline.stages import STAGES
from regard.pipeline.tracking import track_finished
from regard.runs.run import Run

# The stages that read the files of the competition; a blend has them of its own settings.
_OF_FILES = ("tables", "test_tables", "prepare")


def blend_runs(config: Config, names: Sequence[str] = ()) -> Run:
    """Blend finished runs of a competition.

    Args:
        config: the competition, and how outputs are blended and scored.
        names: words that name runs, see `runs.finding`; none: all runs that share the best run's
            folds.

    Raises:
        ConfigError: there is no such run, there are fewer than two, or they cannot be compared.
    """
    runs = Path(config.output_dir) / config.competition.name / "runs"
    session = Session()
    folders = named_runs(runs, names) if names else matching_runs(config, runs, session)
    shown = f"runs=[{','.join(folder.name for folder in folders)}]"
    config = dataclasses.replace(config, overrides=[*config.overrides, shown])
    method = config.blend.method
    run = make_blend(config, folders, name="blend", method=method, session=session)
    finish_run(run)
    return run


def make_blend(
    config: Config,
    folders: Sequence[Path],
    *,
    name: str,
    method: str,
    session: Session | None = None,
    target: str = "report",
) -> Run:
    """Make a run out of others, if it is not there yet.

    Args:
        config: the competition, and how outputs are scored.
        folders: the folders of the runs.
        name: the name of the new run.
        method: the blend method, as in `blend.method`.
        session: the command that this run is a part of.
        target: the last stage to make.

    Raises:
        ConfigError: the runs cannot be compared, or the method does not suit the metric.
    """
    session = session or Session()
    # In one order, whatever order the runs were named in: the blend is the same.
    folders = sorted(folders)
    run = make(config, "prepare", session)
    if config.competition.has_test:
        make(config, "test_tables", session)  # a run keeps the columns of the sample
    check_method(method, config.competition.metric, run.task)
    made_by = _blend_fingerprint(run, folders, method)
    blend_folder = folders[0].with_name(f"{name}-{made_by}")
    run.folders = {
        **{stage: run.folders[stage] for stage in _OF_FILES if stage in run.folders},
        # Those of the members rather than of `config`: folds.n_folds may have been another.
        "folds": (folders[0] / read_json(folders[0] / MANIFEST)["folders"]["folds"]).resolve(),
        "train": blend_folder,
    }
    run.fingerprints["train"] = blend_folder.name
    run.learner = BlendLearner(open_member)
    if config.competition.has_test:
        plan_stage(STAGES["predict"], run, session)
    session.log("blend", run.folder)
    mend_blend(run)
    if not is_finished(run.folder):
        with current().step("blend"):
            write_blend(run, read_members(run, folders), method)
    track_finished(run)
    make_outputs(run, target, session)
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
        # A member that was trained again, on a GPU or within a budget, may have its old name.
        {folder.name: hash_file(folder / "oof.csv") for folder in folders},
        method,
        run.task.to_dict(),
        metric_identity(config.competition),
        run.labels_hash,
        section_values(config.prior, config.thresholds),
        versions("numpy", "scikit-learn", "scipy"),
        code_of(Run, write_blend),
        plugin_hashes(config.plugins),
    )
