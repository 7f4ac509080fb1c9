"""From which prediction on a label is said, and which of several classes.

The default is seldom the best: one half for a metric that compares labels, 0.5, 1.5, ... between
the ranks of an ordinal task, the likeliest class for a metric to which rare classes count as much
as frequent ones. So thresholds are tuned on out-of-fold predictions. How much of the gain is real
is told by thresholds that were tuned on the other folds.

`cuts` tunes the threshold of each label and the cut points between ranks, `classes` the thresholds
of classes. Every metric of labels is a function of confusion matrices, see `counts`.
"""

from regard.metrics.thresholds.tuning import (
    FoldThresholds,
    Tuned,
    is_tuned,
    score_at_best,
    tune,
    tune_over_folds,
)

__all__ = ["FoldThresholds", "Tuned", "is_tuned", "score_at_best", "tune", "tune_over_folds"]
