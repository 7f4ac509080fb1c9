"""Pseudo-labels: test rows that an earlier run is sure of are learnt from as well, with what it
says of them.

No held-out label is learnt on the way: fold k learns from what the earlier run's model of fold k
says, which never saw fold k's held-out rows either. So both runs must have the same folds. (That
model's best epoch was chosen by its score on those rows, as every fold's is.)

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
    """What an earlier run says of the test rows that a fold learns from.

    Attributes:
        rows: the test rows, int64.
        outputs: `(rows, outputs)` float32.
    """

    rows: np.ndarray
    outputs: np.ndarray


def pseudo_labels(config: PseudoLabelsConfig, plan: Plan, task: Task, fold: int) -> PseudoLabels:
    """Return what the model of one fold of the earlier run is sure of."""
    outputs = np.array(read_array(_predictions(_run(config, plan)) / "fold_outputs.npy")[fold])
    rows = confident_rows(outputs, task, config.threshold)
    return PseudoLabels(rows, outputs[rows])


def confident_rows(outputs: np.ndarray, task: Task, threshold: float) -> np.ndarray:
    """Return the rows whose likeliest class has at least a certain probability; of several labels,
    each of them.

    Numbers and soft labels have no classes to be sure of: all their rows are taken.

    Args:
        outputs: `(rows, n_outputs)`.
        task: what is predicted.
        threshold: the probability.

    Returns:
        int64.

    Example:
        binary [[0.95], [0.5], [0.05]], threshold=0.9 -> [0, 2]
    """
    return np.flatnonzero(task.confidence(outputs) >= threshold)


def check_run(
    config: PseudoLabelsConfig,
    plan: Plan,
    task: Task,
    ids: np.ndarray,
    *,
    labels_hash: str,
    test_hash: str,
) -> None:
    """Refuse an earlier run whose predictions are of other rows, of another task, or from other
    folds.

    Args:
        config: which run.
        plan: where the folds are.
        task: what is predicted.
        ids: of all train rows, str.
        labels_hash: of the labels as they are prepared.
        test_hash: of the test file.

    Raises:
        ArtefactError: it has no predictions.
        ConfigError: there is no such run, or it does not fit.
    """
    run = _run(config, plan)
    oof = pd.read_csv(run / "oof.csv", header=None, dtype=str, keep_default_na=False)
    where = f"pseudo_labels.run={config.run}"
    if tuple(oof.iloc[0, 2:]) != task.output_names:
        raise ConfigError(
            f"{where} predicts {', '.join(oof.iloc[0, 2:12])}, not what this run does; name another run"
        )
    if oof.iloc[1:, 0].tolist() != ids.tolist():
        raise ConfigError(
            f"{where} was trained on other rows of train.csv; train it again, then name the new run"
        )
    if read_json(run / MANIFEST).get("labels", labels_hash) != labels_hash:
        raise ConfigError(
            f"{where} learnt other labels, or took others for yes and no; train it again, then name the new run"
        )
    if (
        oof.iloc[1:, 1].tolist()
        != np.asarray(read_array(plan.folds / "folds.npy")).astype(str).tolist()
    ):
        raise ConfigError(
            f"{where} has other folds, so its models have seen rows that this run holds out; give this run the same "
            "folds settings, or name another run"
        )
    if read_json(_predictions(run) / MANIFEST).get("test_file", test_hash) != test_hash:
        raise ConfigError(
            f"{where} has predicted another test file; make submit it again, then name the new run"
        )


def _run(config: PseudoLabelsConfig, plan: Plan) -> Path:
    return find_run(plan.competition / "runs", config.run or "")


def _predictions(run: Path) -> Path:
    """The folder of what a run says of the test rows."""
    folder = last_predictions(run)
    if folder is None:
        raise ArtefactError(f"{run} has no test predictions; make predict with its settings first")
    return folder
