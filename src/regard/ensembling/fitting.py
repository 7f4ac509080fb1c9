"""How much each member counts, and the outputs that come of it."""

from dataclasses import dataclass

import numpy as np

from regard.ensembling.objective import (
    Goal,
    deviations,
    objective,
    row_weights,
)
from regard.ensembling.stacking import stack, stacked
from regard.tasks import Task

# Hill climbing asks for the metric at every step for every member, hundreds of times. It gets the
# metric itself, at tuned thresholds if they are tuned, but on so many rows at most, and it stops
# where a step gains next to nothing.
_N_ROWS = 20_000
_N_STEPS = 50
_LEAST_GAIN = 1e-5  # of a step, as a share of the score


@dataclass(frozen=True, eq=False)
class Fit:
    """How members are combined.

    Attributes:
        method: one of `config.schema.BLEND_METHODS`.
        weights: `(members,)` float64, none below zero, their sum one; of a stacker `(members,
            n_outputs)`, any.
        intercepts: of a stacker `(n_outputs,)`, else None.
    """

    method: str
    weights: np.ndarray
    intercepts: np.ndarray | None = None


def fit(method: str, members: np.ndarray, goal: Goal) -> Fit:
    """Find how much each member counts.

    Args:
        method: one of `methods_for`: "mean" and "rank_mean" weigh all alike; "hill_climbing" adds
            members one at a time, again and again, as long as the metric gets better; "nnls" are
            the least squares without weights below zero; "stacker" is a logistic regression on
            log-odds (of numbers, a ridge regression) for each output.
        members: `(members, rows, n_outputs)`, no NaN.
        goal: of these rows.

    Reference:
        Caruana, Niculescu-Mizil, Crew & Ksikes (2004), Ensemble selection from libraries of models,
        ICML. Breiman (1996), Stacked regressions, Machine Learning 24.
    """
    if method == "stacker":
        return Fit(method, *stack(members, goal))
    if method == "hill_climbing":
        return Fit(method, _hill_climbing(members, goal))
    if method == "nnls":
        return Fit(method, _least_squares(members, goal))
    return Fit(method, np.full(len(members), 1.0 / len(members)))


def combine(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    """Combine the outputs of members.

    A mean of ranks is given as the mean outputs in the order of the mean ranks, so that it can
    still be read as probabilities.

    Args:
        fitted: from `fit`.
        members: `(members, rows, n_outputs)` outputs of any rows.
        task: what is predicted.

    Returns:
        `(rows, n_outputs)` float32.

    Example:
        rank_mean of the columns [0.1, 0.2, 0.9] and [0.5, 0.7, 0.6]: mean outputs [0.3, 0.45,
        0.75], mean ranks [1, 2.5, 2.5] -> [0.3, 0.45, 0.45]
    """
    if fitted.intercepts is not None:
        return stacked(members, fitted.weights, fitted.intercepts, task)
    mean = np.tensordot(fitted.weights, members.astype(np.float64), axes=1)
    if fitted.method == "rank_mean" and len(mean):
        from scipy.stats import rankdata

        ranks = rankdata(rankdata(members, axis=1).mean(axis=0), method="min", axis=0).astype(
            np.int64
        )
        mean = np.take_along_axis(np.sort(mean, axis=0), ranks - 1, axis=0)
    blended: np.ndarray = mean.astype(np.float32)
    return blended


def _hill_climbing(members: np.ndarray, goal: Goal) -> np.ndarray:
    """Weights by adding members, starting with the best, while that makes the metric better."""
    n_rows = members.shape[1]
    # in order: shares stay the same
    rows = np.linspace(0, n_rows - 1, min(n_rows, _N_ROWS)).round().astype(np.int64)
    some, some_goal = members[:, rows].astype(np.float64), goal.take(rows)
    scores = [objective(some_goal, member) for member in some]
    place = int(np.argmax(scores))
    best, counts, total = scores[place], np.zeros(len(members)), np.zeros_like(some[0])
    for _ in range(_N_STEPS):
        counts[place] += 1
        total += some[place]
        scores = [objective(some_goal, (total + member) / (counts.sum() + 1)) for member in some]
        place = int(np.argmax(scores))
        if not scores[place] - best > _LEAST_GAIN * abs(best):
            break
        best = scores[place]
    weights = counts / counts.sum()
    return weights if len(rows) == n_rows else _at_least_the_best(weights, members, goal)


def _at_least_the_best(weights: np.ndarray, members: np.ndarray, goal: Goal) -> np.ndarray:
    """The weights, or the best member alone should that be better on all rows than what some of them chose."""
    scores = [objective(goal, member) for member in members]
    best = int(np.argmax(scores))
    blended = objective(goal, np.tensordot(weights, members.astype(np.float64), axes=1))
    return weights if blended >= scores[best] else np.eye(len(members))[best]


def _least_squares(members: np.ndarray, goal: Goal) -> np.ndarray:
    """Weights none of which is below zero, brought to a sum of one; all alike where none is above it."""
    from scipy.optimize import nnls

    wanted = goal.task.ideal_outputs(goal.truth.labels)
    scale = deviations(wanted) if goal.task.has_units else np.ones(wanted.shape[1])
    importance = np.sqrt(row_weights(goal))[:, None] / scale
    columns = (members * importance).reshape(len(members), -1).T
    # The triangle has the same least squares as the tall matrix, and no more rows than there are
    # members.
    triangle = np.asarray(
        np.linalg.qr(np.column_stack([columns, (wanted * importance).ravel()]), mode="r")
    )
    weights = nnls(triangle[:, :-1], triangle[:, -1])[0]
    shares: np.ndarray = (
        weights / weights.sum() if weights.sum() > 0 else np.full(len(members), 1.0 / len(members))
    )
    return shares
