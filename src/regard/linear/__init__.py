"""Linear models of n-grams.

They take seconds where a network takes minutes, and make other mistakes than a network, so they are
worth blending with it. However a model is fitted, it is stored as coefficients of n-grams and
predicts by a product.
"""

from regard.linear.fitting import fit_linear, log_count_ratios, predict_linear
from regard.linear.model import LinearInputs, LinearModel, load_linear, save_linear
from regard.linear.ngrams import count_ngrams

__all__ = [
    "LinearInputs",
    "LinearModel",
    "count_ngrams",
    "fit_linear",
    "load_linear",
    "log_count_ratios",
    "predict_linear",
    "save_linear",
]
