"""How far a score may be off by chance: rows are drawn again and again, with replacement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regard.errors import ConfigError
from regard.metrics.own import is_own
from regard.metrics.record import Function
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

    Args:
        name: of the metric.
        task: the task.
        targets: labels of the rows.
        outputs: `(rows, n_outputs)`, out of fold.
        thresholds: for metrics of labels; they stay the same in each draw.

    Returns:
        `(draws,)` float64, see `draw_scores`.
    """
    metric = METRICS[name]
    is_decided = metric.compares == "labels" or bool(task.grids)
    predictions = task.decide(outputs, thresholds) if is_decided else task.numbers(outputs)
    return draw_scores(name, task, targets, [predictions])[1][:, 0]


def draw_scores(
    name: str, task: Task, targets: Targets, predictions: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Score drawn rows, the same for all predictions.

    Args:
        name: of the metric.
        task: the task.
        targets: labels of the rows.
        predictions: of one or more models, as the metric compares them.

    Returns:
        `(models,)` the scores of all rows, and `(draws, models)` how far each draw differs from
        them. A draw of many rows has fewer of them, and its difference is scaled to the spread of
        all.

    Reference:
        Efron & Tibshirani 1993, An Introduction to the Bootstrap.
    """
    score, n_draws, most = _effort(name, targets, predictions[0])
    n_rows = len(predictions[0])
    size = min(n_rows, max(most * n_rows // max(predictions[0].size, 1), _MIN_ROWS))
    generator = np.random.default_rng(0)
    draws = np.empty((n_draws, len(predictions)))
    for draw in draws:
        rows = generator.integers(n_rows, size=size)
        drawn = targets.take(rows)
        draw[:] = [score(task, drawn, one[rows]) for one in predictions]
    whole = np.array([score(task, targets, one) for one in predictions])
    # The spread falls by the root of the number of rows.
    return whole, (draws - whole) * np.sqrt(size / n_rows)


def _effort(name: str, targets: Targets, predictions: np.ndarray) -> tuple[Function, int, int]:
    """Return the function that scores drawn rows, the number of draws and the values of each."""
    metric = METRICS[name]
    if metric.quick is not None and targets.weights is None:
        return metric.quick, N_DRAWS, _MAX_VALUES
    if not is_own(name) and metric.compares not in ("ranks", "rankings"):
        return metric.score, N_DRAWS, _MAX_VALUES
    n_draws = _SLOW_DRAWS if predictions.size == len(predictions) else _SLOWEST_DRAWS
    return where_defined(metric.score), n_draws, _MAX_SLOW_VALUES


def where_defined(score: Function) -> Function:
    """Return a function that is NaN for rows that a metric refuses.

    A metric of the user may fail for few rows, such as an AUC of scikit-learn for one label alone.
    """

    def score_or_nan(task: Task, targets: Targets, predictions: np.ndarray) -> float:
        try:
            return score(task, targets, predictions)
        except ConfigError:
            return math.nan

    return score_or_nan


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
