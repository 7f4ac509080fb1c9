"""From which prediction on a label is said.

One half is seldom the best threshold for a metric that compares labels, nor are 0.5, 1.5, ... the best cut points
between the ranks of an ordinal task. Both are tuned on out-of-fold predictions. How much of the gain is real is told by
thresholds that were tuned on the other folds.

Every metric of labels is a function of confusion matrices. So rows are counted once between neighbouring candidates,
and the metric of all candidates follows from running sums of these counts.
"""

import math
from dataclasses import dataclass

import numpy as np

from regard.config import ThresholdsConfig
from regard.metrics import METRICS, needs_labels, score
from regard.task import Task, Truth, decide, default_thresholds, expected_ranks

_N_CANDIDATES = 1000  # at most about so many for a threshold
_N_SWEEPS = 20  # it takes two or three until nothing changes
_HALF = np.array([0.5])
_ALIKE = 1e-10  # scores that differ by less differ by rounding


@dataclass(frozen=True, eq=False)
class FoldThresholds:
    """The thresholds of one fold's rows.

    Attributes:
        fold: its number.
        thresholds: tuned on its own rows.
        honest_thresholds: tuned on the rows of all other folds.
        score: of its rows, with its own thresholds.
        honest_score: of its rows, with those of the other folds.
        shared_score: of its rows, with those that were tuned on all rows.
    """

    fold: int
    thresholds: np.ndarray
    honest_thresholds: np.ndarray
    score: float
    honest_score: float
    shared_score: float


@dataclass(frozen=True, eq=False)
class Tuned:
    """Tuned thresholds and what they are worth.

    Attributes:
        thresholds: of the form of `task.default_thresholds`, tuned on all rows: for the submission.
        score: with them, on the rows they were tuned on.
        honest_score: with each fold's rows decided by thresholds that were tuned on the other folds' rows.
        by_fold: of each fold, in their order.
    """

    thresholds: np.ndarray
    score: float
    honest_score: float
    by_fold: tuple[FoldThresholds, ...]


def is_tuned(metric: str, task: Task) -> bool:
    """Return whether a metric of this kind of task depends on thresholds."""
    return needs_labels(metric) and task.kind in ("binary", "multi_label", "ordinal")


def score_at_best(config: ThresholdsConfig, metric: str, task: Task, truth: Truth, outputs: np.ndarray) -> float:
    """Return the score of outputs; of a metric of labels, where `config` asks for it, at their own best thresholds."""
    thresholds = None
    if config.tuned and is_tuned(metric, task):
        thresholds = tune(metric, task, truth, outputs, per_label=config.per_label)
    return score(metric, task, truth, outputs, thresholds)


def tune(metric: str, task: Task, truth: Truth, outputs: np.ndarray, *, per_label: bool = True) -> np.ndarray:
    """Find the thresholds that score best.

    Of those that score alike, the nearest to the default is taken. Cut points of an ordinal task are moved one at a
    time until none gets better, once from the default, once from those that give each rank as often as it is.

    Args:
        metric: the name of a metric of labels.
        task: what is predicted.
        truth: labels, and their weights if any.
        outputs: `(rows, n_outputs)`.
        per_label: multi_label: a threshold for each label, or one for all.

    Returns:
        float64, of the form of `task.default_thresholds`; these themselves where `is_tuned` is false, where there are
        no rows, and where an output is NaN.

    Example:
        f1, labels [0, 0, 1, 1], outputs [0.1, 0.2, 0.3, 0.9] -> [0.25]
    """
    defaults = default_thresholds(task)
    if not is_tuned(metric, task) or len(outputs) == 0 or np.isnan(outputs).any():
        return defaults
    labels = truth.labels.astype(np.int64).reshape(len(outputs), -1)
    if task.kind == "multi_label" and task.n_outputs > 1:
        return _tune_columns(metric, Truth(labels, truth.weights), outputs.astype(np.float64), per_label=per_label)
    values = expected_ranks(outputs) if task.kind == "ordinal" else outputs[:, 0].astype(np.float64)
    return _tune_cuts(metric, Truth(labels[:, 0], truth.weights), values, defaults)


