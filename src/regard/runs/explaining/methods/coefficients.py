"""The parts of words in the sums of linear models."""

from __future__ import annotations

import numpy as np

from regard.runs.explaining.methods.base import Method
from regard.runs.explaining.methods.paths import mean_of_models
from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import WordWeights, weights_by_word


def weigh(prediction: Prediction) -> list[WordWeights] | None:
    """Return the part of each word in the logit of the predicted label.

    The part of an n-gram is shared by its words, so that the weights of a row sum to the logit less
    the intercept, if the model reads nothing but texts. Of the second of two classes, the logit
    counts below zero; of several labels, the logits are added, with the sign of each decision; of
    numbers, it is the number itself. Several models are averaged.
    """
    models = prediction.models
    if not models:
        return None
    outputs = prediction.outputs
    slopes = np.concatenate(
        [prediction.slopes(row, outputs[row : row + 1]) for row in range(len(outputs))]
    )
    if prediction.run.task.activation != "linear":
        slopes = np.sign(slopes)
    found = [model.contributions(prediction.rows, slopes) for model in models]
    present = [one for one in found if one is not None]
    if len(present) < len(found):
        return None
    return weights_by_word(prediction.run, prediction.frame, mean_of_models(present))


METHOD = Method(
    weigh,
    meaning="the part of each word in the logit of the prediction",
    needs="linear models",
    reads=10,  # n-grams are traced to their characters: some 100 microseconds for each word
)
