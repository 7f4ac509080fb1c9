"""Metrics of labels from how many rows there are of each kind, for many candidates at once."""

import numpy as np

_ALIKE = 1e-10  # scores that differ by less differ by rounding


def scores_of_confusions(metric: str, confusion: np.ndarray) -> np.ndarray:
    """Return the metric of confusion matrices `(matrices, predicted, true)` of single labels."""
    predicted, true = confusion.sum(axis=2), confusion.sum(axis=1)
    if metric == "quadratic_weighted_kappa":
        return _kappa(confusion, predicted, true)
    return scores_of_sums(metric, np.diagonal(confusion, axis1=1, axis2=2), predicted, true)


def scores_of_sums(
    metric: str, right: np.ndarray, predicted: np.ndarray, true: np.ndarray
) -> np.ndarray:
    """Return a metric that does not ask for which label another one is said.

    Args:
        metric: any of labels but the kappa.
        right: `(candidates, labels)`, the weight of the rows of each label for which it is said.
        predicted: `(candidates, labels)`, that of the rows for which each is said.
        true: `(candidates, labels)`, that of the rows of each.
    """
    n_rows = true.sum(axis=1)
    f1 = ratio(2 * right, predicted + true)
    if metric == "f1":
        return f1[:, 1]
    if metric == "f1_macro":  # labels that are neither there nor predicted do not count
        return ratio(f1.sum(axis=1), (predicted + true > 0).sum(axis=1))
    if metric == "f1_weighted":
        return ratio((true * f1).sum(axis=1), n_rows)
    if metric == "matthews_correlation":
        return _matthews_correlation(right, predicted, true)
    return ratio(right.sum(axis=1), n_rows)  # accuracy, and f1_micro is the same for single labels


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return their ratio; 0 where there is nothing."""
    found: np.ndarray = np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)
    return found


def best_candidate(scores: np.ndarray, candidates: np.ndarray, default: float) -> int:
    """Return the place of the best score; among those alike, of the candidate nearest to the default."""
    alike = np.flatnonzero(scores >= scores.max() - _ALIKE)
    return int(alike[np.abs(candidates[alike] - default).argmin()])


def is_better(score: float, other: float) -> bool:
    """Return whether a score is greater by more than rounding."""
    return bool(score > other + _ALIKE)


def _matthews_correlation(right: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    n_rows = true.sum(axis=1)
    covariance = n_rows * right.sum(axis=1) - (predicted * true).sum(axis=1)
    variances = [(n_rows**2 - (part**2).sum(axis=1)).clip(0) for part in (predicted, true)]
    correlation = ratio(covariance, np.sqrt(variances[0] * variances[1]))
    return np.where(_vary(predicted) & _vary(true), correlation, 0.0)


def _kappa(confusion: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    ranks = np.arange(confusion.shape[1])
    distances = (ranks[:, None] - ranks) ** 2
    observed = (distances * confusion).sum(axis=(1, 2))
    expected = np.einsum("ij,ni,nj->n", distances, predicted, true) / true.sum(axis=1)
    return np.where(_vary(predicted), 1.0 - ratio(observed, expected), 0.0)


def _vary(counts: np.ndarray) -> np.ndarray:
    """Whether more than one label occurs."""
    several: np.ndarray = (counts > 0).sum(axis=1) > 1
    return several
