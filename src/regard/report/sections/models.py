"""Sections on the models of a run: their scores, training and settings."""

from typing import Any

import numpy as np

from regard.report.content import ReportData
from regard.report.figures import loss_curves, score_curves
from regard.runs.leaderboard import telling


def members(data: ReportData) -> dict[str, Any]:
    """Return the runs of a blend with their weights, and the scores of all methods."""
    blend = data.scores["blend"]
    # A stacker has a weight for each output, other methods one for each member.
    weights = {name: np.asarray(member["weight"]) for name, member in blend["members"].items()}
    scores = [member["score"] for member in blend["members"].values()]
    return {
        "blend": blend,
        "metric": data.scores["metric"],
        # Some methods weigh each output by itself; the page shows their mean.
        "weights": {name: float(weight.mean()) for name, weight in weights.items()},
        "by_output": any(weight.ndim for weight in weights.values()),
        "mean": np.mean(scores),
        "std": np.std(scores, ddof=1) if len(scores) > 1 else 0.0,
    }


def folds(data: ReportData) -> dict[str, Any]:
    """Return the score of each fold, its position on a line, and how long its training took.

    Positions are percentages: the lowest score is at 8, the highest at 92.
    """
    scores = np.asarray(data.scores["fold_scores"], np.float64)
    low = scores.min()
    high = scores.max()
    # Equal scores have no range; dividing by 1 instead puts them all at 8.
    positions = 8 + 84 * (np.append(scores, scores.mean()) - low) / (high - low or 1.0)
    rows = [
        {"fold": fold, "score": score, "position": position}
        for fold, score, position in zip(data.fold_numbers, scores, positions[:-1], strict=True)
    ]
    # Not strict: a blend has scores of folds, but no histories.
    for row, history in zip(rows, data.histories, strict=False):
        row["best_epoch"] = history["best_epoch"]
        row["n_epochs"] = len(history["epochs"])
        row["seconds"] = sum(epoch["seconds"] for epoch in history["epochs"])
    return {
        "metric": data.scores["metric"],
        "rows": rows,
        "mean": positions[-1],
        "mean_score": scores.mean(),
        # The scale: the ends of the line, or its only score.
        "ends": [(8, low), (92, high)] if high > low else [(8, low)],
        "has_models": bool(data.histories),
        # A linear model has one epoch, and one point is no curve.
        "has_epochs": any(len(history["epochs"]) > 1 for history in data.histories),
    }


def curves(data: ReportData) -> dict[str, Any]:
    """Return figures of the losses and of the score over epochs.

    Where thresholds are tuned, an epoch has an honest score, too: one that is comparable with the
    scores of the folds.
    """
    records = [record for history in data.histories for record in history["epochs"]]
    honest = any("honest_score" in record for record in records)
    is_tuned = data.scores["thresholds"] is not None
    return {
        "losses": loss_curves(data.histories),
        "scores": score_curves(
            data.histories,
            # The report of a run that was stopped may have fewer histories than folds.
            data.fold_numbers[: len(data.histories)],
            "honest_score" if honest else "score",
            # The name may be that of a user's function, and no text of users is in a figure.
            "validation score",
        ),
        "metric": data.scores["metric"],
        "tuned_on": ("other" if honest else "same") if is_tuned or honest else None,
    }


def coverage(data: ReportData) -> dict[str, Any]:
    """Return the share of the text that has a word vector, by source, and the text not read."""
    # Vectors that are trained on the texts lack every word that is there once: no news.
    sources = [
        {**source, "missing": [(token, count) for token, count in source["missing"] if count > 1]}
        for source in data.coverage
    ]
    return {"sources": sources, "cut": data.cut}


def settings(data: ReportData) -> dict[str, Any]:
    """Return the settings that differ from the defaults and can change predictions."""
    return {"overrides": telling(data.overrides)}
