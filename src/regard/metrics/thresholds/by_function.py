"""Thresholds for a metric of labels that is no function of confusion counts.

Such a metric is called for each candidate with all rows, so few candidates are tried: 50 quantiles
of the outputs. Several labels share one threshold.
"""

from collections.abc import Callable

import numpy as np

from regard.metrics.record import Metric
from regard.metrics.thresholds.candidates import N_SWEEPS, best_candidate, is_better
from regard.metrics.thresholds.classes import POWERS, best_around, powers_of_shares
from regard.tasks import Targets, Task

_N_QUANTILES = 50

# From thresholds to the score of all rows; higher is better.
_Score = Callable[[np.ndarray], float]


def tune_by_function(
    metric: Metric, task: Task, targets: Targets, outputs: np.ndarray
) -> np.ndarray:
    """Return the best thresholds among a few candidates; the default ones among equal scores.

    Args:
        metric: of labels, with a function.
        task: with labels.
        targets: at least one row.
        outputs: `(rows, n_outputs)`.

    Returns:
        In the form of `Task.default_thresholds`.
    """
    sign = 1.0 if metric.greater_is_better else -1.0

    def score(thresholds: np.ndarray) -> float:
        found = sign * metric.score(task, targets, task.decide(outputs, thresholds))
        return -np.inf if np.isnan(found) else found

    if task.threshold_search == "cuts":
        return _tune_cuts(score, task, outputs)
    default = task.default_thresholds()
    tried, places, of_default = _candidates(task, targets, outputs)
    scores = np.array([score(thresholds) for thresholds in tried])
    # Undefined for some candidates, or there are none: all outputs are the same.
    if not len(scores) or not np.isfinite(scores).all():
        return default
    best = best_around(scores, places, of_default)
    return tried[best] if is_better(scores[best], score(default)) else default


def _candidates(
    task: Task, targets: Targets, outputs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return thresholds of all classes or of all columns.

    Returns:
        Thresholds `(candidates, n_outputs)`; their power or their common value `(candidates,)`; and
        that of the default thresholds.
    """
    if task.threshold_search == "classes":
        return powers_of_shares(targets, outputs.shape[1]), POWERS, 0.0
    values = _quantiles(outputs)
    return np.repeat(values[:, None], outputs.shape[1], axis=1), values, 0.5


def _tune_cuts(score: _Score, task: Task, outputs: np.ndarray) -> np.ndarray:
    """Move each cut point in turn to its best candidate, until none moves."""
    defaults = task.default_thresholds()
    cuts = defaults.copy()
    grid = np.union1d(_quantiles(task.cut_values(outputs)), defaults)
    for _ in range(N_SWEEPS):
        before = cuts.copy()
        for index, default in enumerate(defaults):
            low = cuts[index - 1] if index else -np.inf
            high = cuts[index + 1] if index + 1 < len(cuts) else np.inf
            values = grid[(grid >= low) & (grid <= high)]
            scores = np.array([score(_replaced(cuts, index, value)) for value in values])
            cuts[index] = values[best_candidate(scores, values, default)]
        if np.array_equal(cuts, before):
            break
    return cuts


def _quantiles(values: np.ndarray) -> np.ndarray:
    """Return at most 50 values between the outputs, float64, ascending."""
    levels = np.unique(values.astype(np.float64))
    middles = levels[:-1] + np.diff(levels) / 2
    places = np.linspace(0, max(len(middles) - 1, 0), min(_N_QUANTILES, len(middles)))
    return middles[places.round().astype(int)]


def _replaced(cuts: np.ndarray, index: int, value: float) -> np.ndarray:
    tried = cuts.copy()
    tried[index] = value
    return tried
