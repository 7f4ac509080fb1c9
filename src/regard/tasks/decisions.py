"""What outputs say: labels, and the values of a submission."""

import numpy as np

from regard.tasks.base import Task


def default_thresholds(task: Task) -> np.ndarray:
    """Return the thresholds by which `decide` says labels when nothing is tuned.

    Returns:
        binary, multi_label, soft_labels: one half for each output; multi_class: the same share for
        each class, their sum one; ordinal: the cut points 0.5, 1.5, ... between ranks; regression
        has none, an empty array.
    """
    if task.kind == "ordinal":
        return np.arange(task.n_outputs) + 0.5
    if task.kind == "multi_class":
        return np.full(task.n_outputs, 1.0 / task.n_outputs)
    return np.full(0 if task.kind == "regression" else task.n_outputs, 0.5)


def expected_ranks(outputs: np.ndarray) -> np.ndarray:
    """Return the expected rank of ordinal predictions: the sum of the probabilities to be above 0,
    above 1, ...

    Example:
        [[0.9, 0.4]] -> [1.3]
    """
    ranks: np.ndarray = outputs.astype(np.float64).sum(axis=1)
    return ranks


def decide(outputs: np.ndarray, task: Task, thresholds: np.ndarray | None = None) -> np.ndarray:
    """Return labels for outputs: yes from the threshold upwards, the rank between the cut points,
    or a class.

    That class whose probability is the greatest multiple of its threshold. So of two classes with
    thresholds whose sum is one, the second is said from its threshold upwards, as yes is.

    Args:
        outputs: `(rows, n_outputs)`.
        task: what is predicted; a task of classes or labels.
        thresholds: of the form of `default_thresholds`, which None stands for.

    Returns:
        int64: `(rows,)` classes or ranks, or `(rows, n_outputs)` of 0 and 1.

    Example:
        ordinal, cut points [0.5, 1.5]: [[0.9, 0.4]] -> [1]
        multi_class, thresholds [0.7, 0.2, 0.1]: [[0.6, 0.3, 0.1]] -> [1]
    """
    thresholds = default_thresholds(task) if thresholds is None else thresholds
    if task.kind == "multi_class":
        classes: np.ndarray = (outputs.astype(np.float64) / thresholds).argmax(axis=1)
        return classes
    if task.kind == "ordinal":
        ranks: np.ndarray = np.searchsorted(thresholds, expected_ranks(outputs), side="right")
        return ranks
    labels: np.ndarray = (outputs.astype(np.float64) >= thresholds).astype(np.int64)
    return labels


def hard_labels(
    outputs: np.ndarray, task: Task, thresholds: np.ndarray | None = None
) -> np.ndarray:
    """Return the values that a submission of labels holds.

    Args:
        outputs: `(rows, n_outputs)`.
        task: what is predicted.
        thresholds: see `decide`.

    Returns:
        str as they stand in the label columns of train.csv, `(rows,)`; for multi_label `(rows,
        n_outputs)`.

    Example:
        multi_class ("a", "b") [[0.2, 0.8]] -> ["b"]
    """
    labels = decide(outputs, task, thresholds)
    if task.kind in ("multi_class", "ordinal"):
        classes: np.ndarray = np.array(task.label_names)[labels]
        return classes
    values: np.ndarray = np.array(task.values)[labels]
    return values[:, 0] if task.kind == "binary" else values


def numbers(outputs: np.ndarray, task: Task) -> np.ndarray:
    """Return the numbers that outputs stand for: themselves within their range, or the expected
    value of an ordinal.

    Returns:
        `(rows, columns)` float64.

    Example:
        ordinal ("1", "2", "4") [[0.9, 0.5]] -> [[1 + 0.9 * 1 + 0.5 * 2]]
    """
    if task.kind == "ordinal":
        values = rank_values(task)
        expected: np.ndarray = values[0] + outputs.astype(np.float64) @ np.diff(values)[:, None]
        return expected
    clipped = outputs.astype(np.float64)
    return np.clip(clipped, *np.transpose(task.ranges)) if task.kind == "regression" else clipped


def rank_values(task: Task) -> np.ndarray:
    """Return the number each rank of an ordinal task stands for: its name if all names are numbers, else the rank."""
    try:
        return np.array([float(name) for name in task.label_names])
    except ValueError:
        return np.arange(len(task.label_names), dtype=np.float64)
