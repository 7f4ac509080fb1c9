"""What a class weighs: rare classes against frequent ones, and a test set whose share of positives
is another.

A model learns how frequent the classes are where it was trained. Where the test set's share of
positives is known to differ, either the training rows are weighed as if they had that share, or the
probabilities are corrected afterwards: both multiply the odds of yes by the same factor.
"""

from typing import Any

import numpy as np

from regard.config import PriorConfig
from regard.errors import ConfigError
from regard.tasks.base import Task

# of Cui et al.: a row more adds this times what the one before it added to the effective number
_OVERLAP = 0.999


def shift_weights(train_rate: float, test_rate: float) -> tuple[float, float]:
    """Return what negative and positive rows weigh if a share of positives is to become another.

    The weights' mean over the rows is one.

    Args:
        train_rate: the share of positives p there is.
        test_rate: the share t there should be.

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
    """Correct probabilities of a model that was trained at one share of positives for another.

    Args:
        probabilities: of yes, any shape.
        weights: from `shift_weights`.

    Returns:
        That shape and type.

    Example:
        [0.5], weights (1.6, 0.4) -> [0.2]
    """
    wide = probabilities.astype(np.float64)
    yes = weights[1] * wide
    shifted: np.ndarray = yes / (yes + weights[0] * (1.0 - wide))
    return shifted.astype(probabilities.dtype)


def prior_weights(labels: np.ndarray, config: PriorConfig) -> tuple[float, float] | None:
    """Return the weights of `shift_weights` for a binary task; None if nothing is known of the test labels."""
    if config.test_positive_rate is None:
        return None
    return shift_weights(float(labels.mean(dtype=np.float64)), config.test_positive_rate)


def row_weights(labels: np.ndarray, weights: tuple[float, float]) -> np.ndarray:
    """Return what each row of a binary task weighs in a score, so that it is an estimate of the
    test set's.

    Args:
        labels: `(rows, 1)` of 0 and 1.
        weights: from `shift_weights`.

    Returns:
        `(rows,)` float64.
    """
    rows: np.ndarray = np.where(labels[:, 0] > 0.5, weights[1], weights[0])
    return rows


def class_weights(labels: np.ndarray, task: Task, setting: Any) -> np.ndarray | None:
    """Return what each class weighs in the loss.

    Balanced weights are scikit-learn's: the rows, divided by the classes times the rows of the
    class. Class-balanced ones are for classes so rare that their rows would weigh too much: they
    are inverse to the effective number of rows, `(1 - b ** n) / (1 - b)` with `b = 0.999`, of which
    a class never has more than a thousand, and their mean over the classes is one.

    Args:
        labels: of all train rows.
        task: what is predicted.
        setting: `training.class_weights`: None, "balanced", "class_balanced", or numbers in the
            order of the classes; those of multi_label are the weights of each column's positives.

    Returns:
        float32: `(classes,)` for multi_class and ordinal; for binary and multi_label `(columns,
        2)`, no and yes of each column. None if all weigh the same.

    Raises:
        ConfigError: there are not as many numbers as classes.

    Example:
        multi_class [0, 0, 0, 1], "balanced" -> [2/3, 2]

    Reference:
        class_balanced: Cui, Jia, Lin, Song & Belongie (2019), Class-balanced loss based on
        effective number of samples, CVPR.
    """
    if setting is None:
        return None
    by_class = task.kind in ("multi_class", "ordinal")
    if setting in ("balanced", "class_balanced"):
        if by_class:
            counts = np.bincount(labels, minlength=len(task.label_names))[None]
        else:
            yes = labels.sum(axis=0, dtype=np.float64)
            counts = np.stack([len(labels) - yes, yes], axis=1)
        weights = _inverse_to(counts, effective=setting == "class_balanced")
        return (weights[0] if by_class else weights).astype(np.float32)
    names = task.label_names if task.kind == "multi_label" else task.classes
    if len(setting) != len(names):
        raise ConfigError(
            f"training.class_weights has {len(setting)} numbers, but the task has {len(names)} classes or columns: "
            f"{', '.join(names[:10])}; give one for each, in this order, or balanced"
        )
    given = np.asarray(setting, np.float32)
    if task.kind == "multi_label":
        return np.stack([np.ones_like(given), given], axis=1)
    return given if by_class else given[None]


def training_weights(
    labels: np.ndarray, task: Task, setting: Any, config: PriorConfig
) -> tuple[np.ndarray | None, tuple[float, float] | None]:
    """Return what classes weigh in training, and what probabilities are corrected by after it.

    Args:
        labels: of all train rows.
        task: what is predicted.
        setting: `training.class_weights`.
        config: what is known of the test labels, and whether rows or probabilities are fitted to
            it.

    Returns:
        Weights of the form of `class_weights`, and those of `shift_weights`; None where there is
        nothing to do.
    """
    weights = class_weights(labels, task, setting)
    shift = prior_weights(labels, config)
    if shift is not None and config.method == "class_weights":
        weights, shift = (
            np.array([shift], np.float32) * (np.ones((1, 2)) if weights is None else weights),
            None,
        )
    return weights, shift


def _inverse_to(counts: np.ndarray, *, effective: bool) -> np.ndarray:
    """Weights of the classes of each column, `(columns, classes)`, from their numbers of rows."""
    if effective:
        inverse = 1.0 / (1.0 - _OVERLAP ** counts.clip(1))
        weights = counts.shape[1] * inverse / inverse.sum(axis=1, keepdims=True)
    else:
        weights = counts.sum(axis=1, keepdims=True) / (counts.shape[1] * counts.clip(1))
    # A column that is the same in every row has nothing to balance.
    balanced: np.ndarray = np.where(counts.min(axis=1, keepdims=True) > 0, weights, 1.0)
    return balanced
