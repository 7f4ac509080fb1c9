"""Quantiles of a member's outputs: ranks that do not depend on the rows that are predicted."""

import numpy as np

_N_QUANTILES = 1001


def quantile_grids(members: np.ndarray) -> np.ndarray:
    """Return the quantiles of each member's probabilities at evenly spaced levels.

    The first is 0 and the last is 1, so that probabilities beyond those of the members have an
    order, too.

    Args:
        members: `(members, rows, n_outputs)` probabilities, no NaN.

    Returns:
        `(members, n_outputs, quantiles)` float64, never falling.

    Example:
        with 3 quantiles of [0.2, 0.4, 0.8] -> [0, 0.2, 0.4, 0.8, 1]
    """
    levels = np.linspace(0.0, 1.0, _N_QUANTILES)
    grids = np.stack(
        [np.quantile(member.astype(np.float64), levels, axis=0).T for member in members]
    )
    return np.pad(grids, ((0, 0), (0, 0), (1, 1)), constant_values=((0, 0), (0, 0), (0, 1)))


def mean_by_quantile(members: np.ndarray, weights: np.ndarray, grids: np.ndarray) -> np.ndarray:
    """Average the quantiles of the members, and turn the mean quantiles back into probabilities.

    Args:
        members: `(members, rows, n_outputs)` probabilities of any rows.
        weights: `(members,)`, their sum one.
        grids: from `quantile_grids`.

    Returns:
        `(rows, n_outputs)` float64: each rises with each member. One member is left as it is.

    Example:
        grids [0, 0.2, 1] and [0, 0.6, 1], weights one half: probabilities 0.2 and 0.8 have the
        quantiles 0.5 and 0.75, their mean is 0.625, the members' probabilities there are 0.4 and
        0.7 -> 0.55
    """
    outputs = np.empty(members[0].shape)
    for output in range(grids.shape[1]):
        curves = [_curve(grid[output]) for grid in grids]
        quantiles = sum(
            weight * _interpolate(member[:, output].astype(np.float64), values, levels)
            for member, weight, (values, levels) in zip(members, weights, curves, strict=True)
        )
        outputs[:, output] = sum(
            weight * _interpolate(quantiles, levels, values)
            for weight, (values, levels) in zip(weights, curves, strict=True)
        )
    return outputs


def _curve(grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values of a grid, and the level of each: the mean of its levels.

    Example:
        [0, 0.2, 0.2, 1] -> [0, 0.2, 1], [0, 0.5, 1]
    """
    values, first, counts = np.unique(grid, return_index=True, return_counts=True)
    return values, (first + (counts - 1) / 2) / (len(grid) - 1)


def _interpolate(points: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Map points linearly between `starts`, which rise, to between `ends`; it never falls.

    `np.interp` may fall by a rounding error from one interval to the next.
    """
    points = points.clip(starts[0], starts[-1])
    below = (np.searchsorted(starts, points, side="right") - 1).clip(0, len(starts) - 2)
    share = (points - starts[below]) / (starts[below + 1] - starts[below])
    found = ends[below] + share * (ends[below + 1] - ends[below])
    return np.minimum(found, ends[below + 1])
