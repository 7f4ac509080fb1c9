"""Fit a linear model to the rows of a fold, and predict with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from regard.linear.model import (
    LinearInputs,
    LinearModel,
    features_of,
    n_beside,
    reading,
)
from regard.linear.ngrams import Matrix
from regard.tasks import Task

if TYPE_CHECKING:
    from regard.config import LinearConfig

_MOST_CERTAIN = 1e-3  # soft labels: a clipped 0 would cost an endless log loss
_NEVER = -20.0  # the intercept of a class that no row has
_MAX_ITERATIONS = 1000
_FEWEST_TO_CHOOSE_BY = 10  # rows


def fit_linear(
    inputs: LinearInputs,
    rows: np.ndarray,
    labels: np.ndarray,
    task: Task,
    config: LinearConfig,
    *,
    choosing: np.ndarray | None = None,
    class_weights: np.ndarray | None = None,
) -> LinearModel:
    """Fit a model.

    Labels are yes-or-no questions, one for each output; classes of TF-IDF are learnt together, by a
    softmax. Numbers and soft labels are learnt by ridge regression.

    Args:
        inputs: of all rows.
        rows: those to learn from, int64.
        labels: of all rows, in the form of the task.
        task: what is predicted.
        config: features and regularisation.
        choosing: `(len(rows),)` bool, those of the rows by which C is chosen, as they are predicted
            by models of the others; None: every fifth.
        class_weights: as `prior.class_weights` gives them; None: all the same.

    Raises:
        ConfigError: no n-gram stands in enough texts.

    Reference:
        Wang & Manning (2012), Baselines and bigrams: simple, good sentiment and topic
        classification, ACL: `nb_svm`, here with the loss of logistic regression.
    """
    model = reading(inputs, rows, config)
    features, labels = features_of(model, inputs, rows), labels[rows]
    if choosing is None:
        choosing = np.arange(len(rows)) % 5 == 4
    c = _best_c(
        model, features, labels, task, config.C, choosing=choosing, class_weights=class_weights
    )
    return _fitted(model, features, labels, task, c, class_weights)


def predict_linear(
    model: LinearModel, inputs: LinearInputs, rows: np.ndarray, task: Task
) -> np.ndarray:
    """Return a model's outputs for rows, in the form of the task.

    The probabilities to be above a rank never rise from one rank to the next.

    Returns:
        `(rows, n_outputs)` float32.
    """
    return _predicted(model, features_of(model, inputs, rows), task)


def log_count_ratios(features: Matrix, answers: np.ndarray) -> np.ndarray:
    """Return for each feature and question how much more often it stands in rows of yes than in
    those of no.

    Counts are smoothed by one: `log((1 + yes) / sum(1 + yes)) - log((1 + no) / sum(1 + no))`.

    Args:
        features: `(rows, features)`, none below 0.
        answers: `(rows, questions)` of 0 and 1.

    Returns:
        `(features, questions)` float64.

    Example:
        features [[1, 0], [1, 1]], answers [[1], [0]] -> [[log(2/3) - log(2/4)], [log(1/3) -
        log(2/4)]]

    Reference:
        Wang & Manning (2012), Baselines and bigrams, ACL, section 2.
    """
    yes, no = 1 + features.T @ answers, 1 + features.T @ (1 - answers)
    ratios: np.ndarray = np.log(yes / yes.sum(axis=0)) - np.log(no / no.sum(axis=0))
    return ratios


def _best_c(
    model: LinearModel,
    features: Matrix,
    labels: np.ndarray,
    task: Task,
    values: Sequence[float],
    *,
    choosing: np.ndarray,
    class_weights: np.ndarray | None,
) -> float:
    """The value by which some rows are predicted best from the others; the first if rows are too
    few to tell.

    Best by the weights of the fit: probabilities that it moved to another prior would else count as
    mistakes.
    """
    if len(values) == 1 or len(labels) < _FEWEST_TO_CHOOSE_BY:
        return values[0]
    losses = []
    for c in values:
        fitted = _fitted(model, features[~choosing], labels[~choosing], task, c, class_weights)
        losses.append(
            task.mean_loss(
                _predicted(fitted, features[choosing], task), labels[choosing], class_weights
            )
        )
    return values[int(np.argmin(losses))]


def _fitted(
    model: LinearModel,
    features: Matrix,
    labels: np.ndarray,
    task: Task,
    c: float,
    class_weights: np.ndarray | None,
) -> LinearModel:
    """A model that has learnt the labels of some rows from their features."""
    answers = task.ideal_outputs(labels)
    weights = task.cell_weights(labels, class_weights)
    if not task.has_classes:
        coefficients, intercepts = _ridge(features, answers, c)
    elif not model.is_tfidf:
        n_terms = features.shape[1] - n_beside(model)
        ratios = log_count_ratios(features[:, :n_terms], answers)
        ratios = np.vstack([ratios, np.ones((n_beside(model), answers.shape[1]))])
        coefficients, intercepts = _logistic(features, answers, weights, c, ratios=ratios)
    elif task.activation == "softmax":
        coefficients, intercepts = _softmax(features, labels, task.n_outputs, weights, c)
    else:
        coefficients, intercepts = _logistic(features, answers, weights, c)
    return dataclasses.replace(
        model, coefficients=coefficients.astype(np.float32), intercepts=intercepts
    )


def _predicted(model: LinearModel, features: Matrix, task: Task) -> np.ndarray:
    from scipy.special import expit, softmax

    outputs = features @ model.coefficients + model.intercepts
    if task.has_classes:
        by_softmax = task.activation == "softmax" and model.is_tfidf
        outputs = softmax(outputs, axis=1) if by_softmax else expit(outputs)
    elif not task.has_units:
        outputs = outputs.clip(_MOST_CERTAIN, 1 - _MOST_CERTAIN)
    return task.finish_outputs(outputs).astype(np.float32)


def _ridge(features: Matrix, answers: np.ndarray, c: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import Ridge

    ridge = Ridge(alpha=1 / c, solver="sparse_cg").fit(features, answers)
    return ridge.coef_.reshape(answers.shape[1], -1).T, np.asarray(ridge.intercept_).reshape(-1)


def _softmax(
    features: Matrix, classes: np.ndarray, n_classes: int, weights: np.ndarray, c: float
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of all classes together; a class that no row has is never predicted."""
    coefficients, intercepts = np.zeros((features.shape[1], n_classes)), np.full(n_classes, _NEVER)
    known = np.unique(classes)
    if len(known) == 1:
        intercepts[known] = 0.0
        return coefficients, intercepts
    model = _classifier(c).fit(features, classes, sample_weight=weights[:, 0])
    if len(known) == 2:  # of two classes scikit-learn keeps the coefficients of the second
        coefficients[:, known[1]], intercepts[known] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        coefficients[:, known], intercepts[known] = model.coef_.T, model.intercept_
    return coefficients, intercepts


def _logistic(
    features: Matrix,
    answers: np.ndarray,
    weights: np.ndarray,
    c: float,
    ratios: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of each question by itself, of features that are scaled for it; one without a choice has none."""
    from scipy.sparse import diags_array

    coefficients, intercepts = (
        np.zeros((features.shape[1], answers.shape[1])),
        np.zeros(answers.shape[1]),
    )
    for place, (answer, of_rows) in enumerate(zip(answers.T, weights.T, strict=True)):
        if np.ptp(answer) == 0:
            intercepts[place] = _NEVER if answer[0] == 0 else -_NEVER
            continue
        scaled = (
            features
            if ratios is None
            else features @ diags_array(ratios[:, place].astype(np.float32))
        )
        model = _classifier(c).fit(scaled, answer, sample_weight=of_rows)
        coefficients[:, place] = (
            model.coef_[0] if ratios is None else model.coef_[0] * ratios[:, place]
        )
        intercepts[place] = model.intercept_[0]
    return coefficients, intercepts


def _classifier(c: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, max_iter=_MAX_ITERATIONS)
