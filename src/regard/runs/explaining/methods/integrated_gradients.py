"""Gradients along the way from zero vectors to the word vectors of a text."""

from __future__ import annotations

import numpy as np

from regard.runs.explaining.methods.base import Method
from regard.runs.explaining.methods.paths import weigh_along
from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import WordWeights

N_STEPS = 24


def weigh(prediction: Prediction) -> list[WordWeights] | None:
    """Return each word's part of the difference between a text and zero vectors in its place.

    The weights of a row sum to the probability of the predicted label less the probability that
    the label would have if all word vectors were zero: other inputs stay the same.

    Reference:
        Sundararajan, Taly & Yan (2017), Axiomatic attribution for deep networks, ICML.
    """
    scales, weights = quadrature()
    return weigh_along(prediction, scales=scales, weights=weights)


def quadrature() -> tuple[np.ndarray, np.ndarray]:
    """Return the scales at which gradients are taken, from 0 to 1, and their weights.

    Gradients change most where vectors are small: recurrent layers are far from saturated there. So
    the scales are the squares of the nodes of Gauss and Legendre, which halves the error.
    """
    nodes, weights = np.polynomial.legendre.leggauss(N_STEPS)
    # The integral of f(x) from 0 to 1 is that of f(u^2) 2u.
    roots = (nodes + 1) / 2
    return roots**2, weights * roots


METHOD = Method(
    weigh,
    meaning="the part of each word in the prediction, compared with a text of zero vectors",
    needs="networks",
    reads=3 * N_STEPS,
)
