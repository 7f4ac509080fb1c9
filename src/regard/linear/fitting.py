"""Fit a linear model to the rows of a fold, and predict with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from regard.linear.model import (
    LinearInputs,
    LinearModel,
    choose_features,
    features_of,
    n_other_features,
)
from regard.linear.ngrams import Matrix
from regard.tasks import Task

if TYPE_CHECKING:
    from regard.config import LinearConfig

_SMALLEST = 1e-3  # of soft labels: the log loss of a ridge regression's 0 would be infinite
_NEVER = -20.0  # the intercept of a class without rows
_MAX_ITERATIONS = 1000
_MIN_ROWS = 10  # with fewer, the best C would be chosen by chance


def fit_linear(
    inputs: LinearInputs,
    rows: np.ndarray,
    labels: np.ndarray,
    task: Task,
    config: LinearConfig,
    *,
    inner_valid: np.ndarray | None = None,
    class_weights: np.ndarray | None = None,
) -> LinearModel:
    """Fit a model.

    Each output is a logistic regression by itself; the classes of TF-IDF are fitted together, with
    a softmax. Numbers and soft labels are fitted by ridge regression.

    Args:
        inputs: of all rows.
        rows: the rows to learn from, int64.
        labels: of all rows, in the form of the task.
        task: the task.
        config: features and values of C.
        inner_valid: `(len(rows),)` bool, the rows that choose C and the weight of n-grams: they are
            predicted by models of the other rows; or `(parts, len(rows))` bool, several such
            choices, of which the mean loss counts; None: every fifth.
        class_weights: from `class_weights.training_weights`; None: all classes weigh the same.

    Raises:
        ConfigError: no n-gram occurs in enough texts.

    Reference:
        Wang & Manning (2012), Baselines and bigrams: simple, good sentiment and topic
        classification, ACL: `nb_svm`, here with the loss of logistic regression.
    """
    model = choose_features(inputs, rows, config)
    features, labels = features_of(model, inputs, rows), labels[rows]
    if inner_valid is None:
        inner_valid = np.arange(len(rows)) % 5 == 4
    strength = _best_strength(
        model,
        features,
        labels,
        task,
        _strengths(config),
        inner_valid=np.atleast_2d(inner_valid),
        class_weights=class_weights,
    )
    return _fit(model, features, labels, task, strength, class_weights)


def predict_linear(
    model: LinearModel, inputs: LinearInputs, rows: np.ndarray, task: Task
) -> np.ndarray:
    """Return a model's outputs for rows, `(rows, n_outputs)` float32, as the task finishes them."""
    return _predict(model, features_of(model, inputs, rows), task)


def log_count_ratios(features: Matrix, labels: np.ndarray) -> np.ndarray:
    """Return how much more frequent each feature is in positive rows than in negative ones.

    Counts are smoothed by one: `log((1 + positive) / sum(1 + positive)) - log((1 + negative) /
    sum(1 + negative))`.

    Args:
        features: `(rows, features)`, none below 0.
        labels: `(rows, n_outputs)` of 0 and 1.

    Returns:
        `(features, n_outputs)` float64.

    Example:
        features [[1, 0], [1, 1]], labels [[1], [0]] -> [[log(2/3) - log(2/4)], [log(1/3) -
        log(2/4)]]

    Reference:
        Wang & Manning (2012), Baselines and bigrams, ACL, section 2.
    """
    positive, negative = 1 + features.T @ labels, 1 + features.T @ (1 - labels)
    return np.log(positive / positive.sum(axis=0)) - np.log(negative / negative.sum(axis=0))


class _Strength(NamedTuple):
    """How strongly a model is regularized.

    Attributes:
        c: the inverse of the penalty.
        ngram_weight: the factor of n-grams: the penalty on them is 1 / (c * ngram_weight ** 2), and
            0 leaves them out.
    """

    c: float
    ngram_weight: float


def _strengths(config: LinearConfig) -> list[_Strength]:
    """Return the candidates: each C with n-grams as they are, then the first C with fewer.

    Numbers are few, so that C hardly matters to them.
    """
    weights = sorted(config.ngram_weights or [1.0])
    return [_Strength(c, weights[-1]) for c in config.C] + [
        _Strength(config.C[0], weight) for weight in weights[:-1]
    ]


def _best_strength(
    model: LinearModel,
    features: Matrix,
    labels: np.ndarray,
    task: Task,
    values: Sequence[_Strength],
    *,
    inner_valid: np.ndarray,
    class_weights: np.ndarray | None,
) -> _Strength:
    """Return the value with the least loss on inner validation rows; the first if rows are too few.

    The loss has the weights of the fit. Without them, a fit that moved probabilities towards
    another prior would seem to be wrong.
    """
    if len(values) == 1 or len(labels) < _MIN_ROWS:
        return values[0]
    losses = np.zeros((len(values), len(inner_valid)))
    for index, value in enumerate(values):
        for part, is_valid in enumerate(inner_valid):
            fitted = _fit(model, features[~is_valid], labels[~is_valid], task, value, class_weights)
            outputs = _predict(fitted, features[is_valid], task)
            losses[index, part] = task.mean_loss(outputs, labels[is_valid], class_weights)
    return values[int(np.argmin(losses.mean(axis=1)))]


