"""Metrics of labels, computed from confusion tables of many candidates at once.

Every metric of labels is a function of how many rows have each label and get each label. Tuning
thresholds compares hundreds of candidates; a score is the case of one candidate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from regard.tasks import Targets, Task


@dataclass(frozen=True, eq=False)
class Confusion:
    """The weight of the rows by label and prediction, for each of some candidates.

    Attributes:
        right: `(candidates, labels)` float64, of the rows that have a label and get it.
        predicted: `(candidates, labels)`, of the rows that get it.
        true: `(candidates, labels)`, of the rows that have it.
        n_rows: of all rows.
        tables: `(candidates, predicted, true)`; None where only the sums above are counted, since
            a table of many classes is large.
        one_label: whether a row has exactly one of the labels; else each label is a column that is
            positive or negative by itself, and its positive cells are counted.
    """

    right: np.ndarray
    predicted: np.ndarray
    true: np.ndarray
    n_rows: float
    tables: np.ndarray | None = None
    one_label: bool = True


# from counts of candidates to their scores, `(candidates,)` float64
Scores = Callable[[Confusion], np.ndarray]


@dataclass(frozen=True)
class RatioOfSums:
    """A metric that is one sum over labels divided by another; 0 where the divisor is 0.

    To move the threshold of one of several columns changes one term of each sum. So thresholds of
    many columns are tuned much faster for such a metric than for any other function of the counts.

    Attributes:
        terms: from counts to the terms of both sums, each `(candidates, labels)`.

    Example:
        terms [[1, 2]] and [[2, 4]] -> [3 / 6]
    """

    terms: Callable[[Confusion], tuple[np.ndarray, np.ndarray]]

    def __call__(self, found: Confusion) -> np.ndarray:
        """Return the score of each candidate, `(candidates,)` float64."""
        parts, wholes = self.terms(found)
        return ratio(parts.sum(axis=1), wholes.sum(axis=1))

    def negated(self) -> "RatioOfSums":
        """Return the metric times -1, for one of which lower scores are better."""

        def terms(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
            parts, wholes = self.terms(found)
            return -parts, wholes

        return RatioOfSums(terms)


def from_tables(tables: np.ndarray) -> Confusion:
    """Return the counts of tables `(candidates, predicted, true)`.

    Example:
        one table [[2, 1], [0, 3]] -> right [[2, 3]], predicted [[3, 3]], true [[2, 4]]
    """
    return Confusion(
        right=np.diagonal(tables, axis1=1, axis2=2),
        predicted=tables.sum(axis=2),
        true=tables.sum(axis=1),
        n_rows=float(tables[0].sum()),
        tables=tables,
    )


def count_classes(
    labels: np.ndarray, candidates: np.ndarray, n_classes: int, weights: np.ndarray
) -> Confusion:
    """Count classes without a table.

    Args:
        labels: `(rows,)` int, the true classes.
        candidates: `(candidates, rows)` int, the predicted classes.
        n_classes: the number of classes.
        weights: `(rows,)` float64.
    """
    right, predicted = np.zeros((2, len(candidates), n_classes))
    for index, classes in enumerate(candidates):
        hit = classes == labels
        predicted[index] = np.bincount(classes, weights, n_classes)
        right[index] = np.bincount(classes[hit], weights[hit], n_classes)
    true = np.broadcast_to(np.bincount(labels, weights, n_classes), right.shape)
    return Confusion(right, predicted, true, n_rows=float(weights.sum()))


def count_labels(task: Task, targets: Targets, decided: np.ndarray) -> Confusion:
    """Count the rows of one candidate: the labels that `Task.decide` returned.

    Args:
        task: the task, with labels.
        targets: labels of the rows, and their weights if any.
        decided: in the form of the labels.
    """
    n_rows = len(decided)
    weights = np.ones(n_rows) if targets.weights is None else targets.weights
    labels, decided = targets.labels.astype(np.int64), decided.astype(np.int64)
    if task.threshold_search == "columns":
        # Sums over rows of the cells that are both, predicted, and true.
        sums = [weights @ cells for cells in (labels * decided, decided, labels)]
        right, predicted, true = np.array(sums)[:, None]
        return Confusion(right, predicted, true, float(weights.sum()), one_label=False)
    labels, decided = labels.reshape(n_rows), decided.reshape(n_rows)
    n_labels = max(len(task.classes), 2)
    if task.threshold_search == "classes":
        return count_classes(labels, decided[None], n_labels, weights)
    # Each pair of labels has its own number: of two labels, predicted 1 and true 0 is 1 * 2 + 0.
    counts = np.bincount(decided * n_labels + labels, weights, n_labels**2)
    return from_tables(counts.reshape(1, n_labels, n_labels))


@RatioOfSums
def accuracy(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of the share of right rows; of right cells if a row has several labels."""
    if found.one_label:
        return found.right, found.true
    # A cell is wrong if it is either true or predicted but not both: 3 + 2 - 2 * 1 = 3.
    n_right = found.n_rows - (found.true + found.predicted - 2 * found.right)
    return n_right, np.full_like(n_right, found.n_rows)