def tune_over_folds(
    metric: str, task: Task, truth: Truth, outputs: np.ndarray, folds: np.ndarray, *, per_label: bool
) -> Tuned:
    """Tune thresholds on out-of-fold predictions, and find out what they are worth on rows they were not tuned on.

    Args:
        metric: the name of a metric of labels.
        task: what is predicted.
        truth: labels, and their weights if any.
        outputs: `(rows, n_outputs)` out-of-fold predictions.
        folds: `(rows,)` the fold of each row; rows of fold -1 have no prediction and are left out.
        per_label: multi_label: a threshold for each label, or one for all.

    Returns:
        Thresholds of all rows and of each fold, with their scores; a score is NaN where an output is.
    """
    kept = folds >= 0
    truth, outputs, folds = truth.take(kept), outputs[kept], folds[kept]
    shared = tune(metric, task, truth, outputs, per_label=per_label)
    decided, by_fold = decide(outputs, task, shared), []
    for fold in np.unique(folds):
        rows = folds == fold
        honest = tune(metric, task, truth.take(~rows), outputs[~rows], per_label=per_label)
        own_truth, own = truth.take(rows), outputs[rows]
        best = tune(metric, task, own_truth, own, per_label=per_label)
        scores = [score(metric, task, own_truth, own, thresholds) for thresholds in (best, honest, shared)]
        decided[rows] = decide(own, task, honest)
        by_fold.append(FoldThresholds(int(fold), best, honest, *scores))
    shared_score = score(metric, task, truth, outputs, shared)
    honest_score = math.nan if math.isnan(shared_score) else METRICS[metric].function(task, truth, decided)
    return Tuned(shared, shared_score, honest_score, tuple(by_fold))


def _tune_columns(metric: str, truth: Truth, outputs: np.ndarray, *, per_label: bool) -> np.ndarray:
    """Thresholds of several labels a row, each moved in turn while the others stay.

    Every metric is one sum over the columns divided by another, so what cannot be bettered in any one column is the
    best of all.
    """
    columns = np.arange(outputs.shape[1])
    groups = columns[:, None] if per_label else columns[None]
    grids = [_candidates(outputs[:, group].ravel(), truth.labels[:, group].ravel(), _HALF) for group in groups]
    parts = [_parts(metric, truth, outputs, group, grid) for group, grid in zip(groups, grids, strict=True)]
    places = [int(np.searchsorted(grid, 0.5)) for grid in grids]
    for _ in range(_N_SWEEPS):
        before = list(places)
        for at, grid in enumerate(grids):
            chosen = np.array([part[:, place] for part, place in zip(parts, places, strict=True)])
            others = np.delete(chosen, at, axis=0).sum(axis=0)[:, None]
            places[at] = _best(_ratio(*(others + parts[at])), grid, 0.5)
        if places == before:
            break
    return np.full(len(columns), [grid[place] for grid, place in zip(grids, places, strict=True)])