def _fit(
    model: LinearModel,
    features: Matrix,
    labels: np.ndarray,
    task: Task,
    strength: _Strength,
    class_weights: np.ndarray | None,
) -> LinearModel:
    """Return a model with coefficients that are fitted to the labels of some rows."""
    n_terms = features.shape[1] - n_other_features(model)
    c, weight = strength
    if weight != 1.0:
        features = _with_weight(features, n_terms, weight)
    ideal = task.ideal_outputs(labels)
    weights = task.cell_weights(labels, class_weights)
    if not task.has_classes:
        coefficients, intercepts = _ridge(features, ideal, c)
    elif not model.is_tfidf:
        # Features that are no n-grams are not scaled by a ratio.
        ratios = log_count_ratios(features[:, :n_terms], ideal)
        ratios = np.vstack([ratios, np.ones((n_other_features(model), ideal.shape[1]))])
        coefficients, intercepts = _logistic(features, ideal, weights, c, ratios=ratios)
    elif task.activation == "softmax":
        coefficients, intercepts = _softmax(features, labels, task.n_outputs, weights, c)
    else:
        coefficients, intercepts = _logistic(features, ideal, weights, c)
    if weight != 1.0:  # coefficients of the features as they are
        coefficients[:n_terms] *= weight
    return dataclasses.replace(
        model, coefficients=coefficients.astype(np.float32), intercepts=intercepts
    )


def _with_weight(features: Matrix, n_terms: int, weight: float) -> Matrix:
    """Return features of which the first ones, the n-grams, are multiplied by a weight."""
    weighted = features.copy()
    weighted.data = np.where(features.indices < n_terms, features.data * weight, features.data)
    weighted.data = weighted.data.astype(np.float32)
    weighted.eliminate_zeros()
    return weighted


def _predict(model: LinearModel, features: Matrix, task: Task) -> np.ndarray:
    from scipy.special import expit, softmax

    # Only TF-IDF models fit their classes together; the separate outputs of others are sigmoids.
    outputs = features @ model.coefficients + model.intercepts
    if task.has_classes:
        # The classes of nb_svm are fitted one by one, so their sigmoids do not sum to one yet.
        by_softmax = model.is_tfidf and task.activation == "softmax"
        outputs = softmax(outputs, axis=1) if by_softmax else expit(outputs)
    elif not task.has_units:
        outputs = outputs.clip(_SMALLEST, 1 - _SMALLEST)
    return task.finish_outputs(outputs).astype(np.float32)


def _ridge(features: Matrix, ideal: np.ndarray, c: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import Ridge

    # C is the inverse of the penalty, as in logistic regression, so that one list of C serves both.
    ridge = Ridge(alpha=1 / c, solver="sparse_cg").fit(features, ideal)
    # scikit-learn may drop the axis of a single output.
    return ridge.coef_.reshape(ideal.shape[1], -1).T, np.asarray(ridge.intercept_).reshape(-1)


def _softmax(
    features: Matrix, classes: np.ndarray, n_classes: int, weights: np.ndarray, c: float
) -> tuple[np.ndarray, np.ndarray]:
    """Fit the coefficients of all classes together; a class without rows is never predicted."""
    coefficients = np.zeros((features.shape[1], n_classes))
    intercepts = np.full(n_classes, _NEVER)
    known = np.unique(classes)
    if len(known) == 1:
        intercepts[known] = 0.0  # against -20 of the others: it gets nearly all of the softmax
        return coefficients, intercepts
    model = _classifier(c).fit(features, classes, sample_weight=weights[:, 0])
    if len(known) == 2:  # scikit-learn keeps the coefficients of the second of two classes only
        coefficients[:, known[1]] = model.coef_[0]
        intercepts[known] = (0.0, model.intercept_[0])
    else:
        coefficients[:, known] = model.coef_.T
        intercepts[known] = model.intercept_
    return coefficients, intercepts


def _logistic(
    features: Matrix,
    ideal: np.ndarray,
    weights: np.ndarray,
    c: float,
    ratios: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Fit each output by itself, on features scaled by its ratios; a constant one has no slope."""
    from scipy.sparse import diags_array

    coefficients = np.zeros((features.shape[1], ideal.shape[1]))
    intercepts = np.zeros(ideal.shape[1])
    for output, (labels, row_weights) in enumerate(zip(ideal.T, weights.T, strict=True)):
        if np.ptp(labels) == 0:  # scikit-learn refuses to fit a single class
            intercepts[output] = _NEVER if labels[0] == 0 else -_NEVER
            continue
        scaled = features
        if ratios is not None:
            scaled = features @ diags_array(ratios[:, output].astype(np.float32))
        model = _classifier(c).fit(scaled, labels, sample_weight=row_weights)
        # Coefficients of scaled features, times the scale, are those of the features themselves.
        scale = 1.0 if ratios is None else ratios[:, output]
        coefficients[:, output] = model.coef_[0] * scale
        intercepts[output] = model.intercept_[0]
    return coefficients, intercepts


def _classifier(c: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, max_iter=_MAX_ITERATIONS)
