"""Blend several finished runs into a run of the same kind, without models of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from regard.artefacts import MANIFEST, code_of, fingerprint, is_finished, read_json, versions
from regard.config import Config, from_values, plugin_hashes, section_values
from regard.ensembling import check_method
from regard.errors import ConfigError
from regard.pipeline.blend_artefacts import read_members, write_blend
from regard.pipeline.choosing import matching_runs, named_runs
from regard.pipeline.runner import Session, fingerprint_of, finish_run, make, missing, plan_run
from regard.pipeline.stages import STAGES
from regard.runs.finding import last_predictions
from regard.runs.run import Run


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
        "predict": blend_folder / "predict" / made_by,
    }
    run.fingerprints |= {"train": made_by, "predict": made_by}
    session.log("blend", run.folder)
    if not is_finished(run.folder):
        members = read_members(run, folders)
        sources = [_predictions_folder(config, member, session) for member in folders]
        write_blend(run, members, sources, method)
    for stage in (STAGES["submit"], STAGES["report"]):
        run.fingerprints[stage.name] = fingerprint_of(stage, run, run.fingerprints, session)
        with missing(stage, run, session) as arguments:
            if arguments is not None:
                stage.make(*arguments)
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
        [run.labels_hash, run.input_hashes["test"]],
        section_values(config.prior, config.thresholds),
        versions("numpy", "scikit-learn", "scipy"),
        code_of(Run, write_blend),
        plugin_hashes(config.plugins),
    )


def _predictions_folder(config: Config, folder: Path, session: Session) -> Path:
    """Return the folder of a run's test predictions, which are made first where they are missing.

    The run's own settings must still lead to it, or another run would be trained.
    """
    if existing := last_predictions(folder):
        return existing
    changed = ConfigError(
        f"run {folder.name} has no test predictions, and the code or a file has changed since it "
        "was trained: train it again, or leave it out"
    )
    try:
        own = from_values(read_json(folder / "config.json"))
    except ConfigError:
        raise changed from None
    own = dataclasses.replace(own, data_dir=config.data_dir, output_dir=config.output_dir)
    if plan_run(own, session).folder != folder:
        raise changed
    return make(own, "predict", session).folders["predict"]
