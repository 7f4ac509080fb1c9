"""How far a score may be off by chance: rows are drawn again and again, with replacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regard.metrics.registry import METRICS
from regard.tasks import Targets, Task

N_DRAWS = 1000
_SLOW_DRAWS = 200  # of metrics that sort, and of functions of the user
_SLOWEST_DRAWS = 100  # of those that sort several columns
# Of one draw, so that any number of rows and outputs takes about two seconds.
_MAX_VALUES = 10_000
_MAX_SLOW_VALUES = 5_000
_MIN_ROWS = 500


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of a score.

    Attributes:
        low: its lower end.
        high: its upper end.
        n_draws: how often rows were drawn.
    """

    low: float
    high: float
    n_draws: int


def score_draws(
    name: str,
    task: Task,
    targets: Targets,
    outputs: np.ndarray,
    thresholds: np.ndarray | None = None,
) -> np.ndarray:
    """Return the differences between the scores of drawn rows and the score of all rows.

    The same rows of two models are drawn for the same number of rows, so that the differences of
    their draws belong to the difference of their scores.

    Args:
        name: of the metric.
        task: the task.
        targets: labels of the rows.
        outputs: `(rows, n_outputs)`, out of fold.
        thresholds: for metrics of labels; they stay the same in each draw.

    Returns:
        `(draws,)` float64. A draw of many rows has fewer of them, and its difference is scaled to
        the spread of all.

    Reference:
        Efron & Tibshirani 1993, An Introduction to the Bootstrap.
    """
    metric = METRICS[name]
    is_decided = metric.compares == "labels" or bool(task.grids)
    predictions = task.decide(outputs, thresholds) if is_decided else task.numbers(outputs)
    n_rows = len(outputs)
    is_slow = ":" in name or metric.compares in ("ranks", "rankings")
    most = _MAX_SLOW_VALUES if is_slow else _MAX_VALUES
    size = min(n_rows, max(most * n_rows // predictions.size, _MIN_ROWS))
    n_slow = _SLOW_DRAWS if predictions.size == n_rows else _SLOWEST_DRAWS
    generator = np.random.default_rng(0)
    draws = np.empty(n_slow if is_slow else N_DRAWS)
    for index in range(len(draws)):
        rows = generator.integers(n_rows, size=size)
        draws[index] = metric.score(task, targets.take(rows), predictions[rows])
    whole = metric.score(task, targets, predictions)
    # The spread falls by the root of the number of rows.
    return (draws - whole) * np.sqrt(size / n_rows)


def interval_around(score: float, draws: np.ndarray) -> Interval | None:
    """Return the 95 % interval around a score.

    Args:
        score: of all rows.
        draws: from `score_draws`.

    Returns:
        None if the score is not defined in all rows or in half of the draws.

    Example:
        0.8, draws from -0.02 to 0.02, evenly -> 0.781 to 0.819
    """
    found = draws[np.isfinite(draws)]
    if not np.isfinite(score) or len(found) * 2 < len(draws):
        return None
    low, high = score + np.quantile(found, [0.025, 0.975])
    return Interval(float(low), float(high), len(found))
