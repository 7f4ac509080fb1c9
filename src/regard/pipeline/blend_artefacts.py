"""The artefacts of a blend: what its members predict, and the files made of it."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.artefacts import MANIFEST, check_file, new_folder, read_array, read_json, write_json
from regard.ensembling import Blend, Objective, blend, combine, read_fit, write_fit
from regard.errors import ArtefactError, ConfigError, DataError
from regard.pipeline.mending import REWRITTEN
from regard.pipeline.scoring import score_entries, write_oof
from regard.pipeline.stages.train import keep_fitted
from regard.runs.contents import FITTED

if TYPE_CHECKING:
    from regard.runs.run import Run

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

    @property
    def trained(self) -> list[int]:
        """The folds that it trained; the rows of others have no outputs."""
        every = np.unique(self.folds[self.folds >= 0])
        return [int(fold) for fold in self.scores.get("folds", every)]


def read_members(run: Run, folders: Sequence[Path]) -> list[Member]:
    """Read runs, and make sure that their predictions can be compared.

    Raises:
        ConfigError: one has another metric, other labels, ids or folds; the message
            names the run and the difference.
        DataError: one has predictions that are not numbers.
        ArtefactError: an oof.csv cannot be read.
    """
    members = [read_member(run, folder) for folder in folders]
    for member in members[1:]:
        if not np.array_equal(member.folds, members[0].folds):
            raise ConfigError(
                f"run {member.folder.name} has other folds than {members[0].folder.name}, so they "
                "cannot be blended: name runs of the same folds by RUNS= of make blend or "
                "runs=[...], or train one again with the same settings of folds"
            )
    return members


def read_member(run: Run, folder: Path) -> Member:
    """Read a run, and make sure that it was scored as the blend is, on the same rows and labels.

    Raises:
        ConfigError: it was not; the message names the run and the difference.
        DataError: it has predictions that are not numbers.
        ArtefactError: one of its files cannot be read.
    """
    settings = read_json(folder / "config.json")
    _check_comparable(run, folder, settings)
    ids, folds, outputs = _read_oof(folder / "oof.csv")
    if ids != run.train_ids.tolist():
        raise ConfigError(
            f"run {folder.name} has other ids than {run.config.competition.train_name}; train it "
            "again"
        )
    scores = read_json(folder / "metrics.json")
    trained = np.isin(folds, scores.get("folds", np.unique(folds)))
    if np.isnan(outputs[trained & (folds >= 0)]).any():
        raise DataError(f"run {folder.name} has predictions that are not numbers; leave it out")
    return Member(folder, settings["seed"], scores, folds, outputs)


def common_folds(members: Sequence[Member]) -> list[int]:
    """Return the folds that all members have trained.

    Raises:
        ConfigError: there is none.

    Example:
        members of all folds 0 to 4, and of the folds 0 and 1 -> [0, 1]
    """
    found = set.intersection(*(set(member.trained) for member in members))
    if not found:
        folds = "; ".join(
            f"{member.folder.name} has {', '.join(map(str, member.trained))}" for member in members
        )
        raise ConfigError(
            f"these runs share no fold, so they cannot be blended: {folds}; train one of them with "
            "folds.only=null"
        )
    return sorted(found)


def _check_comparable(run: Run, folder: Path, settings: dict[str, Any]) -> None:
    """Refuse a run that was scored otherwise than the blend, or made of other labels."""
    for section, key in (("competition", "metric"), ("prior", "test_positive_rate")):
        found = settings[section][key]
        expected = getattr(getattr(run.config, section), key)
        if found != expected:
            raise ConfigError(
                f"run {folder.name} has {section}.{key}={_as_written(found)}, not "
                f"{_as_written(expected)}; pass the value to blend by, and leave out runs with "
                "another"
            )
    if read_json(folder / MANIFEST).get("labels") != run.labels_hash:
        raise ConfigError(
            f"run {folder.name} was not made with the current labels; train it again, or leave it "
            "out"
        )


def _read_oof(path: Path) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the ids, folds and outputs of an oof.csv."""
    check_file(path)
    try:
        # Ids are read as they are written: 007 is not 7, and NA is not a missing value.
        ids = pd.read_csv(path, usecols=[0], dtype=str, keep_default_na=False).iloc[:, 0].tolist()
        table = pd.read_csv(path, index_col=0)
        return ids, table.iloc[:, 0].to_numpy(np.int64), table.iloc[:, 1:].to_numpy(np.float32)
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{path}: cannot be read ({error}); delete its folder and train again"
        ) from error


def write_blend(run: Run, members: Sequence[Member], method: str) -> None:
    """Write what a trained run has: out-of-fold outputs, scores, settings, and how to predict.

    Args:
        run: the blend; its folders are known and not there yet.
        members: the runs to blend.
        method: the blend method, as in `blend.method`.
    """
    config = run.config
    outputs = np.stack([member.outputs for member in members])
    scored = common_folds(members)
    folds = np.where(np.isin(members[0].folds, scored), members[0].folds, -1)
    _log.info("blend: %d runs, %s train rows, method %s", len(members), f"{len(folds):,}", method)
    objective = Objective(config.competition.metric, run.task, run.targets, config.thresholds)
    made = blend(outputs, objective, folds, method=method)
    seconds = sum(member.scores["seconds_of_all_folds"] for member in members)
    scores = {
        **score_entries(run, made.outputs, scored),
        "seconds_of_all_folds": round(seconds, 1),
        "best_epochs": [],
        "n_trainable_parameters": sum(
            member.scores["n_trainable_parameters"] for member in members
        ),
        "blend": _blend_entries(members, made),
    }
    names = [member.folder.name for member in members]
    with new_folder(
        run.folder, rewritten=REWRITTEN, **run.manifest_entries(), members=names
    ) as folder:
        keep_fitted(run, folder / FITTED)
        write_oof(run, folder, made.outputs)
        write_json(folder / "metrics.json", scores)
        write_fit(folder, made.fit, names)
        write_json(folder / "config.json", dataclasses.asdict(config))
    _log_members(scores["blend"], config.competition.metric)


def write_blend_predictions(run: Run, folder: Path, sources: Sequence[Path]) -> None:
    """Write the blend's predictions of the test rows, and those of each fold for pseudo-labels.

    Fold k's predictions are the plain mean of those by the members' models of fold k. Fitted
    weights would depend on predictions of models that learnt the labels fold k holds out.

    Args:
        run: the blend.
        folder: the folder to write into.
        sources: the folders of the members' predictions, in the order of the fit.
    """
    fit, _ = read_fit(run.folder, n_outputs=run.task.n_outputs)
    outputs = np.stack([read_array(source / "outputs.npy") for source in sources])
    np.save(folder / "outputs.npy", combine(fit, outputs, run.task))
    by_fold = [source / "fold_outputs.npy" for source in sources]
    if all(path.exists() for path in by_fold):
        of_members = [read_array(path) for path in by_fold]
        # Of members with other folds there is no mean; pseudo-labels need all folds anyway.
        if len({outputs.shape for outputs in of_members}) == 1:
            np.save(folder / "fold_outputs.npy", np.stack(of_members).mean(axis=0))


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
