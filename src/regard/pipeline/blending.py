"""Blend several finished runs into a run of the same kind, without models of its own."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.artefacts import (
    MANIFEST,
    code_of,
    fingerprint,
    is_finished,
    new_folder,
    read_array,
    read_json,
    versions,
    write_json,
)
from regard.config import Config, from_values, section_values
from regard.ensembling import Blend, Fit, Objective, blend, combine
from regard.errors import ArtefactError, ConfigError, DataError, did_you_mean
from regard.pipeline.runner import (
    Session,
    fingerprint_of,
    finish_run,
    make,
    missing,
    plan_run,
)
from regard.pipeline.scoring import score_entries, write_oof
from regard.pipeline.stages import STAGES
from regard.runs.finding import last_predictions
from regard.runs.run import Run

if TYPE_CHECKING:
    pass

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Member:
    """A run that takes part in a blend.

    Attributes:
        folder: its folder.
        seed: the seed it was trained with.
        scores: the content of its metrics.json.
        folds: `(train rows,)` int64, the fold that held each row out; -1 for none.
        outputs: `(train rows, n_outputs)` float32, out of fold.
    """

    folder: Path
    seed: int
    scores: dict[str, Any]
    folds: np.ndarray
    outputs: np.ndarray


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
    """Return the folders of finished runs by name; without names, of all runs but blends.

    Raises:
        ConfigError: a name matches no run, several runs, or a blend, or there are fewer than two.
    """
    finished = sorted(path.name for path in runs.glob("[!.]*") if is_finished(path))
    singles = [name for name in finished if "members" not in read_json(runs / name / MANIFEST)]
    chosen = [_choose_run(name, finished, runs) for name in names] or singles
    for name in chosen:
        if name not in singles:
            raise ConfigError(
                f"run {name} is a blend; name its members instead, which its metrics.json lists"
            )
        if chosen.count(name) > 1:
            raise ConfigError(f"run {name} is named twice; name each run once")
    if len(chosen) < 2:
        found = f"there is only {chosen[0]}" if chosen else "there is none"
        raise ConfigError(
            f"a blend needs at least two finished runs in {runs}, and {found}; make train first"
        )
    return [runs / name for name in sorted(chosen)]


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
        ConfigError: the runs cannot be compared.
    """
    session = session or Session()
    folders = sorted(folders)
    run = make(config, "prepare", session)
    made_by = fingerprint(
        [folder.name for folder in folders],
        method,
        run.task.to_dict(),
        [config.competition.metric, config.competition.subgroup_columns],
        [run.labels_hash, run.input_hashes["test"]],
        section_values(config.prior, config.thresholds),
        versions("numpy", "scikit-learn", "scipy"),
        code_of(Run, blend, score_entries, Member),
    )
    run.folders["train"] = folders[0].with_name(f"{name}-{made_by}")
    run.folders["predict"] = run.folder / "predict" / made_by
    run.fingerprints |= {"train": made_by, "predict": made_by}
    session.log("blend", run.folder)
    if not is_finished(run.folder):
        members = read_members(run, folders)
        _write_blend(run, members, method, session)
    for stage in (STAGES["submit"], STAGES["report"]):
        run.fingerprints[stage.name] = fingerprint_of(stage, run, run.fingerprints, session)
        with missing(stage, run, session) as folder:
            if folder is not None:
                stage.make(run, folder)
    return run


def read_members(run: Run, folders: Sequence[Path]) -> list[Member]:
    """Read runs, and make sure that their predictions can be compared.

    Raises:
        ConfigError: one has another metric, other labels, ids, folds or test texts; the message
            names the run and the difference.
        DataError: one has predictions that are not numbers.
        ArtefactError: an oof.csv cannot be read.
    """
    members = [_read_member(run, folder) for folder in folders]
    for member in members[1:]:
        if not np.array_equal(member.folds, members[0].folds):
            raise ConfigError(
                f"run {member.folder.name} has other folds than {members[0].folder.name}, so they "
                "cannot be blended: leave one out, or train it with the same settings of folds"
            )
    return members


