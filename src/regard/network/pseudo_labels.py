"""Pseudo-labels: training on confident predictions of an earlier run for the test rows.

No held-out label leaks: fold k trains on predictions of the earlier run's model of fold k, which
never trained on the held-out rows of fold k either. Both runs must therefore have the same folds.
(As in every fold, the best epoch of the earlier model was chosen by its score on those rows.)

Reference:
    Lee (2013), Pseudo-label: the simple and efficient semi-supervised learning method for deep
    neural networks, ICML workshop on challenges in representation learning.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.artefacts import MANIFEST, check_file, read_array, read_json
from regard.errors import ConfigError, shell_command
from regard.runs.finding import choose_run, predictions_of

if TYPE_CHECKING:
    from regard.runs.run import Run
    from regard.tasks import Task

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class PseudoLabels:
    """The predictions of an earlier run that a fold trains on.

    Attributes:
        rows: indices of test rows, int64.
        outputs: `(len(rows), n_outputs)` float32 predictions.
    """

    rows: np.ndarray
    outputs: np.ndarray


def read_pseudo_labels(run: Run, fold: int) -> PseudoLabels:
    """Read the confident test predictions of one fold of the earlier run.

    Args:
        run: its setting `pseudo_labels.run` names the earlier run.
        fold: number of the fold.
    """
    outputs = np.array(read_array(_predictions(run))[fold])
    rows = confident_rows(outputs, run.task, run.config.pseudo_labels.threshold)
    return PseudoLabels(rows, outputs[rows])


def confident_rows(outputs: np.ndarray, task: Task, threshold: float) -> np.ndarray:
    """Return the rows that a model predicts with at least a given confidence.

    The confidence is the probability of the most likely class; with several labels, that of the
    least certain label. Regression and soft labels have no confidence: all rows are returned.

    Args:
        outputs: `(n_rows, n_outputs)`.
        task: the task.
        threshold: minimum confidence.

    Returns:
        Row indices, int64.

    Example:
        binary [[0.95], [0.5], [0.05]], threshold=0.9 -> [0, 2]
    """
    return np.flatnonzero(task.confidence(outputs) >= threshold)


def check_teacher(run: Run) -> None:
    """Check that the earlier run has the same rows, labels, task and folds, and predictions.

    Raises:
        ConfigError: the earlier run does not exist, differs in one of these, or has not predicted
            the test file by the models of its folds.
    """
    teacher = _teacher(run)
    # All cells as str, so that ids such as "007" stay as they are.
    check_file(teacher / "oof.csv")
    oof = pd.read_csv(teacher / "oof.csv", header=None, dtype=str, keep_default_na=False)
    setting = f"pseudo_labels.run={run.config.pseudo_labels.run}"
    if tuple(oof.iloc[0, 2:]) != run.task.output_names:
        raise ConfigError(
            f"{setting} predicts {', '.join(oof.iloc[0, 2:12])}, but this run predicts "
            f"{', '.join(run.task.output_names[:10])}; name another run"
        )
    if oof.iloc[1:, 0].tolist() != run.train_ids.tolist():
        raise ConfigError(
            f"{setting} was trained on other rows of train.csv; train it again and name the new run"
        )
    if read_json(teacher / MANIFEST).get("labels", run.labels_hash) != run.labels_hash:
        raise ConfigError(
            f"{setting} was trained on other labels, or with another positive label; train it "
            "again and name the new run"
        )
    if oof.iloc[1:, 1].tolist() != run.folds.astype(str).tolist():
        raise ConfigError(
            f"{setting} has other folds, so its models were trained on rows that this run holds "
            "out; use the same folds settings, or name another run"
        )
    trained = oof.iloc[1:][oof.iloc[1:, 2] != ""].iloc[:, 1].nunique()
    if trained < run.n_folds:
        raise ConfigError(
            f"{setting} has trained {trained} of {run.n_folds} folds, and each fold learns from "
            "the same fold of that run; train it with folds.only=null and name the new run"
        )
    _predictions(run)


def log_n_pseudo_labels(run: Run) -> None:
    """Log the number of test rows that each fold also trains on."""
    counts = [len(read_pseudo_labels(run, fold).rows) for fold in run.chosen_folds]
    threshold = run.config.pseudo_labels.threshold
    hint = "" if any(counts) else f"; no row reaches pseudo_labels.threshold={threshold}, lower it"
    shown = ", ".join(f"{count:,}" for count in counts)
    _log.info("pseudo-labels: the folds also train on %s test rows%s", shown, hint)


def _teacher(run: Run) -> Path:
    """Return the folder of the earlier run, which is named in full: its name is in fingerprints."""
    name = run.config.pseudo_labels.run or ""
    return choose_run(run.competition_folder / "runs", name, by_beginning=False)


def _predictions(run: Run) -> Path:
    """Return the file of the earlier run's predictions of the test file, by each of its folds."""
    teacher = _teacher(run)
    found = [
        folder / "fold_outputs.npy"
        for folder in predictions_of(teacher)
        if read_json(folder / MANIFEST).get("test_file") == run.input_hashes["test"]
    ]
    by_fold = next((path for path in found if path.exists()), None)
    if by_fold is None:
        # Those of the model of all rows have seen the labels that every fold holds out.
        lack = "predictions by the models of its folds" if found else "test predictions"
        command = shell_command("submit", run.config.competition.name, run=teacher.name)
        models = " predict.models=folds" if found else ""
        raise ConfigError(
            f"pseudo_labels.run={teacher.name} has no {lack} of the current test file; first run: "
            f"{command}{models}"
        )
    return by_fold
