"""Several finished runs made one: a run of the same kind, but without models of its own."""

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regard import artefacts
from regard.config import Config, from_values, section_values
from regard.ensembling import (
    Blend,
    Fit,
    Objective,
    blend,
    combine,
)
from regard.errors import (
    ArtefactError,
    ConfigError,
    DataError,
    did_you_mean,
)
from regard.pipeline.preparing import prepare
from regard.pipeline.reading import (
    hashes_of,
    input_files,
    is_done,
    read_task,
    read_truth,
    tables_of,
)
from regard.pipeline.running import (
    predict,
    tell,
    write_report,
    write_submission,
)
from regard.pipeline.scoring import score_entries, write_oof
from regard.runs.leaderboard import last_predictions
from regard.runs.planning import BLEND_CODE, Plan
from regard.tasks import Task

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Member:
    """A run that is blended.

    Attributes:
        folder: where it is.
        seed: that it was trained with.
        scores: what its metrics.json says.
        folds: `(rows,)` int64, which fold held each of them out; -1 for none.
        outputs: `(rows, n_outputs)` float32, out of fold.
    """

    folder: Path
    seed: int
    scores: dict[str, Any]
    folds: np.ndarray
    outputs: np.ndarray


def blend_runs(config: Config, names: Sequence[str] = ()) -> Plan:
    """Blend finished runs of a competition.

    Args:
        config: names the competition, and how outputs are blended and scored.
        names: of the runs, or beginnings of names; none: all that are no blends themselves.

    Raises:
        ConfigError: there is no such run, there are fewer than two, or they cannot be compared.
    """
    runs = Path(config.output_dir) / config.competition.name / "runs"
    folders = choose_runs(runs, names)
    shown = f"runs=[{','.join(folder.name for folder in folders)}]"
    config = dataclasses.replace(config, overrides=[*config.overrides, shown])
    plan = blended(config, folders, name="blend", method=config.blend.method)
    tell(plan)
    return plan


