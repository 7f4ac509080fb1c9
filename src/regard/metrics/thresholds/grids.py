"""Cut points of numbers that only take the values of a grid."""

import numpy as np

from regard.metrics.record import Metric
from regard.metrics.thresholds.candidates import is_better
from regard.tasks import Targets, Task
from regard.tasks.grids import slices


def tune_grids(metric: Metric, task: Task, targets: Targets, outputs: np.ndarray) -> np.ndarray:
    """Choose the cut points of each column: two ways to cut, or none.

    The nearest value; or cut points that give each value the share of the rows that has it in the
    labels. For a metric of ranks, for which every number is valid, also the numbers themselves,
    whose cut points are NaN.

    Args:
        metric: of numbers or ranks.
        task: with grids.
        targets: labels, and their weights if any.
        outputs: `(rows, columns)`.

    Returns:
        The cut points of all columns.
    """
    chosen = task.default_thresholds()
    by_share = _cuts_by_share(task, targets, outputs)
    tried = [by_share]
    if metric.compares == "ranks":
        tried.append(np.full(len(chosen), np.nan))
    best = _score(metric, task, targets, outputs, chosen)
    for part in slices(task.grids):
        for cuts in tried:
            candidate = chosen.copy()
            candidate[part] = cuts[part]
            found = _score(metric, task, targets, outputs, candidate)
            if is_better(found, best):
                chosen, best = candidate, found
    return chosen


def _score(
    metric: Metric, task: Task, targets: Targets, outputs: np.ndarray, cuts: np.ndarray
) -> float:
    """Return a score of which higher is better; -inf where it is undefined."""
    found = metric.score(task, targets, task.decide(outputs, cuts))
    if np.isnan(found):
        return -np.inf
    return found if metric.greater_is_better else -found


def _cuts_by_share(task: Task, targets: Targets, outputs: np.ndarray) -> np.ndarray:
    """Return the cut points that give each value as many rows as have it.

    Example:
        labels [0, 0, 1, 1], numbers [0.1, 0.2, 0.3, 0.9] -> [0.25]
    """
    cuts = task.default_thresholds()
    nearest = task.decide(task.label_numbers(targets.labels), cuts)
    numbers = np.sort(task.numbers(outputs), axis=0)
    n_rows = len(numbers)
    for column, (values, part) in enumerate(zip(task.grids, slices(task.grids), strict=True)):
        places = np.searchsorted(np.asarray(values), nearest[:, column])
        below = np.bincount(places, minlength=len(values)).cumsum()[:-1]
        # Between the last number below the cut point and the first one above.
        low, high = (numbers[(below + step).clip(0, n_rows - 1), column] for step in (-1, 0))
        cuts[part] = (low + high) / 2
        cuts[part][below == 0] = numbers[0, column] - 1.0
        cuts[part][below == n_rows] = numbers[-1, column] + 1.0
    return cuts
