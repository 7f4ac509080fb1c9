"""Gather what the folds held out: out-of-fold predictions, scores and thresholds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.artefacts import read_array, read_json, write_csv, write_json
from regard.data.folds import held_out_rows
from regard.metrics.registry import METRICS, score
from regard.metrics.thresholds import is_tuned, tune_over_folds

if TYPE_CHECKING:
    from regard.runs.run import Run


def write_fold_scores(
    run: Run, folder: Path, folds: Sequence[int], notes: Mapping[str, Any]
) -> None:
    """Write oof.csv and metrics.json from the folders of the folds.

    Args:
        run: the run that is being trained.
        folder: its unfinished folder, which holds `fold_<k>/`.
        folds: the numbers of the trained folds.
        notes: on time and memory, see `usage_notes`; folds of an earlier, interrupted command are
            not in them.
    """
    outputs = fold_outputs(run, folder, folds)
    write_oof(run, folder, outputs)
    entries = {**fold_entries(run, folder, folds, outputs), "training": dict(notes)}
    write_json(folder / "metrics.json", entries)


def fold_outputs(run: Run, folder: Path, folds: Sequence[int]) -> np.ndarray:
    """Return the out-of-fold outputs of some folds, `(train rows, n_outputs)` float32.

    NaN stays in the rows of other folds, and in those that no fold holds out, such as the earliest
    of folds in time.

    Args:
        run: its task and folds.
        folder: the folder that holds `fold_<k>/`.
        folds: the numbers of trained folds.
    """
    outputs = np.full((len(run.folds), run.task.n_outputs), np.nan, np.float32)
    for fold in folds:
        path = folder / f"fold_{fold}" / "oof_outputs.npy"
        outputs[held_out_rows(run.folds, fold)] = read_array(path)
    return outputs


def fold_entries(
    run: Run, folder: Path, folds: Sequence[int], outputs: np.ndarray
) -> dict[str, Any]:
    """Return the entries of metrics.json on some folds: their scores and their training.

    Args:
        run: its task, labels, folds and metric.
        folder: the folder that holds `fold_<k>/`.
        folds: the numbers of trained folds.
        outputs: from `fold_outputs`.
    """
    histories = [read_json(folder / f"fold_{fold}" / "history.json") for fold in folds]
    seconds = sum(epoch["seconds"] for history in histories for epoch in history["epochs"])
    # By a time limit, within an epoch or before the last one.
    cut = [fold for fold, one in zip(folds, histories, strict=True) if "is_cut" in one]
    return {
        **score_entries(run, outputs, folds),
        "seconds_of_all_folds": round(seconds, 1),
        "best_epochs": [history["best_epoch"] for history in histories],
        "n_trainable_parameters": histories[0]["n_trainable_parameters"],
        **({"cut_folds": cut} if cut else {}),
    }


def score_entries(run: Run, outputs: np.ndarray, folds: Sequence[int]) -> dict[str, Any]:
    """Return the scores of out-of-fold predictions for metrics.json.

    Args:
        run: its task, labels, folds and metric.
        outputs: `(train rows, n_outputs)`; NaN for rows that no fold held out.
        folds: the folds whose rows are scored; others were not trained.
    """
    scored = np.where(np.isin(run.folds, folds), run.folds, -1)
    oof_score, fold_scores, tuned = _scores(run, outputs, scored)
    metric = run.config.competition.metric
    return {
        "folds": [int(fold) for fold in folds],
        "n_folds": run.n_folds,
        "metric": metric,
        "greater_is_better": METRICS[metric].greater_is_better,
        "oof_score": oof_score,
        "fold_scores": fold_scores,
        "mean_of_folds": float(np.mean(fold_scores)),
        "std_of_folds": float(np.std(fold_scores, ddof=1)) if len(folds) > 1 else math.nan,
        "thresholds": tuned,
    }


def _scores(
    run: Run, outputs: np.ndarray, folds: np.ndarray
) -> tuple[float, list[float], dict[str, Any] | None]:
    """Return the out-of-fold score, the score of each fold, and the tuned thresholds, if any.

    Tuned thresholds would flatter the rows they were tuned on, so the rows of each fold are decided
    by the thresholds of the other folds.

    Args:
        run: its task, targets and metric.
        outputs: `(train rows, n_outputs)`.
        folds: `(train rows,)`, -1 for rows that do not count.
    """
    metric = run.config.competition.metric
    settings = run.config.thresholds
    if settings.tuned and is_tuned(metric, run.task):
        tuned = tune_over_folds(
            metric, run.task, run.targets, outputs, folds, per_label=settings.per_label
        )
        by_fold = [
            {
                "thresholds": fold.thresholds.tolist(),
                "score": fold.score,
                "honest_score": fold.honest_score,
            }
            for fold in tuned.by_fold
        ]
        entry = {"all_rows": tuned.thresholds.tolist(), "score": tuned.score, "by_fold": by_fold}
        return tuned.honest_score, [fold.honest_score for fold in tuned.by_fold], entry

    def score_of(rows: np.ndarray) -> float:
        return score(metric, run.task, run.targets.take(rows), outputs[rows])

    fold_scores = [score_of(held_out_rows(folds, fold)) for fold in np.unique(folds[folds >= 0])]
    return score_of(np.flatnonzero(folds >= 0)), fold_scores, None


def write_oof(run: Run, folder: Path, outputs: np.ndarray) -> None:
    """Write oof.csv: the id, the fold and the out-of-fold outputs of every train row.

    Rows that no fold held out, such as the earliest of rows in time, have empty outputs.
    """
    oof = pd.DataFrame(outputs, columns=list(run.task.output_names))
    for name, values in (
        ("fold", run.folds),
        (run.config.competition.id_column, run.train_ids.to_numpy()),
    ):
        oof.insert(0, name, values, allow_duplicates=True)  # a class may be called "fold"
    write_csv(folder / "oof.csv", oof)
