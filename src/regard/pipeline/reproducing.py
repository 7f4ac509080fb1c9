"""Train a finished run again, and compare: the same bytes, the same within noise, or different."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.artefacts.environment import differences, environment
from regard.config import NO_TRACKER
from regard.errors import ArtefactError, ConfigError, DataError, shell_command
from regard.pipeline.finished import open_run
from regard.pipeline.frozen_encoder import check_encoder
from regard.pipeline.runner import Session, hash_inputs, make

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reproduction:
    """How the repetition of a run compares with it.

    Attributes:
        score: of the repetition, out of fold.
        largest_change: of an output of any row, out of fold.
        n_decisions: rows that are decided otherwise.
        is_same: whether all outputs and the submission are the same bytes.
        is_within_noise: whether the score differs by less than its standard error over folds.
    """

    score: float
    largest_change: float
    n_decisions: int
    is_same: bool
    is_within_noise: bool


def reproduce(config: Config, run: str = "latest") -> Reproduction:
    """Train a finished run again in a folder apart, and log where the result differs.

    The folder is removed at the end. After an interruption the same command continues it.

    Args:
        config: the settings of the command.
        run: see `open_run`.

    Returns:
        The comparison.

    Raises:
        ConfigError: the run is not one that a single training makes.
        DataError: the files of the competition are not those of the run.
        ArtefactError: the score differs by more than noise, or a file of a pretrained encoder is
            not that of the run.
    """
    first = open_run(config, run)
    _check_reproducible(first)
    if first.config.model.reads_encoder:
        check_encoder(first)
    same_test = _check_files(first)
    place = first.competition_folder / "reproductions" / first.name
    # It has the name of the first run, so a tracker would take it for that one.
    tracking = dataclasses.replace(
        first.config.tracking, tracker=NO_TRACKER, project=None, uri=None
    )
    settings = dataclasses.replace(first.config, output_dir=str(place), tracking=tracking)
    with_test = same_test and (first.folder / "submission.csv").exists()
    again = make(settings, "submit" if with_test else "train")
    _log_causes(first, again)
    found = compare(first, again, with_submission=with_test)
    _log_result(first, found)
    shutil.rmtree(place)
    with contextlib.suppress(OSError):  # of another reproduction
        place.parent.rmdir()
    if not found.is_within_noise:
        raise ArtefactError(
            f"run {first.name} was not reproduced: out of fold {first.scores['oof_score']:.4f} "
            f"there, {found.score:.4f} here, which is more than the standard error over folds; the "
            "lines above name the differences of the environment"
        )
    return found


def compare(first: Run, again: Run, *, with_submission: bool) -> Reproduction:
    """Compare the out-of-fold outputs, scores and submissions of a run and its repetition."""
    outputs = [_oof_outputs(run) for run in (first, again)]
    # By the thresholds of the first run: their own would hide or add changes of the outputs.
    decided = [first.task.decide(of_run, first.thresholds) for of_run in outputs]
    change = float(np.abs(outputs[0] - outputs[1]).max(initial=0.0))
    names = ["oof.csv", *(["submission.csv"] if with_submission else [])]
    score = float(again.scores["oof_score"])
    is_same = all(_same_bytes(first.folder / name, again.folder / name) for name in names)
    return Reproduction(
        score=score,
        largest_change=change,
        n_decisions=int((decided[0] != decided[1]).reshape(len(outputs[0]), -1).any(axis=1).sum()),
        is_same=is_same,
        # The same bytes have the same score, also one that is not defined.
        is_within_noise=is_same or abs(score - first.scores["oof_score"]) <= _standard_error(first),
    )


def _check_reproducible(run: Run) -> None:
    why = ""
    if run.members:
        why = f"is a blend; reproduce its members, such as {run.members[0]}"
    elif run.config.compute.budget_minutes is not None:
        why = "was trained within compute.budget_minutes, so its length depended on the machine"
    elif run.config.pseudo_labels.run:
        why = f"learnt from the predictions of {run.config.pseudo_labels.run}; reproduce that run"
    if why:
        raise ConfigError(f"run {run.name} {why}")


def _check_files(run: Run) -> bool:
    """Return whether the test file and the sample are those of the run.

    Raises:
        DataError: a file that training reads is another one.
    """
    now = hash_inputs(run.config, Session())
    changed = [part for part, digest in now.items() if digest != run.input_hashes.get(part)]
    read = ["train", *(["test"] if run.config.uses_test_file else [])]
    for part in changed:
        if part in read:
            raise DataError(
                f"{run.config.competition_dir}: the {part} file is not the one that run {run.name} "
                "was trained on; put that file back, or train with this one by "
                + shell_command("train", run.config.competition.name)
            )
    return not changed


def _log_causes(first: Run, again: Run) -> None:
    """Log all that differs between the two trainings."""
    if first.name != again.name:
        _log.info("reproduce: the code or the versions of packages differ from those of the run")
    stored = first.manifest.get("environment")
    if stored is None:
        _log.info("reproduce: the run is of an earlier version, and notes no environment")
        return
    for line in differences(stored, environment()):
        _log.info("reproduce: %s", line)


def _log_result(run: Run, found: Reproduction) -> None:
    if found.is_same:
        _log.info("reproduce: %s is reproduced byte for byte", run.name)
        return
    _log.info(
        "reproduce: out of fold %s %.4f there, %.4f here; %s of %s rows are decided otherwise; "
        "outputs differ by %.2g at most",
        run.scores["metric"],
        run.scores["oof_score"],
        found.score,
        f"{found.n_decisions:,}",
        f"{len(run.labels):,}",
        found.largest_change,
    )
    if found.is_within_noise:
        _log.info("reproduce: that is within the standard error of the score over folds")


def _oof_outputs(run: Run) -> np.ndarray:
    """Return the outputs out of fold, `(held-out rows, n_outputs)`."""
    # The first two columns are the id and the fold.
    outputs = pd.read_csv(run.folder / "oof.csv").iloc[:, 2:].to_numpy(np.float32)
    return outputs[~np.isnan(outputs[:, 0])]


def _same_bytes(first: Path, second: Path) -> bool:
    return first.read_bytes() == second.read_bytes()


def _standard_error(run: Run) -> float:
    """Return the standard error of the mean score of the folds; 0 for a single fold."""
    scores = np.asarray(run.scores["fold_scores"], np.float64)
    return float(scores.std(ddof=1) / math.sqrt(len(scores))) if len(scores) > 1 else 0.0
