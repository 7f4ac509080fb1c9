"""Gradients at some scales of the word vectors, for the methods that use them."""

from __future__ import annotations

import numpy as np

from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import WordWeights, weights_by_word
from regard.runs.fitted_model import FittedModel, TokenWeights
from regard.tasks.submission import mean_over_folds


def weigh_along(
    prediction: Prediction, *, scales: np.ndarray, weights: np.ndarray
) -> list[WordWeights] | None:
    """Return the weighted sum over scales of word vectors times gradients, by word.

    The gradient is that of the agreement of the mean of all models with the prediction.

    Args:
        prediction: the rows.
        scales: `(scales,)` factors of all word vectors, from 0 to 1.
        weights: `(scales,)` their weights.

    Returns:
        None if the models have no word vectors.
    """
    models = prediction.models
    by_model = []
    for model in models:
        outputs = model.outputs_along(prediction.rows, scales)
        if outputs is None:
            return None
        by_model.append(outputs)
    if not by_model:
        return None
    mean = mean_over_folds(by_model)
    slopes = np.stack(
        [prediction.slopes(row, mean[:, row]) for row in range(mean.shape[1])], axis=1
    )
    slopes *= weights[:, None, None]
    found = [_gradients(model, prediction, scales, slopes) for model in models]
    return weights_by_word(prediction.run, prediction.frame, mean_of_models(found))


def _gradients(
    model: FittedModel, prediction: Prediction, scales: np.ndarray, slopes: np.ndarray
) -> TokenWeights:
    found = model.word_gradients(prediction.rows, scales, slopes)
    if found is None:
        raise TypeError("a model with outputs along a path has gradients, too")
    return found


def mean_of_models(found: list[TokenWeights]) -> TokenWeights:
    """Return the mean weights of models that read the same tokens."""
    texts = [
        [
            np.asarray(np.mean(of_row, axis=0, dtype=np.float64))
            for of_row in zip(*of_text, strict=True)
        ]
        for of_text in zip(*(one.texts for one in found), strict=True)
    ]
    return TokenWeights(found[0].tokenizer, texts)
