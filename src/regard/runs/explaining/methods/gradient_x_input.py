"""The product of word vectors and gradients."""

from __future__ import annotations

import numpy as np

from regard.runs.explaining.methods.base import Method
from regard.runs.explaining.methods.paths import weigh_along
from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import WordWeights


def weigh(prediction: Prediction) -> list[WordWeights] | None:
    """Return the product of each word's vector with the gradient of the prediction.

    To first order, it is the loss of the prediction if the vector becomes zero.

    Reference:
        Shrikumar, Greenside & Kundaje (2017), Learning important features through propagating
        activation differences, ICML, section 2.
    """
    return weigh_along(prediction, scales=np.ones(1), weights=np.ones(1))


METHOD = Method(
    weigh,
    meaning="the vector of each word times the gradient of the prediction",
    needs="networks",
    reads=3,  # forth and back
)
