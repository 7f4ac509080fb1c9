"""Weights of classes: rare against frequent ones, and a test set with another share of positives.

A model learns how frequent the classes are in its training rows. Where the test set's share of
positives is known to differ, either the training rows are weighted as if they had that share, or
the probabilities are corrected afterwards. Both multiply the odds of a positive label by the same
factor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from regard.errors import ConfigError
from regard.tasks.base import Task

if TYPE_CHECKING:
    from regard.config import PriorConfig

# beta of Cui et al.: each further row adds this times as much as the one before it to the
# effective number of rows
_OVERLAP = 0.999


def shift_weights(train_rate: float, test_rate: float) -> tuple[float, float]:
    """Return weights of negative and positive rows that turn one share of positives into another.

    The mean of the weights over the rows is one.

    Args:
        train_rate: the share of positives p in the training rows.
        test_rate: the share t that the weighted rows should have.

    Returns:
        `(1 - t) / (1 - p)` and `t / p`.

    Example:
        p=0.5, t=0.2 -> (1.6, 0.4)

    Reference:
        Saerens, Latinne & Decaestecker (2002), Adjusting the outputs of a classifier to new a
        priori probabilities, Neural Computation 14(1).
    """
    return (1.0 - test_rate) / (1.0 - train_rate), test_rate / train_rate


def shift_probabilities(probabilities: np.ndarray, weights: tuple[float, float]) -> np.ndarray:
    """Correct probabilities of a model for a test set with another share of positives.

    Args:
        probabilities: of positive labels, any shape.
        weights: from `shift_weights`.

    Returns:
        The same shape and dtype.

    Example:
        [0.5], weights (1.6, 0.4) -> [0.2]
    """
    # Odds 0.5 : 0.5 times the weights 0.4 : 1.6 are 0.2 : 0.8.
    wide = probabilities.astype(np.float64)
    positive = weights[1] * wide
    shifted = positive / (positive + weights[0] * (1.0 - wide))
    return shifted.astype(probabilities.dtype)


def shift_slopes(probabilities: np.ndarray, weights: tuple[float, float]) -> np.ndarray:
    """Return the derivatives of `shift_probabilities`, float64 of the same shape.

    Example:
        [0.5], weights (1.0, 1.0) -> [1.0]
    """
    # The derivative of a p / (a p + b (1 - p)) is a b / (a p + b (1 - p))^2.
    wide = probabilities.astype(np.float64)
    total = weights[1] * wide + weights[0] * (1.0 - wide)
    return np.asarray(weights[0] * weights[1] / total**2)


def prior_weights(labels: np.ndarray, config: PriorConfig) -> tuple[float, float] | None:
    """Return `shift_weights` for binary labels; None if the test set's share is unknown."""
    if config.test_positive_rate is None:
        return None
    return shift_weights(float(labels.mean(dtype=np.float64)), config.test_positive_rate)


def row_weights(labels: np.ndarray, weights: tuple[float, float]) -> np.ndarray:
    """Return the weight of each binary row in a score that estimates the test set's.

    Args:
        labels: `(rows, 1)` of 0 and 1.
        weights: from `shift_weights`.

    Returns:
        `(rows,)` float64.
    """
    return np.where(labels[:, 0] > 0.5, weights[1], weights[0])


def class_weights(labels: np.ndarray, task: Task, setting: Any) -> np.ndarray | None:
    """Return the weight of each class in the loss.

    Balanced weights are those of scikit-learn: the number of rows, divided by the number of classes
    times the rows of the class. Class-balanced weights suit classes so rare that balanced ones
    would let a few rows dominate: they are inverse to the effective number of rows, `(1 - b ** n) /
    (1 - b)` with `b = 0.999`, which never exceeds a thousand. Their mean over the classes is one.

    Args:
        labels: of all train rows.
        task: the task.
        setting: `training.class_weights`: None, "balanced", "class_balanced", or numbers in the
            order of `task.weighted_names`.

    Returns:
        float32: `(classes,)` for one class a row; for positive and negative labels `(columns, 2)`,
        negative first. None if all weigh the same.

    Raises:
        ConfigError: there are not as many numbers as names.

    Example:
        multi_class [0, 0, 0, 1], "balanced" -> [2/3, 2]

    Reference:
        class_balanced: Cui, Jia, Lin, Song & Belongie (2019), Class-balanced loss based on
        effective number of samples, CVPR.
    """
    if setting is None:
        return None
    if setting in ("balanced", "class_balanced"):
        weights = _inverse_to(task.class_counts(labels), effective=setting == "class_balanced")
        return (weights[0] if labels.ndim == 1 else weights).astype(np.float32)
    names = task.weighted_names
    if len(setting) != len(names):
        raise ConfigError(
            f"training.class_weights has {len(setting)} numbers, but the task has {len(names)} "
            f"classes or columns: {', '.join(names[:10])}; give one for each, in this order, or "
            "balanced"
        )
    return task.class_weight_table(np.asarray(setting, np.float32))


def training_weights(
    labels: np.ndarray, task: Task, setting: Any, config: PriorConfig
) -> tuple[np.ndarray | None, tuple[float, float] | None]:
    """Return the class weights of the loss, and the weights that correct probabilities after it.

    Args:
        labels: of all train rows.
        task: the task.
        setting: `training.class_weights`.
        config: the test set's share of positives, and the method that adapts to it.

    Returns:
        Weights as from `class_weights`, and as from `shift_weights`; None where there is nothing
        to do.
    """
    weights = class_weights(labels, task, setting)
    shift = prior_weights(labels, config)
    # Either the loss or the probabilities are adapted: both together would shift twice.
    if shift is not None and config.method == "class_weights":
        given = np.ones((1, 2)) if weights is None else weights
        return np.array([shift], np.float32) * given, None
    return weights, shift


def _inverse_to(counts: np.ndarray, *, effective: bool) -> np.ndarray:
    """Return weights `(columns, classes)` from the rows of each class, of the same shape."""
    if effective:
        # The effective numbers of 1, 2, 3, ... rows are 1, 1.999, 2.997, ..., all below 1000. Their
        # factor 1 / (1 - b) cancels when the inverses are brought to a mean of one.
        inverse = 1.0 / (1.0 - _OVERLAP ** counts.clip(1))
        weights = counts.shape[1] * inverse / inverse.sum(axis=1, keepdims=True)
    else:
        # Four rows, three of the first of two classes: 4 / (2 * 3) and 4 / (2 * 1)
        weights = counts.sum(axis=1, keepdims=True) / (counts.shape[1] * counts.clip(1))
    # A constant column has nothing to balance.
    return np.where(counts.min(axis=1, keepdims=True) > 0, weights, 1.0)
