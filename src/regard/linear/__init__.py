"""Linear models of n-grams: one fold's fit and its predictions.

They take seconds where a network takes minutes, err elsewhere than it, and so are worth blending
with it. Whatever a model is fitted by, it is kept as coefficients of n-grams, and predicts by a
product.
"""

from regard.linear.fitting import (
    fit_linear,
    log_count_ratios,
    predict_linear,
)
from regard.linear.model import (
    LinearInputs,
    LinearModel,
    load_linear,
    save_linear,
)
from regard.linear.ngrams import Ngrams, count_ngrams

__all__ = [
    "LinearInputs",
    "LinearModel",
    "Ngrams",
    "count_ngrams",
    "fit_linear",
    "load_linear",
    "log_count_ratios",
    "predict_linear",
    "save_linear",
]
