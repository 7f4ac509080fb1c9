"""The attention of networks that have one."""

from __future__ import annotations

import numpy as np

from regard.runs.explaining.methods.base import Method
from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import WordWeights, weights_by_word
from regard.runs.fitted_model import TokenWeights


def weigh(prediction: Prediction) -> list[WordWeights] | None:
    """Return the share of attention of each word, averaged over the models.

    The weights of each text sum to one.
    """
    found = prediction.predictor.attention(prediction.rows)
    if not found:
        return None
    shares = [[shares_of(weights) for weights in of_text] for of_text in found]
    by_token = TokenWeights(prediction.run.tokenizer, shares)
    return weights_by_word(prediction.run, prediction.frame, by_token)


def shares_of(weights: np.ndarray) -> np.ndarray:
    """Return weights that sum to one, float64; zeros stay zeros."""
    wide = weights.astype(np.float64)
    total = wide.sum()
    return wide / total if total > 0 else wide


METHOD = Method(
    weigh,
    meaning="the share of attention that each word gets",
    needs="networks with attention",
    signed=False,
)