def _read_member(run: Run, folder: Path) -> Member:
    settings = read_json(folder / "config.json")
    for section, key in (("competition", "metric"), ("prior", "test_positive_rate")):
        found = settings[section][key]
        expected = getattr(getattr(run.config, section), key)
        if found != expected:
            raise ConfigError(
                f"run {folder.name} has {section}.{key}={_as_written(found)}, not "
                f"{_as_written(expected)}; pass the value to blend by in ARGS, and leave out runs "
                "with another"
            )
    manifest = read_json(folder / MANIFEST)
    current = {"labels": run.labels_hash, "test_file": run.input_hashes["test"]}
    for key, value in current.items():
        if manifest.get(key) != value:
            raise ConfigError(
                f"run {folder.name} was not made with the current {key.replace('_', ' ')}; train "
                "it again, or leave it out"
            )
    ids, folds, outputs = _read_oof(folder / "oof.csv")
    if ids != run.train_ids.tolist():
        raise ConfigError(
            f"run {folder.name} has other ids than {run.config.competition.train_file}; train it "
            "again"
        )
    if np.isnan(outputs[folds >= 0]).any():
        raise DataError(f"run {folder.name} has predictions that are not numbers; leave it out")
    scores = read_json(folder / "metrics.json")
    return Member(folder, settings["seed"], scores, folds, outputs)


def _read_oof(path: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the ids, folds and outputs of an oof.csv."""
    try:
        ids = pd.read_csv(path, usecols=[0], dtype=str, keep_default_na=False).iloc[:, 0].tolist()
        table = pd.read_csv(path, index_col=0)
        return ids, table.iloc[:, 0].to_numpy(np.int64), table.iloc[:, 1:].to_numpy(np.float32)
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{path}: cannot be read ({error}); delete its folder and train again"
        ) from error


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


def _write_blend(run: Run, members: Sequence[Member], method: str, session: Session) -> None:
    """Write everything that a trained run has: out-of-fold and test outputs, scores, settings."""
    config = run.config
    folds = members[0].folds
    run.folds = folds
    outputs = np.stack([member.outputs for member in members])
    _log.info("blend: %d runs, %s train rows, method %s", len(members), f"{len(folds):,}", method)
    objective = Objective(config.competition.metric, run.task, run.targets, config.thresholds)
    made = blend(outputs, objective, folds, method=method)
    sources = [_predictions_folder(config, member.folder, session) for member in members]
    seconds = sum(member.scores["seconds_of_all_folds"] for member in members)
    scores = {
        **score_entries(run, made.outputs),
        "seconds_of_all_folds": round(seconds, 1),
        "best_epochs": [],
        "n_trainable_parameters": sum(
            member.scores["n_trainable_parameters"] for member in members
        ),
        "blend": _blend_entries(members, made),
    }
    names = [member.folder.name for member in members]
    with new_folder(run.folder, **run.manifest_entries(), members=names) as folder:
        predictions = folder / "predict" / run.folders["predict"].name
        _write_predictions(run, predictions, made.fit, sources)
        write_oof(run, folder, made.outputs)
        write_json(folder / "metrics.json", scores)
        write_json(folder / "config.json", dataclasses.asdict(config))
    _log_members(scores["blend"], config.competition.metric)


def _write_predictions(run: Run, folder: Path, fit: Fit, sources: Sequence[Path]) -> None:
    """Write the blend's predictions of the test rows, and those of each fold for pseudo-labels.

    Fold k's predictions are the plain mean of those by the members' models of fold k. Fitted
    weights would depend on predictions of models that learnt the labels fold k holds out.
    """
    outputs = np.stack([read_array(source / "outputs.npy") for source in sources])
    by_fold = np.mean([read_array(source / "fold_outputs.npy") for source in sources], axis=0)
    with new_folder(folder, test_file=run.input_hashes["test"]) as new:
        np.save(new / "outputs.npy", combine(fit, outputs, run.task))
        np.save(new / "fold_outputs.npy", by_fold)


def _blend_entries(members: Sequence[Member], made: Blend) -> dict[str, Any]:
    """Return the entry of metrics.json on the members, their weights, and the methods."""
    scores = [member.scores["oof_score"] for member in members]
    weights = made.fit.weights.tolist()
    return {
        "method": made.fit.method,
        "methods": made.scores,
        "members": {
            member.folder.name: {"seed": member.seed, "score": score, "weight": weight}
            for member, score, weight in zip(members, scores, weights, strict=True)
        },
        "mean_of_members": float(np.mean(scores)),
        "std_of_members": float(np.std(scores, ddof=1)) if len(scores) > 1 else 0.0,
    }


def _log_members(entries: dict[str, Any], metric: str) -> None:
    for name, member in entries["members"].items():
        weight = np.mean(member["weight"])
        _log.info("blend: %s %s %.4f, weight %.3f", name, metric, member["score"], weight)
    methods = ", ".join(f"{name} {score:.4f}" for name, score in entries["methods"].items())
    _log.info("blend: by %s (%s)", entries["method"], methods)


def _as_written(value: object) -> str:
    """Return a setting as it is written on the command line."""
    return "null" if value is None else str(value)
