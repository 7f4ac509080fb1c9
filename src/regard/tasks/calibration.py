"""Temperature scaling: probabilities made less or more extreme by one number.

    T = 1     as they are
    T = 2     0.9 -> 0.75, as its odds of 9 to 1 become 3 to 1
    T = 0.5   0.9 -> 0.988, as its odds become 81 to 1

Reference:
    Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks, ICML.
"""

import numpy as np

from regard.tasks.base import Task

# Probabilities of 0 and 1 have no log odds: the numbers of float32 that are nearest to them.
SMALLEST = float(np.finfo(np.float32).tiny)
LARGEST = float(np.nextafter(np.float32(1), np.float32(0)))
_MAX_LOG_ODDS = 700.0  # of float64, whose exponential is still finite
_LOG_RANGE = (-3.0, 3.0)  # of the temperature: from 0.05 to 20
_MIN_ROWS = 10  # a temperature of fewer is noise


def scale(task: Task, outputs: np.ndarray, temperature: float) -> np.ndarray:
    """Return outputs whose log odds are divided by a temperature, of their shape and dtype.

    Classes that exclude one another keep their order and sum to one.

    Args:
        task: a task with a temperature.
        outputs: `(..., n_outputs)`.
        temperature: above 0.

    Example:
        binary, [[0.9]], 2 -> [[0.75]]; multi_class, [[0.8, 0.2]], 2 -> [[0.667, 0.333]]
    """
    likely = outputs.astype(np.float64).clip(SMALLEST, LARGEST)
    if task.activation == "softmax":
        logs = np.log(likely) / temperature
        powers = np.exp(logs - logs.max(axis=-1, keepdims=True))
        scaled = powers / powers.sum(axis=-1, keepdims=True)
    else:
        log_odds = (np.log(likely) - np.log1p(-likely)) / temperature
        scaled = 1.0 / (1.0 + np.exp(-log_odds.clip(-_MAX_LOG_ODDS, _MAX_LOG_ODDS)))
    return np.asarray(scaled.astype(outputs.dtype))


def slopes_before(
    task: Task, outputs: np.ndarray, slopes: np.ndarray, temperature: float
) -> np.ndarray:
    """Return the gradient of `sum(slopes * scale(outputs))` with respect to the outputs.

    Args:
        task: see `scale`.
        outputs: `(..., n_outputs)` before they are scaled.
        slopes: of the same shape.
        temperature: see `scale`.

    Returns:
        float64 of the same shape.

    Example:
        binary, [[0.5]], slopes [[1]], 2 -> [[0.5]]
    """
    likely = outputs.astype(np.float64).clip(SMALLEST, LARGEST)
    scaled = scale(task, likely, temperature)
    if task.activation == "softmax":
        # The logarithm of output i falls by output j / T as that of input j rises.
        mean = (slopes * scaled).sum(axis=-1, keepdims=True)
        return np.asarray(scaled * (slopes - mean) / (temperature * likely))
    rates = scaled * (1.0 - scaled) / (temperature * likely * (1.0 - likely))
    return np.asarray(slopes * rates)


def fit_temperature(
    task: Task, labels: np.ndarray, outputs: np.ndarray, weights: np.ndarray | None = None
) -> float:
    """Return the temperature with the least cross-entropy.

    Args:
        task: a task with a temperature.
        labels: of the rows.
        outputs: `(rows, n_outputs)`, predicted by models that did not see the rows.
        weights: `(rows,)` of the rows; None: all count alike.

    Returns:
        1 for fewer than ten rows that count.
    """
    from scipy.optimize import minimize_scalar

    n_rows = len(outputs) if weights is None else np.count_nonzero(weights)
    if n_rows < _MIN_ROWS:
        return 1.0

    def loss(log_temperature: float) -> float:
        scaled = scale(task, outputs.astype(np.float64), np.exp(log_temperature))
        return float(np.average(task.row_losses(scaled, labels), weights=weights))

    found = minimize_scalar(loss, bounds=_LOG_RANGE, method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))


def cross_fitted(
    task: Task,
    labels: np.ndarray,
    outputs: np.ndarray,
    folds: np.ndarray,
    weights: np.ndarray | None = None,
) -> tuple[np.ndarray, dict[int, float]]:
    """Scale the outputs of each fold by a temperature fitted on the other folds.

    Args:
        task: a task with a temperature.
        labels: of the rows.
        outputs: `(rows, n_outputs)` out of fold.
        folds: `(rows,)` the fold that held each row out.
        weights: `(rows,)` of the rows; None: all count alike.

    Returns:
        The scaled outputs, and the temperature of each fold: 1 where there is one fold alone.
    """
    scaled = outputs.copy()
    temperatures = {}
    for fold in np.unique(folds):
        others = folds != fold
        of_others = None if weights is None else weights[others]
        found = fit_temperature(task, labels[others], outputs[others], of_others)
        scaled[~others] = scale(task, outputs[~others], found)
        temperatures[int(fold)] = found
    return scaled, temperatures
