"""Weights of the members of a blend: equal, by hill climbing, or by least squares."""

import numpy as np

from regard.ensembling.objective import Objective, column_stds, fit_score, row_weights

# Hill climbing computes the metric for every member at every step, hundreds of times: the metric
# itself, at tuned thresholds if they are tuned, but on so many rows at most. It stops where a step
# gains next to nothing.
_N_ROWS = 20_000
_N_STEPS = 50
_LEAST_GAIN = 1e-5  # of a step, as a share of the score


def equal_weights(members: np.ndarray, objective: Objective) -> np.ndarray:
    """Return the same weight for each member, `(members,)`."""
    return np.full(len(members), 1.0 / len(members))


def hill_climbing(members: np.ndarray, objective: Objective) -> np.ndarray:
    """Add members one at a time, the best one first, as long as the score rises.

    Args:
        members: `(members, rows, n_outputs)`, no NaN.
        objective: of these rows.

    Returns:
        `(members,)` float64, the share of the steps that added each member.

    Example:
        steps that add members 0, 2, 0, 1 -> [0.5, 0.25, 0.25]

    Reference:
        Caruana, Niculescu-Mizil, Crew & Ksikes (2004), Ensemble selection from libraries of models,
        ICML.
    """
    n_rows = members.shape[1]
    # Evenly spaced and in order, so that rows of all parts of the file are among them.
    rows = np.linspace(0, n_rows - 1, min(n_rows, _N_ROWS)).round().astype(np.int64)
    some, some_objective = members[:, rows].astype(np.float64), objective.take(rows)
    scores = [fit_score(some_objective, member) for member in some]
    index = int(np.argmax(scores))
    best = scores[index]
    counts, total = np.zeros(len(members)), np.zeros_like(some[0])
    for _ in range(_N_STEPS):
        counts[index] += 1
        total += some[index]
        tried = ((total + member) / (counts.sum() + 1) for member in some)
        scores = [fit_score(some_objective, outputs) for outputs in tried]
        index = int(np.argmax(scores))
        if not scores[index] - best > _LEAST_GAIN * abs(best):
            break
        best = scores[index]
    weights = counts / counts.sum()
    return weights if len(rows) == n_rows else _at_least_the_best(weights, members, objective)


def least_squares(members: np.ndarray, objective: Objective) -> np.ndarray:
    """Fit the ideal outputs by least squares, without negative weights.

    Args:
        members: `(members, rows, n_outputs)`, no NaN.
        objective: of these rows.

    Returns:
        `(members,)` float64 with the sum one; equal weights where none is above zero.

    Reference:
        Breiman (1996), Stacked regressions, Machine Learning 24.
    """
    from scipy.optimize import nnls

    ideal = objective.task.ideal_outputs(objective.targets.labels)
    # Columns in large units would otherwise outweigh the others.
    stds = column_stds(ideal) if objective.task.has_units else np.ones(ideal.shape[1])
    scale = np.sqrt(row_weights(objective))[:, None] / stds
    columns = (members * scale).reshape(len(members), -1).T
    # The triangle of a QR decomposition has the same least squares as the tall matrix, in as few
    # rows as there are members, and one.
    tall = np.column_stack([columns, (ideal * scale).ravel()])
    triangle = np.asarray(np.linalg.qr(tall, mode="r"))
    weights = nnls(triangle[:, :-1], triangle[:, -1])[0]
    total = weights.sum()
    return weights / total if total > 0 else equal_weights(members, objective)


def _at_least_the_best(
    weights: np.ndarray, members: np.ndarray, objective: Objective
) -> np.ndarray:
    """Return the weights, or the best member alone if it scores better on all rows."""
    scores = [fit_score(objective, member) for member in members]
    best = int(np.argmax(scores))
    blended = fit_score(objective, np.tensordot(weights, members.astype(np.float64), axes=1))
    return weights if blended >= scores[best] else np.eye(len(members))[best]
