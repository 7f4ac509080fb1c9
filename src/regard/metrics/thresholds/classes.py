"""Thresholds of classes: a power of the classes' shares of the rows.

One number is tuned, not one for each class: that many would be fitted, for rare classes, to a
handful of rows.
"""

import numpy as np

from regard.metrics.confusion import Scores, count_classes
from regard.metrics.thresholds.candidates import best_candidate, is_better
from regard.tasks import Targets, Task

# Power 0 chooses the likeliest class; power 1 divides probabilities by the classes' shares of rows.
# Powers below 0 multiply, for outputs that were trained with balanced class weights and so predict
# rare classes too often.
POWERS = np.linspace(-1.0, 1.5, 51).round(2)
# A power counts with so many neighbours on either side: the best single score is partly luck.
_N_NEIGHBOURS = 5


def tune_classes(
    scores_of: Scores, task: Task, targets: Targets, outputs: np.ndarray, *, per_label: bool = True
) -> np.ndarray:
    """Find the power of the classes' shares with the best scores around it.

    Args:
        scores_of: the metric.
        task: of classes.
        targets: `(rows,)` classes, at least one, and their weights if any.
        outputs: `(rows, classes)` probabilities.
        per_label: not used; there is one number for all classes.

    Returns:
        `(classes,)` float64, their sum one; all alike if no power scores better than that.

    Example:
        shares 0.6 and 0.4, power 1 -> [0.6, 0.4]: the second class is chosen from 0.4 upwards
    """
    labels, n_classes = targets.labels.astype(np.int64), outputs.shape[1]
    weights = np.ones(len(outputs)) if targets.weights is None else targets.weights
    tried = powers_of_shares(targets, n_classes)
    counts = count_classes(labels, _decide_all(outputs, task, tried), n_classes, weights)
    scores = scores_of(counts)
    best = best_around(scores, POWERS, 0.0)
    default = int(np.searchsorted(POWERS, 0.0))
    return tried[best if is_better(scores[best], scores[default]) else default]


def best_around(scores: np.ndarray, candidates: np.ndarray, default: float) -> int:
    """Return the index of the score that is best with its neighbours.

    Args:
        scores: of the candidates, in their order.
        candidates: powers or thresholds.
        default: the one that is taken among equals.
    """
    from scipy.ndimage import uniform_filter1d

    around = uniform_filter1d(scores, 2 * _N_NEIGHBOURS + 1, mode="nearest")
    return best_candidate(around, candidates, default)


def powers_of_shares(targets: Targets, n_classes: int) -> np.ndarray:
    """Return the thresholds of each power, `(powers, classes)` float64; each row sums to one."""
    true = np.bincount(targets.labels.astype(np.int64), targets.weights, n_classes)
    # One row more of each class: a class may have none, and its share must not be zero.
    shares = (true + 1.0) / (true.sum() + n_classes)
    tried = shares ** POWERS[:, None]
    return np.asarray(tried / tried.sum(axis=1, keepdims=True))


def _decide_all(outputs: np.ndarray, task: Task, tried: np.ndarray) -> np.ndarray:
    """Return the classes by the thresholds of each power, `(powers, rows)`.

    The greater the power, the rarer the class that is chosen for a row. So a row that gets the same
    class at both ends of some powers gets it at all powers between, and only the other rows are
    decided there.
    """
    classes = np.empty((len(tried), len(outputs)), np.int64)
    for end in (0, len(tried) - 1):
        classes[end] = task.decide(outputs, tried[end])

    def fill(low: int, high: int, rows: np.ndarray) -> None:
        same = classes[low, rows] == classes[high, rows]
        classes[low + 1 : high, rows[same]] = classes[low, rows[same]]
        rows, middle = rows[~same], (low + high) // 2
        if high - low > 1 and len(rows):
            classes[middle, rows] = task.decide(outputs[rows], tried[middle])
            fill(low, middle, rows)
            fill(middle, high, rows)

    fill(0, len(tried) - 1, np.arange(len(outputs)))
    return classes
