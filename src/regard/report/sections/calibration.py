"""How far probabilities can be believed: the reliability diagram and its figures."""

from typing import Any

import numpy as np

from regard.report.content import ReportData
from regard.report.figures import BLUE, ORANGE, Line, histogram, lines
from regard.tasks import Task
from regard.tasks.calibration import cross_fitted, scale

_N_BINS = 15
_MIN_EVENTS = 30  # of a bin; with fewer, chance moves a dot by more than it tells


def calibration(data: ReportData) -> dict[str, Any]:
    """Return how often events of each probability happen, before and after temperature scaling.

    The temperature of each fold is fitted on the other folds, so that the figures are honest.
    """
    held_out = data.held_out
    labels, weights = held_out.targets.labels, held_out.targets.weights
    calibrated = data.scores.get("calibration")
    kinds, temperatures = _calibrated(data) if calibrated else _compared(data)
    n_events = len(events(data.task, labels, held_out.outputs)[0])
    n_bins = max(2, min(_N_BINS, n_events // _MIN_EVENTS))
    rows, drawn = [], []
    for name, color in zip(kinds, (ORANGE, BLUE), strict=False):
        outputs = kinds[name]
        bins = reliability(*events(data.task, labels, outputs, weights), n_bins)
        drawn.append(Line(bins["predicted"], bins["observed"], color, marked=True, label=name))
        rows.append({"name": name, **_measures(data, outputs, bins)})
    return {
        "rows": rows,
        "exclusive": data.task.activation == "softmax",
        "n_bins": n_bins,
        "n_in_bin": round(n_events / n_bins),
        "temperatures": temperatures,
        "temperature": calibrated["temperature"] if calibrated else None,
        "figure": lines(
            drawn,
            x_label="predicted probability",
            y_label="share that was right",
            salt="calibration",
            diagonal=True,
        ),
        "histogram": histogram(
            events(data.task, labels, held_out.outputs)[0],
            x_label="predicted probability",
            y_label="predictions",
            salt="probabilities",
        ),
    }


def _compared(data: ReportData) -> tuple[dict[str, np.ndarray], list[float]]:
    """Return the outputs of a run, also as a temperature would make them, and the temperatures."""
    held_out = data.held_out
    kinds = {"as predicted": held_out.outputs}
    if held_out.folds is None or len(np.unique(held_out.folds)) == 1:
        return kinds, []
    targets = held_out.targets
    scaled, temperatures = cross_fitted(
        data.task, targets.labels, held_out.outputs, held_out.folds, targets.weights
    )
    return {**kinds, "with a temperature": scaled}, list(temperatures.values())


def _calibrated(data: ReportData) -> tuple[dict[str, np.ndarray], list[float]]:
    """Return the outputs of a calibrated run, also before that, and the temperatures."""
    held_out = data.held_out
    kinds = {"as predicted": held_out.outputs}
    temperatures = data.scores["calibration"]["by_fold"]
    by_fold = dict(zip(data.scores["folds"], temperatures, strict=True))
    if held_out.folds is None or len(by_fold) == 1:
        return kinds, []
    before = held_out.outputs.copy()
    for fold, temperature in by_fold.items():
        rows = held_out.folds == fold
        before[rows] = scale(data.task, before[rows], 1.0 / temperature)
    return {"without the temperature": before, **kinds}, temperatures


def events(
    task: Task, labels: np.ndarray, outputs: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return probabilities, whether their events happened, and their weights.

    Of classes that exclude one another, the event is that the likeliest class is right; else every
    output of every row is an event.

    Returns:
        Three arrays `(events,)`: float64, bool, float64.

    Example:
        multi_class, labels [0], [[0.7, 0.3]] -> [0.7], [True], [1]
        multi_label, labels [[1, 0]], [[0.7, 0.4]] -> [0.7, 0.4], [True, False], [1, 1]
    """
    wide = outputs.astype(np.float64)
    happened = task.ideal_outputs(labels) > 0.5
    of_rows = np.ones(len(wide)) if weights is None else weights
    if task.activation == "softmax":
        likeliest = wide.argmax(axis=1)[:, None]
        return (
            np.take_along_axis(wide, likeliest, axis=1)[:, 0],
            np.take_along_axis(happened, likeliest, axis=1)[:, 0],
            of_rows,
        )
    return wide.ravel(), happened.ravel(), np.repeat(of_rows, wide.shape[1])


def reliability(
    probabilities: np.ndarray, happened: np.ndarray, weights: np.ndarray, n_bins: int = _N_BINS
) -> dict[str, np.ndarray]:
    """Return bins of equally many events, by rising probability.

    Args:
        probabilities: `(events,)`.
        happened: `(events,)` bool.
        weights: `(events,)`.
        n_bins: the largest number of bins; equal probabilities may be in two.

    Returns:
        `(bins,)` arrays: `predicted`, the mean probability, `observed`, the share of events that
        happened, and `weight`, the share of all events.

    Example:
        [0.1, 0.2, 0.8, 0.9], [False, False, True, False], two bins
        -> predicted [0.15, 0.85], observed [0, 0.5], weight [0.5, 0.5]
    """
    order = probabilities.argsort(kind="stable")
    edges = np.unique(np.linspace(0, len(order), n_bins + 1).astype(np.int64))
    starts = edges[:-1]
    total = np.add.reduceat(weights[order], starts)
    predicted = np.add.reduceat((weights * probabilities)[order], starts)
    observed = np.add.reduceat((weights * happened)[order], starts)
    kept = total > 0  # rows may weigh nothing
    return {
        "predicted": predicted[kept] / total[kept],
        "observed": observed[kept] / total[kept],
        "weight": total[kept] / total.sum(),
    }


def expected_error(bins: dict[str, np.ndarray]) -> float:
    """Return the expected calibration error: the mean distance of a bin from the diagonal.

    Bins hold equally many events (Nixon et al., 2019, "adaptive" ECE).

    Example:
        predicted [0.15, 0.85], observed [0, 0.5], weight [0.5, 0.5] -> 0.25
    """
    return float((bins["weight"] * np.abs(bins["predicted"] - bins["observed"])).sum())


def _measures(data: ReportData, outputs: np.ndarray, bins: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the calibration error, the Brier score and the log loss."""
    targets = data.held_out.targets
    squares = np.square(outputs.astype(np.float64) - data.task.ideal_outputs(targets.labels))
    # Of classes the sum over them, as Brier defined it; else the mean over the outputs.
    by_row = squares.sum(axis=1) if data.task.activation == "softmax" else squares.mean(axis=1)
    losses = data.task.row_losses(outputs, targets.labels)
    return {
        "error": expected_error(bins),
        "brier": float(np.average(by_row, weights=targets.weights)),
        "log_loss": float(np.average(losses, weights=targets.weights)),
    }
