"""Stacking: a regression for each output, on that output of the members."""

import numpy as np

from regard.ensembling.objective import Objective, column_stds, row_weights
from regard.tasks import Task

_SMALLEST = 1e-6  # probability, before its log-odds


def stack(members: np.ndarray, objective: Objective) -> tuple[np.ndarray, np.ndarray]:
    """Fit a logistic regression on log-odds for each output; for numbers, a ridge regression.

    Args:
        members: `(members, rows, n_outputs)`, no NaN.
        objective: of these rows.

    Returns:
        Coefficients `(members, n_outputs)` and intercepts `(n_outputs,)`, float64.
    """
    task = objective.task
    inputs, weights = _inputs(members, task), row_weights(objective)
    ideal = task.ideal_outputs(objective.targets.labels)
    regress = _ridge if task.has_units else _logistic
    fitted = [
        regress(inputs[:, :, output].T, ideal[:, output], weights)
        for output in range(ideal.shape[1])
    ]
    coefficients, intercepts = zip(*fitted, strict=True)
    return np.stack(coefficients, axis=1), np.array(intercepts)


def stacked(
    members: np.ndarray, coefficients: np.ndarray, intercepts: np.ndarray, task: Task
) -> np.ndarray:
    """Return the outputs of a stack; they obey the constraints of the task.

    Args:
        members: `(members, rows, n_outputs)` outputs of any rows.
        coefficients: `(members, n_outputs)`.
        intercepts: `(n_outputs,)`.
        task: the task.

    Returns:
        `(rows, n_outputs)` float32.
    """
    from scipy.special import expit

    # Member by member, so that a row is rounded in the same way whatever rows are beside it.
    sums = np.broadcast_to(intercepts.astype(np.float64), members.shape[1:]).copy()
    for weights, member in zip(coefficients, members, strict=True):
        sums += weights * _inputs(member, task)
    return task.finish_outputs(sums if task.has_units else expit(sums)).astype(np.float32)


def _inputs(members: np.ndarray, task: Task) -> np.ndarray:
    """Return numbers as they are, probabilities as log-odds."""
    from scipy.special import logit

    wide = members.astype(np.float64)
    if task.has_units:
        return wide
    # Not np.log, whose last digit may depend on the layout of the array.
    return np.asarray(logit(wide.clip(_SMALLEST, 1.0 - _SMALLEST)))


def _ridge(inputs: np.ndarray, ideal: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import Ridge

    # Without a scale, the strength of the penalty would depend on the unit.
    std = column_stds(ideal)
    model = Ridge(alpha=1.0).fit(inputs / std, ideal / std, sample_weight=weights)
    return model.coef_, float(model.intercept_ * std)


def _logistic(
    inputs: np.ndarray, ideal: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, float]:
    """Fit log-odds; a row with the share 0.3 counts as 0.3 positive and 0.7 negative rows."""
    from sklearn.linear_model import LogisticRegression

    shares = np.concatenate([weights * ideal, weights * (1.0 - ideal)])
    counted = shares > 0
    positive = np.repeat([True, False], len(ideal))[counted]
    if positive.all() or not positive.any():  # nothing to learn: the mean of the members' log-odds
        return np.full(inputs.shape[1], 1.0 / inputs.shape[1]), 0.0
    rows = np.concatenate([inputs, inputs])[counted]
    model = LogisticRegression(max_iter=1000).fit(rows, positive, sample_weight=shares[counted])
    return model.coef_[0], float(model.intercept_[0])