def _parts(metric: str, truth: Truth, outputs: np.ndarray, group: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """`(2, candidates)`, the two sums of a metric over some columns, if all have the same threshold."""
    every, sums = np.arange(len(grid))[:, None], np.zeros((2, len(grid)))
    for column in group:
        confusion = _confusion(_below(grid, outputs[:, column], truth.labels[:, column], truth.weights, 2), every)
        right, said, there = confusion[:, 1, 1], confusion[:, 1].sum(axis=1), confusion[:, :, 1].sum(axis=1)
        f1 = _ratio(2 * right, said + there)
        sums += {
            "accuracy": (right + confusion[:, 0, 0], confusion.sum(axis=(1, 2))),
            "f1_macro": (f1, np.ones_like(f1)),
            "f1_micro": (2 * right, said + there),
            "f1_weighted": (there * f1, there),
        }[metric]
    return sums


def _tune_cuts(metric: str, truth: Truth, values: np.ndarray, defaults: np.ndarray) -> np.ndarray:
    """The threshold of a yes or no, or the cut points between ranks, from the better of two starts."""
    n_ranks = len(defaults) + 1
    grid = _candidates(values, truth.labels, defaults)
    below = _below(grid, values, truth.labels, truth.weights, n_ranks)
    # Where as many rows lie below a cut point as have a lower rank.
    at_rates = np.searchsorted(below.sum(axis=1), np.cumsum(below[-1])[:-1]).clip(max=len(grid) - 1)
    found = [_move_cuts(metric, below, grid, start, defaults) for start in (np.searchsorted(grid, defaults), at_rates)]
    scores = _scores(metric, _confusion(below, np.stack(found)))
    best: np.ndarray = grid[found[int(scores[1] > scores[0] + _ALIKE)]]
    return best


def _move_cuts(metric: str, below: np.ndarray, grid: np.ndarray, start: np.ndarray, defaults: np.ndarray) -> np.ndarray:
    """Move each cut point in turn to the best candidate between its neighbours, until none moves."""
    cuts = start.copy()
    for _ in range(_N_SWEEPS):
        before = cuts.copy()
        for at, default in enumerate(defaults):
            low = cuts[at - 1] if at else 0
            high = cuts[at + 1] if at + 1 < len(cuts) else len(grid) - 1
            tried = np.repeat(cuts[None], high - low + 1, axis=0)
            tried[:, at] = np.arange(low, high + 1)
            scores = _scores(metric, _confusion(below, tried))
            cuts[at] = low + _best(scores, grid[low : high + 1], default)
        if np.array_equal(cuts, before):
            break
    return cuts


def _candidates(values: np.ndarray, labels: np.ndarray, defaults: np.ndarray) -> np.ndarray:
    """Sorted thresholds worth trying: the defaults, and the middle between a value and the next lower one.

    They are spread over the rows of each class alike, for most values of a rare label's column are those of its
    negatives.
    """
    n_each = _N_CANDIDATES // (len(defaults) + 1)
    picked = []
    for label in range(len(defaults) + 1):
        of_label = np.unique(values[labels == label])
        picked.append(of_label[np.linspace(0, len(of_label) - 1, min(n_each, len(of_label))).round().astype(int)])
    levels, upper = np.unique(values), np.unique(np.concatenate(picked))
    lower = levels[(np.searchsorted(levels, upper) - 1).clip(0)]
    above_all = np.nextafter(levels[-1], np.inf)
    return np.unique(np.concatenate([lower + (upper - lower) / 2, defaults, [above_all]]))


def _below(
    grid: np.ndarray, values: np.ndarray, labels: np.ndarray, weights: np.ndarray | None, n_labels: int
) -> np.ndarray:
    """`(candidates + 1, labels)`, the weight of each label's rows below each candidate; the last line has all rows."""
    reached = np.searchsorted(grid, values, side="right")
    counts = np.bincount(reached * n_labels + labels, weights, minlength=(len(grid) + 1) * n_labels)
    return counts.reshape(-1, n_labels).cumsum(axis=0).astype(np.float64)


def _confusion(below: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """Confusion matrices `(tried, predicted, true)` of cut points `(tried, cuts)`, given by their places."""
    ends = (len(tried), 1, below.shape[1])
    edges = (np.zeros(ends), below[tried], np.broadcast_to(below[-1], ends))
    return np.diff(np.concatenate(edges, axis=1), axis=1)


def _scores(metric: str, confusion: np.ndarray) -> np.ndarray:
    """The metric of each of some confusion matrices of single labels."""
    right = np.diagonal(confusion, axis1=1, axis2=2)
    predicted, true, n_rows = confusion.sum(axis=2), confusion.sum(axis=1), confusion.sum(axis=(1, 2))
    f1 = _ratio(2 * right, predicted + true)
    if metric == "f1":
        return f1[:, 1]
    if metric == "f1_macro":  # labels that are neither there nor predicted do not count
        return _ratio(f1.sum(axis=1), (predicted + true > 0).sum(axis=1))
    if metric == "f1_weighted":
        return _ratio((true * f1).sum(axis=1), n_rows)
    if metric == "matthews_correlation":
        return _matthews_correlation(right, predicted, true)
    if metric == "quadratic_weighted_kappa":
        return _kappa(confusion, predicted, true)
    return _ratio(right.sum(axis=1), n_rows)  # accuracy, and f1_micro is the same for single labels


def _matthews_correlation(right: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    n_rows = true.sum(axis=1)
    covariance = n_rows * right.sum(axis=1) - (predicted * true).sum(axis=1)
    variances = [n_rows**2 - (part**2).sum(axis=1) for part in (predicted, true)]
    correlation = _ratio(covariance, np.sqrt(variances[0] * variances[1]))
    return np.where(_vary(predicted) & _vary(true), correlation, 0.0)


def _kappa(confusion: np.ndarray, predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    ranks = np.arange(confusion.shape[1])
    distances = (ranks[:, None] - ranks) ** 2
    observed = (distances * confusion).sum(axis=(1, 2))
    expected = np.einsum("ij,ni,nj->n", distances, predicted, true) / true.sum(axis=1)
    return np.where(_vary(predicted), 1.0 - _ratio(observed, expected), 0.0)


def _vary(counts: np.ndarray) -> np.ndarray:
    """Whether more than one label occurs."""
    several: np.ndarray = (counts > 0).sum(axis=1) > 1
    return several


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Their ratio; 0 where there is nothing."""
    ratio: np.ndarray = np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)
    return ratio


def _best(scores: np.ndarray, grid: np.ndarray, default: float) -> int:
    """The place of the best score; among those alike, of the candidate nearest to the default."""
    alike = np.flatnonzero(scores >= scores.max() - _ALIKE)
    return int(alike[np.abs(grid[alike] - default).argmin()])
