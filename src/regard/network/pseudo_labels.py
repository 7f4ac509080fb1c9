"""Pseudo-labels: training on confident predictions of an earlier run for the test rows.

No held-out label leaks: fold k trains on predictions of the earlier run's model of fold k, which
never trained on the held-out rows of fold k either. Both runs must therefore have the same folds.
(As in every fold, the best epoch of the earlier model was chosen by its score on those rows.)

Reference:
    Lee (2013), Pseudo-label: the simple and efficient semi-supervised learning method for deep
    neural networks, ICML workshop on challenges in representation learning.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from regard.artefacts import MANIFEST, read_array, read_json
from regard.config import PseudoLabelsConfig
from regard.errors import ArtefactError, ConfigError
from regard.runs.leaderboard import find_run, last_predictions
from regard.runs.planning import Plan
from regard.tasks import Task


@dataclass(frozen=True, eq=False)
class PseudoLabels:
    """The predictions of an earlier run that a fold trains on.

    Attributes:
        rows: indices of test rows, int64.
        outputs: `(len(rows), n_outputs)` float32 predictions.
    """

    rows: np.ndarray
    outputs: np.ndarray


def read_pseudo_labels(
    config: PseudoLabelsConfig, plan: Plan, task: Task, fold: int
) -> PseudoLabels:
    """Read the confident test predictions of one fold of the earlier run."""
    outputs = np.array(read_array(_predictions(_run(config, plan)) / "fold_outputs.npy")[fold])
    rows = confident_rows(outputs, task, config.threshold)
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
    if task.kind in ("regression", "soft_labels"):
        return np.arange(len(outputs))
    if task.kind == "ordinal":
        # Outputs [0.9, 0.8] are the probabilities of a rank above 0 and above 1. Those of ranks 0,
        # 1 and 2 are the differences [1 - 0.9, 0.9 - 0.8, 0.8 - 0].
        above = np.pad(outputs, ((0, 0), (1, 0)), constant_values=1.0)
        confidence = (above - np.pad(outputs, ((0, 0), (0, 1)))).max(axis=1)
    elif task.kind == "multi_class":
        confidence = outputs.max(axis=1)
    else:
        confidence = np.maximum(outputs, 1.0 - outputs).min(axis=1)
    return np.flatnonzero(confidence >= threshold)


def check_run(
    config: PseudoLabelsConfig,
    plan: Plan,
    task: Task,
    ids: np.ndarray,
    *,
    labels_hash: str,
    test_hash: str,
) -> None:
    """Check that the earlier run has the same rows, labels, task and folds as this run.

    Args:
        config: names the earlier run.
        plan: the folders of this run.
        task: the task of this run.
        ids: ids of all train rows, str.
        labels_hash: hash of the prepared labels.
        test_hash: hash of the test file.

    Raises:
        ArtefactError: the earlier run has no predictions.
        ConfigError: the earlier run does not exist, or differs in one of these.
    """
    run = _run(config, plan)
    oof = pd.read_csv(run / "oof.csv", header=None, dtype=str, keep_default_na=False)
    setting = f"pseudo_labels.run={config.run}"
    if tuple(oof.iloc[0, 2:]) != task.output_names:
        raise ConfigError(
            f"{setting} predicts {', '.join(oof.iloc[0, 2:12])}, but this run predicts "
            f"{', '.join(task.output_names[:10])}; name another run"
        )
    if oof.iloc[1:, 0].tolist() != ids.tolist():
        raise ConfigError(
            f"{setting} was trained on other rows of train.csv; train it again and name the new run"
        )
    if read_json(run / MANIFEST).get("labels", labels_hash) != labels_hash:
        raise ConfigError(
            f"{setting} was trained on other labels, or with another positive label; train it "
            "again and name the new run"
        )
    folds = np.asarray(read_array(plan.folds / "folds.npy"))
    if oof.iloc[1:, 1].tolist() != folds.astype(str).tolist():
        raise ConfigError(
            f"{setting} has other folds, so its models were trained on rows that this run holds "
            "out; use the same folds settings, or name another run"
        )
    if read_json(_predictions(run) / MANIFEST).get("test_file", test_hash) != test_hash:
        raise ConfigError(
            f"{setting} predicted another test file; run make submit with its settings again and "
            "name the new run"
        )


def _run(config: PseudoLabelsConfig, plan: Plan) -> Path:
    """Return the folder of the earlier run."""
    return find_run(plan.competition / "runs", config.run or "")


def _predictions(run: Path) -> Path:
    """Return the folder of a run's test predictions."""
    folder = last_predictions(run)
    if folder is None:
        raise ArtefactError(
            f"{run} has no test predictions; run make predict with its settings first"
        )
    return folder
