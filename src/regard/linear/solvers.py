"""Fit coefficients by scikit-learn: ridge regression, and logistic regression of two kinds.

Each function returns coefficients `(features, outputs)` and intercepts `(outputs,)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from regard.linear.ngrams import Matrix

_NEVER = -20.0  # the intercept of a class without rows
_MAX_ITERATIONS = 1000


def fit_ridge(features: Matrix, ideal: np.ndarray, c: float) -> tuple[np.ndarray, np.ndarray]:
    """Fit the numbers of all outputs by ridge regression."""
    from sklearn.linear_model import Ridge

    # C is the inverse of the penalty, as in logistic regression, so that one list of C serves both.
    ridge = Ridge(alpha=1 / c, solver="sparse_cg").fit(features, ideal)
    # scikit-learn may drop the axis of a single output.
    return ridge.coef_.reshape(ideal.shape[1], -1).T, np.asarray(ridge.intercept_).reshape(-1)


def fit_softmax(
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


def fit_logistic(
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
