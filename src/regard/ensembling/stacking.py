"""Stacking: a regression for each output, on what the members say of that output."""

import numpy as np

from regard.ensembling.objective import Goal, deviations, row_weights
from regard.tasks import Task

_SMALLEST = 1e-6  # probability, before its log-odds


def stack(members: np.ndarray, goal: Goal) -> tuple[np.ndarray, np.ndarray]:
    """Fit a logistic regression on log-odds for each output; of numbers, a ridge regression.

    Args:
        members: `(members, rows, n_outputs)`, no NaN.
        goal: of these rows.

    Returns:
        Coefficients `(members, n_outputs)` and intercepts `(n_outputs,)`, float64.
    """
    inputs, wanted, weights = (
        _inputs(members, goal.task),
        goal.task.ideal_outputs(goal.truth.labels),
        row_weights(goal),
    )
    regress = _ridge if goal.task.has_units else _logistic
    columns = [regress(inputs[:, :, at].T, wanted[:, at], weights) for at in range(wanted.shape[1])]
    coefficients, intercepts = zip(*columns, strict=True)
    return np.stack(coefficients, axis=1), np.array(intercepts)


def stacked(
    members: np.ndarray, coefficients: np.ndarray, intercepts: np.ndarray, task: Task
) -> np.ndarray:
    """Return the outputs of what `stack` fitted; probabilities of which one is true sum to one.

    Those to be above a rank never rise from one rank to the next.

    Args:
        members: `(members, rows, n_outputs)` outputs of any rows.
        coefficients: `(members, n_outputs)`.
        intercepts: `(n_outputs,)`.
        task: what is predicted.

    Returns:
        `(rows, n_outputs)` float32.
    """
    from scipy.special import expit

    sums = np.einsum("mo,mro->ro", coefficients, _inputs(members, task)) + intercepts
    if task.has_units:
        numbers: np.ndarray = sums.astype(np.float32)
        return numbers
    outputs = expit(sums)
    probabilities: np.ndarray = task.finish_outputs(outputs).astype(np.float32)
    return probabilities


def _inputs(members: np.ndarray, task: Task) -> np.ndarray:
    """Numbers as they are, probabilities as log-odds."""
    wide = members.astype(np.float64)
    if task.has_units:
        return wide
    likely = wide.clip(_SMALLEST, 1.0 - _SMALLEST)
    log_odds: np.ndarray = np.log(likely) - np.log1p(-likely)
    return log_odds


def _ridge(
    inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import Ridge

    scale = deviations(targets)  # else what the penalty means would depend on the unit
    model = Ridge(alpha=1.0).fit(inputs / scale, targets / scale, sample_weight=weights)
    return model.coef_, float(model.intercept_ * scale)


def _logistic(
    inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, float]:
    """A share of yes is that much of a row of yes and the rest of a row of no."""
    from sklearn.linear_model import LogisticRegression

    shares = np.concatenate([weights * targets, weights * (1.0 - targets)])
    there = shares > 0
    yes = np.repeat([True, False], len(targets))[there]
    if yes.all() or not yes.any():  # nothing to tell apart: the mean of what the members say
        return np.full(inputs.shape[1], 1.0 / inputs.shape[1]), 0.0
    rows = np.concatenate([inputs, inputs])[there]
    model = LogisticRegression(max_iter=1000).fit(rows, yes, sample_weight=shares[there])
    return model.coef_[0], float(model.intercept_[0])