def choose_runs(runs: Path, names: Sequence[str]) -> list[Path]:
    """Return the folders of finished runs, by their names or beginnings of them; none: all but
    blends.

    Raises:
        ConfigError: a name is that of no run, of several, or of a blend, or there are fewer than
            two.
    """
    finished = sorted(path.name for path in runs.glob("[!.]*") if artefacts.is_finished(path))
    singles = [
        name
        for name in finished
        if "members" not in artefacts.read_json(runs / name / artefacts.MANIFEST)
    ]
    chosen = [_choose_run(name, finished, runs) for name in names] or singles
    for name in chosen:
        if name not in singles:
            raise ConfigError(
                f"run {name} is a blend itself; name its members, which its metrics.json lists"
            )
        if chosen.count(name) > 1:
            raise ConfigError(f"run {name} is named twice; name each once")
    if len(chosen) < 2:
        what = f"there is only {chosen[0]}" if chosen else "there is none"
        raise ConfigError(
            f"a blend needs two finished runs in {runs} at least, and {what}; make train first"
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


def blended(config: Config, folders: Sequence[Path], *, name: str, method: str) -> Plan:
    """Make a run out of others, if it is not there yet.

    Args:
        config: names the competition, and how outputs are scored.
        folders: of the runs.
        name: of the run that is made.
        method: as `blend.method`.

    Raises:
        ConfigError: the runs cannot be compared.
    """
    plan, folders = prepare(config), sorted(folders)
    names, labels = [folder.name for folder in folders], dataclasses.asdict(read_task(plan))
    scored_by = [
        config.competition.metric,
        config.competition.subgroup_columns,
        hashes_of(config, plan),
    ]
    settings = section_values(config.prior, config.thresholds)
    tools = artefacts.versions("numpy", "scikit-learn", "scipy")
    made_by = artefacts.fingerprint(names, method, labels, scored_by, settings, tools, BLEND_CODE)
    folder = folders[0].with_name(f"{name}-{made_by}")
    plan = dataclasses.replace(plan, run=folder, predict=folder / "predict" / made_by)
    if not is_done("blend", folder):
        _write_blend(config, plan, read_members(config, plan, folders), method)
    write_submission(config, plan)
    write_report(config, plan)
    return plan


def read_members(config: Config, plan: Plan, folders: Sequence[Path]) -> list[Member]:
    """Read runs, and make sure that they predict the same.

    Raises:
        ConfigError: one has another metric, other labels, ids, folds or test texts; the message
            says which and what.
        DataError: one has predictions that are no numbers.
        ArtefactError: an oof.csv cannot be read.
    """
    members = [_read_member(config, plan, folder) for folder in folders]
    for member in members[1:]:
        if not np.array_equal(member.folds, members[0].folds):
            raise ConfigError(
                f"run {member.folder.name} has other folds than {members[0].folder.name}, and cannot be blended with "
                "it: leave one out, or train it with the same settings of folds"
            )
    return members


def _read_member(config: Config, plan: Plan, folder: Path) -> Member:
    scores, settings = (
        artefacts.read_json(folder / "metrics.json"),
        artefacts.read_json(folder / "config.json"),
    )
    for section, key in (("competition", "metric"), ("prior", "test_positive_rate")):
        found, wanted = settings[section][key], getattr(getattr(config, section), key)
        if found != wanted:
            raise ConfigError(
                f"run {folder.name} has {section}.{key}={_said(found)}, not {_said(wanted)}; give ARGS the one to "
                "blend by, and leave out runs of another"
            )
    manifest = artefacts.read_json(folder / artefacts.MANIFEST)
    for key, value in hashes_of(config, plan).items():
        if manifest.get(key) != value:
            what = key.replace("_", " ")
            raise ConfigError(
                f"run {folder.name} was not made with the current {what}; train it again, or leave it out"
            )
    ids, folds, outputs = _read_oof(folder / "oof.csv")
    if ids != tables_of(config).train[config.competition.id_column].tolist():
        raise ConfigError(
            f"run {folder.name} has other ids than {config.competition.train_file}; train it again"
        )
    if np.isnan(outputs[folds >= 0]).any():
        raise DataError(f"run {folder.name} has predictions that are no numbers; leave it out")
    return Member(folder, settings["seed"], scores, folds, outputs)


def _read_oof(path: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The ids, folds and outputs of oof.csv."""
    try:
        ids = pd.read_csv(path, usecols=[0], dtype=str, keep_default_na=False).iloc[:, 0].tolist()
        table = pd.read_csv(path, index_col=0)
        return ids, table.iloc[:, 0].to_numpy(np.int64), table.iloc[:, 1:].to_numpy(np.float32)
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{path}: cannot be read ({error}); delete its folder and train again"
        ) from error


def _predictions(config: Config, folder: Path) -> Path:
    """The folder of what a run says of the test rows; it predicts them first where it has not."""
    return last_predictions(folder) or _predicted(config, folder)


def _predicted(config: Config, folder: Path) -> Path:
    """Predict with a run's own settings, which must still lead to it: or else another would be trained."""
    changed = ConfigError(
        f"run {folder.name} has not predicted the test texts, and cannot any more, as the code or a file has changed "
        "since: train it again, or leave it out"
    )
    try:
        own = from_values(artefacts.read_json(folder / "config.json"))
    except ConfigError:
        raise changed from None
    own = dataclasses.replace(own, data_dir=config.data_dir, output_dir=config.output_dir)
    if prepare(own).run != folder:
        raise changed
    return predict(own).predict


def _write_blend(config: Config, plan: Plan, members: Sequence[Member], method: str) -> None:
    """Write what a run has: out-of-fold and test outputs, scores, settings."""
    task_, truth, folds = read_task(plan), read_truth(config, plan), members[0].folds
    outputs = np.stack([member.outputs for member in members])
    logger.info("blend: %d runs, %s train rows, method %s", len(members), f"{len(folds):,}", method)
    made = blend(
        outputs,
        Objective(config.competition.metric, task_, truth, config.thresholds),
        folds,
        method=method,
    )
    places = [_predictions(config, member.folder) for member in members]
    scores = {
        **score_entries(config, task_, truth, made.outputs, folds),
        "seconds_of_all_folds": round(
            sum(member.scores["seconds_of_all_folds"] for member in members), 1
        ),
        "best_epochs": [],
        "n_trainable_parameters": sum(
            member.scores["n_trainable_parameters"] for member in members
        ),
        "blend": _blend_entries(members, made),
    }
    noted: dict[str, Any] = {
        "overrides": config.overrides,
        "members": [member.folder.name for member in members],
    }
    noted |= hashes_of(config, plan)
    with artefacts.new_folder(plan.run, **noted) as folder:
        _write_predictions(config, folder / "predict" / plan.predict.name, made.fit, places, task_)
        write_oof(config, folder, task_, made.outputs, folds)
        artefacts.write_json(folder / "metrics.json", scores)
        artefacts.write_json(folder / "config.json", dataclasses.asdict(config))
    _tell_members(scores["blend"], config.competition.metric)


def _write_predictions(
    config: Config, folder: Path, fitted: Fit, places: Sequence[Path], task_: Task
) -> None:
    """Write what a blend says of the test rows, and what it says by fold, for pseudo-labels.

    Fold k's is the plain mean of what the members' models of fold k say. Any weights would have
    been fitted on predictions of models that learnt fold k's held-out labels.
    """
    outputs = np.stack([artefacts.read_array(place / "outputs.npy") for place in places])
    by_fold = np.mean(
        [artefacts.read_array(place / "fold_outputs.npy") for place in places], axis=0
    )
    with artefacts.new_folder(
        folder, test_file=artefacts.hash_file(input_files(config)[1])
    ) as place:
        np.save(place / "outputs.npy", combine(fitted, outputs, task_))
        np.save(place / "fold_outputs.npy", by_fold)


def _blend_entries(members: Sequence[Member], made: Blend) -> dict[str, Any]:
    """What metrics.json says of the members, of how much each counts, and of the methods."""
    alone = [member.scores["oof_score"] for member in members]
    return {
        "method": made.fit.method,
        "methods": made.scores,
        "members": {
            member.folder.name: {"seed": member.seed, "score": score, "weight": weight}
            for member, score, weight in zip(members, alone, made.fit.weights.tolist(), strict=True)
        },
        "mean_of_members": float(np.mean(alone)),
        "standard_deviation_of_members": float(np.std(alone, ddof=1)) if len(alone) > 1 else 0.0,
    }


def _tell_members(entries: dict[str, Any], metric: str) -> None:
    for name, member in entries["members"].items():
        weight = np.mean(member["weight"])
        logger.info("blend: %s %s %.4f, weight %.3f", name, metric, member["score"], weight)
    methods = ", ".join(f"{name} {score:.4f}" for name, score in entries["methods"].items())
    logger.info("blend: by %s (%s)", entries["method"], methods)


def _said(value: object) -> str:
    """A setting as it is written."""
    return "null" if value is None else str(value)
