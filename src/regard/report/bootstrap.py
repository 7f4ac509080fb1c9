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
    groups: np.ndarray | None = None,
) -> np.ndarray:
    """Return the differences between the scores of drawn rows and the score of all rows.

    Args:
        name: of the metric.
        task: the task.
        targets: labels of the rows.
        outputs: `(rows, n_outputs)`, out of fold.
        thresholds: for metrics of labels; they stay the same in each draw.
        groups: see `draw_scores`.

    Returns:
        `(draws,)` float64, see `draw_scores`.
    """
    metric = METRICS[name]
    is_decided = metric.compares == "labels" or bool(task.grids)
    predictions = task.decide(outputs, thresholds) if is_decided else task.numbers(outputs)
    return draw_scores(name, task, targets, [predictions], groups)[1][:, 0]


def draw_scores(
    name: str,
    task: Task,
    targets: Targets,
    predictions: Sequence[np.ndarray],
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Score drawn rows, the same for all predictions.

    Related rows are drawn together: two rows with one text tell hardly more than one, so drawing
    them one by one would make the score look surer than it is.

    Args:
        name: of the metric.
        task: the task.
        targets: labels of the rows.
        predictions: of one or more models, as the metric compares them.
        groups: `(rows,)` equal for rows that are drawn together; None: each row by itself.

    Returns:
        `(models,)` the scores of all rows, and `(draws, models)` how far each draw differs from
        them. A draw of many rows has fewer of them, and its difference is scaled to the spread of
        all.

    Reference:
        Efron & Tibshirani 1993, An Introduction to the Bootstrap.
    """
    score, n_draws, most = _effort(name, targets, predictions[0])
    by_group = Groups.of(groups, len(predictions[0]))
    n_groups = len(by_group.sizes)
    size = min(n_groups, max(most * n_groups // max(predictions[0].size, 1), _MIN_ROWS))
    generator = np.random.default_rng(0)
    draws = np.empty((n_draws, len(predictions)))
    for draw in draws:
        rows = by_group.rows(generator.integers(n_groups, size=size))
        drawn = targets.take(rows)
        draw[:] = [score(task, drawn, one[rows]) for one in predictions]
    whole = np.array([score(task, targets, one) for one in predictions])
    # The spread falls by the root of the number of groups.
    return whole, (draws - whole) * np.sqrt(size / n_groups)


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of rows.

    Attributes:
        order: `(rows,)` int64, the rows of the first group, then those of the second, ...
        starts: `(groups,)` int64, where each group begins in `order`.
        sizes: `(groups,)` int64, the number of its rows.
    """

    order: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, groups: np.ndarray | None, n_rows: int) -> Groups:
        """Gather the rows of each group; None: each row is one."""
        if groups is None:
            return cls(np.arange(n_rows), np.arange(n_rows), np.ones(n_rows, np.int64))
        _, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        return cls(numbers.argsort(kind="stable"), sizes.cumsum() - sizes, sizes)

    def rows(self, drawn: np.ndarray) -> np.ndarray:
        """Return the rows of groups, which may be drawn repeatedly.

        Example:
            rows 0 and 2 are the first group and row 1 is the second: [1, 0, 0] -> [1, 0, 2, 0, 2]
        """
        if len(self.order) == len(self.sizes):
            return self.order[drawn]
        sizes = self.sizes[drawn]
        # starts [2, 0, 0], sizes [1, 2, 2] -> places [2 | 0, 1 | 0, 1]
        first = np.repeat(self.starts[drawn] - (sizes.cumsum() - sizes), sizes)
        return self.order[first + np.arange(len(first))]


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
