"""The summary at the top of the page: the score, how sure it is, its cost, and what has changed."""

from typing import Any

import numpy as np

from regard.metrics.registry import METRICS
from regard.report.bootstrap import Interval, interval_around, score_draws
from regard.report.content import ReportData


def summary(data: ReportData) -> dict[str, Any]:
    """Return the mean and spread of the folds, an interval of the score, and the times."""
    scores = np.asarray(data.scores["fold_scores"], np.float64)
    training = data.scores.get("training", {})
    compute = training.get("seconds_of_jobs") or data.scores["seconds_of_all_folds"]
    return {
        "mean": scores.mean(),
        # The folds are a sample of all possible splits, hence ddof=1.
        "std": scores.std(ddof=1) if len(scores) > 1 else None,
        "interval": _interval(data),
        "wall_clock": training.get("seconds"),
        "compute": compute,
        "gain": _gain(data),
        # Runs of earlier versions have no such entry.
        "threshold_gain": data.scores.get("threshold_gain"),
    }


def _interval(data: ReportData) -> Interval | None:
    """Return the 95 % interval of the out-of-fold score; None if it cannot be known.

    The score of a plugin that is not loaded, or of no rows, cannot be computed again.
    """
    name = data.scores["metric"]
    rows = data.held_out
    metric = METRICS.find(name)
    if metric is None or not metric.suits(data.task) or len(rows.outputs) < 2:
        return None
    draws = score_draws(name, data.task, rows.targets, rows.outputs, data.thresholds, rows.groups)
    return interval_around(float(data.scores["oof_score"]), draws)


def _gain(data: ReportData) -> float | None:
    """Return by how much the score is better than that of the previous run, if they compare."""
    previous = data.previous
    if previous is None or previous.metric != data.scores["metric"]:
        return None
    difference = float(data.scores["oof_score"]) - previous.oof_score
    return difference if data.scores["greater_is_better"] else -difference
