"""The thresholds between classes: a power of how frequent each class is.

One number is tuned, not one for each class. With as many as there are classes, those of rare ones are fitted to a
handful of rows: on TREC and R8 that was worse out of fold than the likeliest class, and nowhere better than this.
"""

import numpy as np

from regard.task import Task, Truth, decide
from regard.thresholds.counts import best_candidate, scores_of_sums

# 0 is the likeliest class; at 1 each probability is divided by its class's share of the rows. Below 0 it is multiplied:
# outputs that were learnt by balanced class weights say rare classes too often.
_POWERS = np.linspace(-1.0, 1.5, 51).round(2)


def tune_classes(metric: str, task: Task, truth: Truth, outputs: np.ndarray) -> np.ndarray:
    """Find the power of the classes' shares that scores best as their thresholds.

    Args:
        metric: of labels, one that `counts.scores_of_sums` knows.
        task: of classes.
        truth: `(rows,)` int64 classes, at least one, and their weights if any.
        outputs: `(rows, classes)` probabilities.

    Returns:
        `(classes,)` float64, their sum one: all alike, if no power scores better than 0.
    """
    n_classes = outputs.shape[1]
    weights = np.ones(len(outputs)) if truth.weights is None else truth.weights
    true = np.bincount(truth.labels, weights, n_classes)
    shares = (true + 1.0) / (true.sum() + n_classes)  # as if there were one row more of each: a class may have none
    tried = shares ** _POWERS[:, None]
    tried /= tried.sum(axis=1, keepdims=True)
    said, right = np.zeros(tried.shape), np.zeros(tried.shape)
    for place, thresholds in enumerate(tried):
        decided = decide(outputs, task, thresholds)
        hit = decided == truth.labels
        said[place] = np.bincount(decided, weights, n_classes)
        right[place] = np.bincount(decided[hit], weights[hit], n_classes)
    scores = scores_of_sums(metric, right, said, np.broadcast_to(true, said.shape))
    best: np.ndarray = tried[best_candidate(scores, _POWERS, 0.0)]
    return best
