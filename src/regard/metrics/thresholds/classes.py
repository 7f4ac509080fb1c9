"""The thresholds between classes: a power of how frequent each class is.

One number is tuned, not one for each class. With as many as there are classes, those of rare ones
are fitted to a handful of rows.
"""

import numpy as np

from regard.metrics.thresholds.counts import best_candidate, is_better, scores_of_sums
from regard.tasks import Targets, Task

# 0 is the likeliest class; at 1 each probability is divided by its class's share of the rows. Below
# 0 it is multiplied: outputs that were learnt by balanced class weights say rare classes too often.
_POWERS = np.linspace(-1.0, 1.5, 51).round(2)
# to either side of a power, whose scores count as much as its own: the best of all is partly luck
_N_ALIKE = 5


def tune_classes(metric: str, task: Task, truth: Targets, outputs: np.ndarray) -> np.ndarray:
    """Find the power of the classes' shares whose surroundings score best as their thresholds.

    Args:
        metric: of labels, one that `counts.scores_of_sums` knows.
        task: of classes.
        truth: `(rows,)` int64 classes, at least one, and their weights if any.
        outputs: `(rows, classes)` probabilities.

    Returns:
        `(classes,)` float64, their sum one: all alike, if what is found scores no better than that.
    """
    from scipy.ndimage import uniform_filter1d

    n_classes = outputs.shape[1]
    weights = np.ones(len(outputs)) if truth.weights is None else truth.weights
    true = np.bincount(truth.labels, weights, n_classes)
    # as if there were one row more of each: a class may have none
    shares = (true + 1.0) / (true.sum() + n_classes)
    tried = shares ** _POWERS[:, None]
    tried /= tried.sum(axis=1, keepdims=True)
    said, right = np.zeros(tried.shape), np.zeros(tried.shape)
    for place, classes in enumerate(_decided(outputs, task, tried)):
        hit = classes == truth.labels
        said[place] = np.bincount(classes, weights, n_classes)
        right[place] = np.bincount(classes[hit], weights[hit], n_classes)
    scores = scores_of_sums(metric, right, said, np.broadcast_to(true, said.shape))
    around = uniform_filter1d(scores, 2 * _N_ALIKE + 1, mode="nearest")
    found, default = best_candidate(around, _POWERS, 0.0), int(np.searchsorted(_POWERS, 0.0))
    best: np.ndarray = tried[found if is_better(scores[found], scores[default]) else default]
    return best


def _decided(outputs: np.ndarray, task: Task, tried: np.ndarray) -> np.ndarray:
    """`(powers, rows)`, what `decide` says by the thresholds of each power.

    The greater the power, the rarer the class that is said of a row. So what is said at both ends
    of some powers is said at all between, and only other rows are decided there.
    """
    classes = np.empty((len(tried), len(outputs)), np.int64)
    for end in (0, len(tried) - 1):
        classes[end] = task.decide(outputs, tried[end])

    def between(low: int, high: int, rows: np.ndarray) -> None:
        same = classes[low, rows] == classes[high, rows]
        classes[low + 1 : high, rows[same]] = classes[low, rows[same]]
        rows, middle = rows[~same], (low + high) // 2
        if high - low > 1 and len(rows):
            classes[middle, rows] = task.decide(outputs[rows], tried[middle])
            between(low, middle, rows)
            between(middle, high, rows)

    between(0, len(tried) - 1, np.arange(len(outputs)))
    return classes
