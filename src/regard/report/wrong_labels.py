"""Labels that are likely wrong, by confident learning from out-of-fold predictions.

A class is likely in a row whose probability of it reaches the mean of the rows labelled with it.
Where another class than the given one is likely, the label is suspect; the further its probability
is above that of the given class, the more so.

    labelled a: P(a) = 0.9, 0.7, 0.2    the mean is 0.6
    labelled b: P(b) = 0.8, 0.6         the mean is 0.7
    third row: P(b) = 0.8 >= 0.7, so a is likely wrong, and b is suggested

Numbers have no classes: they are suspect where the error is far from the usual errors.

Reference:
    Northcutt, Jiang & Chuang (2021), Confident learning: estimating uncertainty in dataset labels,
    Journal of Artificial Intelligence Research 70.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regard.report.content import HeldOutRows
from regard.tasks import Task

_FAR = 4.0  # robust standard deviations; 1 in 16,000 of a normal distribution
_TO_STD = 1.4826  # times the median absolute deviation is the standard deviation of a normal one


@dataclass(frozen=True, eq=False)
class WrongLabels:
    """Labels that are likely wrong, the likeliest first.

    Attributes:
        rows: `(labels,)` int64, their rows among those held out.
        columns: `(labels,)` int64, their label columns; 0 for classes of one column.
        given: the labels as they are.
        suggested: the labels that the models suggest.
        strength: `(labels,)` float64: the probability of the suggested label, or how many robust
            standard deviations a number is from its prediction.
    """

    rows: np.ndarray
    columns: np.ndarray
    given: list[str]
    suggested: list[str]
    strength: np.ndarray

    def __len__(self) -> int:
        """Return the number of labels."""
        return len(self.rows)


def find_wrong_labels(task: Task, held_out: HeldOutRows) -> WrongLabels:
    """Return the labels of held-out rows that are likely wrong."""
    if not task.has_classes:
        return _far_numbers(task, held_out)
    labels, outputs = held_out.targets.labels, held_out.outputs
    if task.classes:
        given = labels.reshape(-1).astype(np.int64)
        rows, suggested, strength = suspects(task.class_probabilities(outputs), given)
        names = list(task.classes)
        return WrongLabels(
            rows,
            np.zeros_like(rows),
            [names[label] for label in given[rows]],
            [names[label] for label in suggested],
            strength,
        )
    return _of_columns(task, labels, outputs.astype(np.float64))


def suspects(
    probabilities: np.ndarray, given: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows whose labels are likely wrong, the likeliest first.

    Args:
        probabilities: `(rows, classes)` float64.
        given: `(rows,)` int64, the labels.

    Returns:
        The rows, the suggested classes, and the probabilities of these.
    """
    rows = np.arange(len(given))
    own = probabilities[rows, given]
    counts = np.bincount(given, minlength=probabilities.shape[1])
    sums = np.bincount(given, weights=own, minlength=probabilities.shape[1])
    # No row is likely to have a class that no row is labelled with.
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    likely = np.where(probabilities >= means, probabilities, -1.0)
    suggested = likely.argmax(axis=1)
    is_wrong = (likely.max(axis=1, initial=-1.0) > own) & (suggested != given)
    found = np.flatnonzero(is_wrong)
    strength = probabilities[found, suggested[found]]
    order = (own[found] - strength).argsort(kind="stable")
    return found[order], suggested[found][order], strength[order]


def wrong_labels_table(task: Task, held_out: HeldOutRows) -> pd.DataFrame:
    """Return all likely wrong labels as a table, for likely_wrong_labels.csv.

    Returns:
        The columns `id`, `fold`, `given`, `suggested` and `probability` (of the suggested label) or
        `deviations`; of several label columns also `column`. All str but the fold and the last.
    """
    found = find_wrong_labels(task, held_out)
    folds = held_out.folds
    columns = {
        "id": [held_out.ids[int(row)] for row in found.rows],
        "fold": None if folds is None else folds[found.rows],
        "column": [task.label_names[int(column)] for column in found.columns],
        "given": found.given,
        "suggested": found.suggested,
        strength_name(task): found.strength.round(4),
    }
    if task.classes or len(task.label_names) == 1:
        del columns["column"]
    return pd.DataFrame({name: cells for name, cells in columns.items() if cells is not None})


def strength_name(task: Task) -> str:
    """Return the name of the values of `WrongLabels.strength`."""
    return "probability" if task.has_classes else "deviations"


def _of_columns(task: Task, labels: np.ndarray, outputs: np.ndarray) -> WrongLabels:
    """Return suspects of several columns of positive and negative labels."""
    parts = []
    for column in range(outputs.shape[1]):
        positive = outputs[:, column]
        both = np.stack([1.0 - positive, positive], axis=1)
        given = (labels[:, column] > 0.5).astype(np.int64)
        rows, suggested, strength = suspects(both, given)
        parts.append((rows, np.full_like(rows, column), suggested, strength))
    rows, columns, suggested, strength = map(np.concatenate, zip(*parts, strict=True))
    # Of two values, that of the given one is the rest; so the strength alone gives the order.
    order = (-strength).argsort(kind="stable")
    negative, positive_name = pair_names(task)
    names = np.array([negative, positive_name], dtype=object)[suggested[order]]
    others = np.array([positive_name, negative], dtype=object)[suggested[order]]
    return WrongLabels(
        rows[order], columns[order], others.tolist(), names.tolist(), strength[order]
    )


def pair_names(task: Task) -> tuple[str, str]:
    """Return the names of the negative and the positive value of a label column."""
    values = task.written_values
    # Tags have no values: a row has them, or it does not.
    return (values[0], values[1]) if values != task.label_names else ("no", "yes")


def _far_numbers(task: Task, held_out: HeldOutRows) -> WrongLabels:
    """Return the numbers that are far from their prediction, by the usual errors of the column."""
    given = task.label_numbers(held_out.targets.labels)
    predicted = task.numbers(held_out.outputs)
    errors = given - predicted
    centered = errors - np.median(errors, axis=0)
    spread = _TO_STD * np.median(np.abs(centered), axis=0)
    # With more than half of the errors equal there is no usual error to compare with.
    deviations = np.abs(centered) / np.where(spread > 0, spread, np.inf)
    rows, columns = np.nonzero(deviations > _FAR)
    strength = deviations[rows, columns]
    order = (-strength).argsort(kind="stable")
    rows, columns = rows[order], columns[order]
    return WrongLabels(
        rows,
        columns,
        [f"{number:.6g}" for number in given[rows, columns]],
        # No more decimals than the predictions deserve: a hundredth of their usual error.
        [
            f"{number:.{_n_decimals(spread[column])}f}"
            for number, column in zip(predicted[rows, columns], columns, strict=True)
        ],
        strength[order],
    )


def _n_decimals(error: float) -> int:
    """Return how many decimals numbers with such an error deserve, one more than it has.

    Example:
        0.7 -> 2, 0.05 -> 3, 12 -> 0
    """
    return max(0, 1 - math.floor(math.log10(error)))
