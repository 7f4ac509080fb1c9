"""Pseudo-labels: also train on the test rows that an earlier run predicts with confidence.

No held-out label leaks: fold k learns the predictions of the earlier run's model of fold k, which
never saw the rows that fold k holds out either. So both runs must have the same folds. (The best
epoch of that model was chosen by its score on those rows, as in every fold.)

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

from regard.artefacts import MANIFEST, read_array, read_json
from regard.errors import ArtefactError, ConfigError
from regard.runs.finding import find_run, last_predictions

if TYPE_CHECKING:
    from regard.runs.run import Run
    from regard.tasks import Task

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class PseudoLabels:
    """Test rows that a fold learns from, with their predictions by the earlier run.

    Attributes:
        rows: the test rows, int64.
        outputs: `(rows, n_outputs)` float32.
    """

    rows: np.ndarray
    outputs: np.ndarray


def pseudo_labels(run: Run, fold: int) -> PseudoLabels:
    """Return the confident predictions of the earlier run's model of a fold.

    Args:
        run: its setting `pseudo_labels.run` names the earlier run.
        fold: the number of the fold.
    """
    predictions = _predictions(_teacher(run))
    outputs = np.array(read_array(predictions / "fold_outputs.npy")[fold])
    rows = confident_rows(outputs, run.task, run.config.pseudo_labels.threshold)
    return PseudoLabels(rows, outputs[rows])


def confident_rows(outputs: np.ndarray, task: Task, threshold: float) -> np.ndarray:
    """Return the rows that are predicted with at least a certain probability.

    For classes that is the probability of the likeliest class, for several labels a row that of
    every label. Numbers and soft labels have no such probability, so all their rows are taken.

    Args:
        outputs: `(rows, n_outputs)`.
        task: the task.
        threshold: the probability.

    Returns:
        int64.

    Example:
        binary [[0.95], [0.5], [0.05]], threshold=0.9 -> [0, 2]
    """
    return np.flatnonzero(task.confidence(outputs) >= threshold)


def check_teacher(run: Run) -> None:
    """Refuse an earlier run with other rows, labels, folds or test rows, or of another task.

    Raises:
        ArtefactError: it has no predictions.
        ConfigError: there is no such run, or it does not fit.
    """
    teacher = _teacher(run)
    oof = pd.read_csv(teacher / "oof.csv", header=None, dtype=str, keep_default_na=False)
    where = f"pseudo_labels.run={run.config.pseudo_labels.run}"
    if tuple(oof.iloc[0, 2:]) != run.task.output_names:
        raise ConfigError(
            f"{where} predicts {', '.join(oof.iloc[0, 2:12])}, which is another task; name "
            "another run"
        )
    if oof.iloc[1:, 0].tolist() != run.train_ids.tolist():
        raise ConfigError(
            f"{where} was trained on other rows of train.csv; train it again, then name the new run"
        )
    if read_json(teacher / MANIFEST).get("labels", run.labels_hash) != run.labels_hash:
        raise ConfigError(
            f"{where} learnt other labels, or has the positive and negative value swapped; train "
            "it again, then name the new run"
        )
    if oof.iloc[1:, 1].tolist() != run.folds.astype(str).tolist():
        raise ConfigError(
            f"{where} has other folds, so its models have seen rows that this run holds out; give "
            "this run the same folds settings, or name another run"
        )
    test_file = run.input_hashes["test"]
    if read_json(_predictions(teacher) / MANIFEST).get("test_file", test_file) != test_file:
        raise ConfigError(
            f"{where} has predicted another test file; make submit it again, then name the new run"
        )


def log_n_pseudo_labels(run: Run) -> None:
    """Log how many test rows each fold also learns from."""
    counts = [len(pseudo_labels(run, fold).rows) for fold in range(run.n_folds)]
    threshold = run.config.pseudo_labels.threshold
    hint = "" if any(counts) else f"; no row reaches pseudo_labels.threshold={threshold}, lower it"
    shown = ", ".join(f"{count:,}" for count in counts)
    _log.info("pseudo-labels: the folds also learn from %s test rows%s", shown, hint)


def _teacher(run: Run) -> Path:
    """Return the folder of the earlier run."""
    return find_run(run.competition_folder / "runs", run.config.pseudo_labels.run or "")


def _predictions(folder: Path) -> Path:
    """Return the folder of a run's test predictions."""
    predictions = last_predictions(folder)
    if predictions is None:
        raise ArtefactError(
            f"{folder} has no test predictions; make predict with its settings first"
        )
    return predictions
