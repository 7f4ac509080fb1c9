"""Blends of several runs of a competition, with weights fitted on out-of-fold predictions.

A fit is optimistic about the rows it was fitted to. So the rows of each fold are blended by a fit
to the other folds, whose score is honest; the test rows are blended by a fit to all rows.
"""

from regard.ensembling.blending import Blend, blend, check_method
from regard.ensembling.methods import METHODS, Fit, Method, combine, fit, methods_for
from regard.ensembling.objective import Objective, best_of, fit_score, honest_score
from regard.ensembling.storage import fit_from, read_fit, write_fit

__all__ = [
    "METHODS",
    "Blend",
    "Fit",
    "Method",
    "Objective",
    "best_of",
    "blend",
    "check_method",
    "combine",
    "fit",
    "fit_from",
    "fit_score",
    "honest_score",
    "methods_for",
    "read_fit",
    "write_fit",
]
