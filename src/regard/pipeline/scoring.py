"""Gather what the folds held out: out-of-fold predictions, scores and thresholds."""

from __future__ import annotations

import logging
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
from regard.pipeline.related_rows import related_rows
from regard.tasks.calibration import cross_fitted, fit_temperature

if TYPE_CHECKING:
    from regard.runs.run import Run

_N_PARTS = 5  # of the groups of a single fold
_log = logging.getLogger(__name__)


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
    outputs, entries = gather(run, folder, folds)
    write_oof(run, folder, outputs)
    write_json(folder / "metrics.json", {**entries, "training": dict(notes)})


def gather(run: Run, folder: Path, folds: Sequence[int]) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the out-of-fold outputs of some folds, and the entries of metrics.json on them.

    Args:
        run: the run that is being trained.
        folder: the folder that holds `fold_<k>/`.
        folds: the numbers of trained folds.

    Returns:
        `(train rows, n_outputs)` float32, see `fold_outputs`, calibrated if the settings ask for
        it; and the entries, with `calibration` in this case.
    """
    outputs = fold_outputs(run, folder, folds)
    if not run.config.calibration.temperature:
        return outputs, fold_entries(run, folder, folds, outputs)
    outputs, calibration = calibrate(run, outputs, folds)
    entries = fold_entries(run, folder, folds, outputs)
    return outputs, {**entries, "calibration": calibration}


def fold_outputs(run: Run, folder: Path, folds: Sequence[int]) -> np.ndarray:
    """Return the out-of-fold outputs of some folds, before they are calibrated.

    NaN stays in the rows of other folds, and in those that no fold holds out, such as the earliest
    of folds in time.

    Args:
        run: its task and folds.
        folder: the folder that holds `fold_<k>/`.
        folds: the numbers of trained folds.

    Returns:
        `(train rows, n_outputs)` float32.
    """
    outputs = np.full((len(run.folds), run.task.n_outputs), np.nan, np.float32)
    for fold in folds:
        path = folder / f"fold_{fold}" / "oof_outputs.npy"
        outputs[held_out_rows(run.folds, fold)] = read_array(path)
    return outputs


def calibrate(
    run: Run, outputs: np.ndarray, folds: Sequence[int]
) -> tuple[np.ndarray, dict[str, Any]]:
    """Scale the outputs of each fold by a temperature fitted on the other folds.

    The rows of a single fold have no other folds: they are scaled in fifths of its groups instead,
    so that related rows are in one part.

    Args:
        run: its task, targets and folds.
        outputs: from `fold_outputs`.
        folds: the numbers of trained folds.

    Returns:
        The outputs, and the entry of metrics.json: `temperature`, fitted on all rows, by which the
        run predicts other rows; `by_fold`, in the order of the folds.
    """
    rows = np.flatnonzero(np.isin(run.folds, folds) & np.isfinite(outputs).all(axis=1))
    parts = run.folds[rows]
    targets = run.targets.take(rows)
    arguments = (run.task, targets.labels, outputs[rows])
    temperature = fit_temperature(*arguments, targets.weights)
    if len(folds) == 1:
        _, group_of_row = np.unique(related_rows(run)[rows], return_inverse=True)
        n_groups = int(group_of_row.max(initial=-1)) + 1
        parts = np.random.default_rng(0).permutation(n_groups)[group_of_row] % _N_PARTS
    scaled = outputs.copy()
    scaled[rows], by_part = cross_fitted(*arguments, parts, targets.weights)
    by_fold = [by_part.get(fold, 1.0) for fold in folds] if len(folds) > 1 else [temperature]
    _log.info("calibration: the temperature is %.2f", temperature)
    return scaled, {"temperature": temperature, "by_fold": by_fold}


def fold_entries(
    run: Run, folder: Path, folds: Sequence[int], outputs: np.ndarray
) -> dict[str, Any]:
    """Return the entries of metrics.json on some folds: their scores and their training.

    Args:
        run: its task, labels, folds and metric.
        folder: the folder that holds `fold_<k>/`.
        folds: the numbers of trained folds.
        outputs: from `fold_outputs`, or calibrated.
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
    oof_score, fold_scores, tuned, gain = _scores(run, outputs, scored)
    if gain is not None:
        _log.info("%s", threshold_line(gain))
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
        **({} if gain is None else {"threshold_gain": gain}),
    }


def threshold_line(gain: Mapping[str, Any]) -> str:
    """Return in words whether thresholds are tuned, and why.

    Args:
        gain: the entry `threshold_gain` of metrics.json.

    Example:
        "thresholds: the default ones, since tuned ones gain -0.0012 ± 0.0031 out of fold"
    """
    numbers = f"{gain['gain']:+.4f}"
    if gain["standard_error"] is not None:
        numbers += f" ± {gain['standard_error']:.4f}"
    if gain["pays"]:
        return f"thresholds: tuned, which gains {numbers} out of fold"
    return f"thresholds: the default ones, since tuned ones gain {numbers} out of fold"


def _scores(
    run: Run, outputs: np.ndarray, folds: np.ndarray
) -> tuple[float, list[float], dict[str, Any] | None, dict[str, Any] | None]:
    """Return the out-of-fold score, the score of each fold, the tuned thresholds, and their gain.

    Tuned thresholds would flatter the rows they were tuned on, so the rows of each fold are decided
    by the thresholds of the other folds. Where that gains no more than chance, the default ones
    decide, and there are no tuned ones. There is no gain where thresholds cannot be tuned.

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
        gain = {
            "default_score": tuned.default_score,
            "gain": tuned.gain,
            # A file of JSON holds no infinite number.
            "standard_error": tuned.standard_error if math.isfinite(tuned.standard_error) else None,
            "pays": tuned.pays,
        }
        if not tuned.pays:
            return tuned.default_score, [fold.default_score for fold in tuned.by_fold], None, gain
        by_fold = [
            {
                "thresholds": fold.thresholds.tolist(),
                "score": fold.score,
                "honest_score": fold.honest_score,
            }
            for fold in tuned.by_fold
        ]
        entry = {"all_rows": tuned.thresholds.tolist(), "score": tuned.score, "by_fold": by_fold}
        return tuned.honest_score, [fold.honest_score for fold in tuned.by_fold], entry, gain

    def score_of(rows: np.ndarray) -> float:
        return score(metric, run.task, run.targets.take(rows), outputs[rows])

    fold_scores = [score_of(held_out_rows(folds, fold)) for fold in np.unique(folds[folds >= 0])]
    return score_of(np.flatnonzero(folds >= 0)), fold_scores, None, None


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