def f1_of_labels(found: Confusion) -> np.ndarray:
    """Return the F1 of each label, `(candidates, labels)`; 0 where it does not occur."""
    return ratio(2 * found.right, found.predicted + found.true)


def f1(found: Confusion) -> np.ndarray:
    """Return the F1 of the positive label."""
    return f1_of_labels(found)[:, 1]


@RatioOfSums
def f1_macro(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of the mean F1 of the labels.

    Classes that no row has or gets do not count.
    """
    counted = (found.predicted + found.true > 0) | (not found.one_label)
    return f1_of_labels(found), counted.astype(np.float64)


@RatioOfSums
def f1_micro(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of the F1 of all labels together; of classes it is the accuracy."""
    return 2 * found.right, found.predicted + found.true


@RatioOfSums
def f1_weighted(found: Confusion) -> tuple[np.ndarray, np.ndarray]:
    """Return the terms of the mean F1 of the labels, each weighted by its rows."""
    return found.true * f1_of_labels(found), found.true


def matthews_correlation(found: Confusion) -> np.ndarray:
    """Return the correlation of true and predicted classes; 0 where either is constant.

    Reference:
        Gorodkin (2004), Comparing two K-category assignments by a K-category correlation
        coefficient, Computational Biology and Chemistry 28.
    """
    n_rows = found.true.sum(axis=1)
    covariance = n_rows * found.right.sum(axis=1) - (found.predicted * found.true).sum(axis=1)
    # Rounding may bring a variance just below zero.
    variances = [
        (n_rows**2 - (counts**2).sum(axis=1)).clip(0) for counts in (found.predicted, found.true)
    ]
    correlation = ratio(covariance, np.sqrt(variances[0] * variances[1]))
    return np.where(_vary(found.predicted) & _vary(found.true), correlation, 0.0)


def cohen_kappa(found: Confusion) -> np.ndarray:
    """Return how much more often labels agree than by chance; 0 where one is predicted throughout.

    Reference:
        Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological
        Measurement 20.
    """
    n_rows = found.true.sum(axis=1)
    # By chance, so many rows of a label get it: predicted * true / n_rows.
    expected = ratio((found.predicted * found.true).sum(axis=1), n_rows)
    kappa = ratio(found.right.sum(axis=1) - expected, n_rows - expected)
    return np.where(_vary(found.predicted), kappa, 0.0)


def quadratic_weighted_kappa(found: Confusion) -> np.ndarray:
    """Return how much smaller squared distances of ranks are than by chance.

    0, no better than chance, where one rank is predicted throughout, even if no row has another.

    Reference:
        Cohen (1968), Weighted kappa, Psychological Bulletin 70.
    """
    return _weighted_kappa(found, power=2)


def linear_weighted_kappa(found: Confusion) -> np.ndarray:
    """Return how much smaller distances of ranks are than by chance, see the quadratic kappa."""
    return _weighted_kappa(found, power=1)


def _weighted_kappa(found: Confusion, *, power: int) -> np.ndarray:
    if found.tables is None:
        raise TypeError("a weighted kappa needs tables, not only sums")
    ranks = np.arange(found.true.shape[1])
    distances = np.abs(ranks[:, None] - ranks) ** power
    observed = (distances * found.tables).sum(axis=(1, 2))
    # By chance, rank i is predicted for rows of rank j as often as predicted_i * true_j / n_rows.
    pairs = np.einsum("ij,ni,nj->n", distances, found.predicted, found.true)
    expected = pairs / found.true.sum(axis=1)
    return np.where(_vary(found.predicted), 1.0 - ratio(observed, expected), 0.0)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, 0 where the whole is 0."""
    # Without `where`, numpy would warn of 0 / 0.
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)


def _vary(counts: np.ndarray) -> np.ndarray:
    """Return whether more than one label occurs, `(candidates,)` bool."""
    return (counts > 0).sum(axis=1) > 1
