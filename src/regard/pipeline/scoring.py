"""What the folds held out, gathered: out-of-fold predictions, scores, thresholds."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regard import artefacts, tasks
from regard.config import Config
from regard.data import folds
from regard.metrics import registry, thresholds
from regard.pipeline.reading import tables_of


def write_scores(
    config: Config, folder: Path, task_: tasks.Task, truth: tasks.Targets, numbers: np.ndarray
) -> None:
    """Gather what the folds held out: oof.csv and metrics.json."""
    outputs = np.full((len(numbers), task_.n_outputs), np.nan, np.float32)
    summaries = []
    for fold in range(numbers.max() + 1):
        outputs[folds.held_out_rows(numbers, fold)] = artefacts.read_array(
            folder / f"fold_{fold}" / "oof_outputs.npy"
        )
        summaries.append(artefacts.read_json(folder / f"fold_{fold}" / "history.json"))
    write_oof(config, folder, task_, outputs, numbers)
    seconds = sum(epoch["seconds"] for summary in summaries for epoch in summary["epochs"])
    scores = {
        **score_entries(config, task_, truth, outputs, numbers),
        "seconds_of_all_folds": round(seconds, 1),
        "best_epochs": [summary["best_epoch"] for summary in summaries],
        "n_trainable_parameters": summaries[0]["n_trainable_parameters"],
    }
    artefacts.write_json(folder / "metrics.json", scores)
    artefacts.write_json(folder / "config.json", dataclasses.asdict(config))


def score_entries(
    config: Config, task_: tasks.Task, truth: tasks.Targets, outputs: np.ndarray, numbers: np.ndarray
) -> dict[str, Any]:
    """Return what metrics.json says of out-of-fold predictions, however they were made."""
    oof_score, fold_scores, tuned = _scores(config, task_, truth, outputs, numbers)
    return {
        "metric": config.competition.metric,
        "greater_is_better": registry.greater_is_better(config.competition.metric),
        "oof_score": oof_score,
        "fold_scores": fold_scores,
        "mean_of_folds": float(np.mean(fold_scores)),
        "standard_deviation_of_folds": float(np.std(fold_scores, ddof=1)),
        "thresholds": tuned,
    }


def _scores(
    config: Config, task_: tasks.Task, truth: tasks.Targets, outputs: np.ndarray, numbers: np.ndarray
) -> tuple[float, list[float], dict[str, Any] | None]:
    """The out-of-fold score, those of the folds, and the thresholds they were made with, if any
    were tuned.

    Tuned thresholds would flatter the rows they were tuned on: each fold is decided by those of the
    other folds.
    """
    metric = config.competition.metric
    if config.thresholds.tuned and thresholds.is_tuned(metric, task_):
        tuned = thresholds.tune_over_folds(
            metric, task_, truth, outputs, numbers, per_label=config.thresholds.per_label
        )
        by_fold = [
            {
                "thresholds": fold.thresholds.tolist(),
                "score": fold.score,
                "honest_score": fold.honest_score,
            }
            for fold in tuned.by_fold
        ]
        kept = {"all_rows": tuned.thresholds.tolist(), "score": tuned.score, "by_fold": by_fold}
        return tuned.honest_score, [fold.honest_score for fold in tuned.by_fold], kept

    def score(rows: np.ndarray) -> float:
        return registry.score(metric, task_, truth.take(rows), outputs[rows])

    held_out = [folds.held_out_rows(numbers, fold) for fold in range(numbers.max() + 1)]
    return score(np.flatnonzero(numbers >= 0)), list(map(score, held_out)), None


def write_oof(
    config: Config, folder: Path, task_: tasks.Task, outputs: np.ndarray, numbers: np.ndarray
) -> None:
    """Write the out-of-fold predictions; rows that no fold held out, as the earliest of ordered ones, have none."""
    oof = pd.DataFrame(outputs, columns=list(task_.output_names))
    ids = tables_of(config).train[config.competition.id_column].to_numpy()
    for name, values in (("fold", numbers), (config.competition.id_column, ids)):
        oof.insert(0, name, values, allow_duplicates=True)  # a class may be called "fold"
    artefacts.write_csv(folder / "oof.csv", oof)
