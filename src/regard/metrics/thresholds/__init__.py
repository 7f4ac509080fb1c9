"""Decision thresholds: from probabilities to labels.

The defaults are seldom the best: one half for each label, 0.5, 1.5, ... between the ranks of an
ordinal task, the likeliest class for a metric in which rare classes count as much as frequent ones.
So thresholds are tuned on out-of-fold predictions. The real gain is estimated with thresholds that
were tuned on the other folds.

There are three searches, and `Task.threshold_search` names one of them: `cuts` finds the threshold
of a binary label or the cut points between ranks, `columns` a threshold for each of several labels,
`classes` the thresholds of classes. All compare candidates by confusion tables, see
`metrics.confusion`. For the few metrics that no table decides, `by_function` tries few candidates.
Numbers of a grid are cut to its values, see `grids`.
"""

from regard.metrics.thresholds.tuning import (
    FoldThresholds,
    Tuned,
    cross_fitted_score,
    is_tuned,
    score_at_best,
    shown_scores,
    tune,
    tune_over_folds,
)

__all__ = [
    "FoldThresholds",
    "Tuned",
    "cross_fitted_score",
    "is_tuned",
    "score_at_best",
    "shown_scores",
    "tune",
    "tune_over_folds",
]
