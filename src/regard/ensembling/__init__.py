"""Several runs of a competition, made one: how much each counts is fitted on out-of-fold
predictions.

What is fitted is optimistic about the rows it was fitted on. So the blend of a fold's rows is made
by what the rows of the other folds say, and the score of these is honest; the test rows get what
all rows say.
"""

from regard.ensembling.blending import (
    Blend,
    blend,
    check_method,
    methods_for,
)
from regard.ensembling.fitting import Fit, combine, fit
from regard.ensembling.objective import Goal, best_of, honest_score

__all__ = [
    "Blend",
    "Fit",
    "Goal",
    "best_of",
    "blend",
    "check_method",
    "combine",
    "fit",
    "honest_score",
    "methods_for",
]
