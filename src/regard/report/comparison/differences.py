"""How far two runs differ: in the score, by drawing rows; fold by fold; in their decisions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from regard.metrics import registry
from regard.metrics.registry import METRICS
from regard.report.bootstrap import draw_scores
from regard.report.comparison.content import ComparedRun, Comparison
from regard.tasks import Binary, Targets


@dataclass(frozen=True, eq=False)
class Difference:
    """The difference of the scores of two runs, the second less the first.

    Attributes:
        scores: of the first and of the second run, on the rows of both.
        draws: `(draws,)` float64: the difference in each draw of rows.
        low: the lower end of its 95 % interval; NaN if it is not defined.
        high: the upper end.
        share: of the draws, those in which the second run is better.
        n_draws: the number of draws in which both scores are defined.
    """

    scores: tuple[float, float]
    draws: np.ndarray
    low: float
    high: float
    share: float
    n_draws: int

    @property
    def value(self) -> float:
        """The second score less the first."""
        return self.scores[1] - self.scores[0]

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def difference_of(data: Comparison) -> Difference:
    """Draw rows with replacement, the same for both runs, and score both each time.

    Rows that are hard for one run are mostly hard for the other, so the difference is much surer
    than either score.

    Reference:
        Koehn 2004, Statistical significance tests for machine translation evaluation.
    """
    predictions = [data.compared(run) for run in data.runs]
    scores, draws = draw_scores(data.metric, data.task, data.targets, predictions, data.groups)
    whole = (float(scores[0]), float(scores[1]))
    value = whole[1] - whole[0]
    found = value + draws[:, 1] - draws[:, 0]
    found = found[np.isfinite(found)]
    if len(found) * 2 < len(draws) or not math.isfinite(value):
        return Difference(whole, found, math.nan, math.nan, math.nan, len(found))
    low, high = np.quantile(found, [0.025, 0.975])
    share = float((found * data.sign > 0).mean())
    return Difference(whole, found, float(low), float(high), share, len(found))


def paired_folds(data: Comparison) -> list[tuple[int, float, float]]:
    """Return the number and both scores of each fold; nothing for runs with other folds."""
    if not data.has_same_folds:
        return []
    first, second = (
        dict(zip(run.folds, run.scores["fold_scores"], strict=True)) for run in data.runs
    )
    return [(fold, first[fold], second[fold]) for fold in sorted(first.keys() & second.keys())]


def agreement(data: Comparison) -> dict[str, Any]:
    """Count the rows by which run is right, and test whether the counts of one alone are even.

    Of tasks without classes, the rows by which run is nearer, and how alike the numbers are.

    Returns:
        `same`: the share of rows with the same decision, or the correlation of the numbers;
        `both`, `first`, `second` and `neither`: numbers of rows; `p`: of the exact test.

    Reference:
        McNemar 1947, Note on the sampling error of the difference between correlated proportions.
    """
    if data.task.has_classes:
        first, second = (data.is_right(run).all(axis=1) for run in data.runs)
        shape = (len(data.ids), -1)
        decided = [run.decided.reshape(shape) for run in data.runs]
        same = float((decided[0] == decided[1]).all(axis=1).mean())
    else:
        errors = [-data.task.correctness(data.targets.labels, run.outputs) for run in data.runs]
        first, second = errors[0] < errors[1], errors[1] < errors[0]
        same = _correlation(*(data.task.numbers(run.outputs) for run in data.runs))
    only_first = int((first & ~second).sum())
    only_second = int((second & ~first).sum())
    return {
        "same": same,
        "both": int((first & second).sum()),
        "first": only_first,
        "second": only_second,
        "neither": int((~first & ~second).sum()),
        "p": even_odds(only_first, only_second),
    }


def even_odds(first: int, second: int) -> float:
    """Return the probability of counts at least so uneven if both were equally likely.

    Example:
        0, 6 -> 0.03125; 3, 3 -> 1
    """
    from scipy.stats import binomtest

    return float(binomtest(first, first + second).pvalue) if first + second else 1.0


def by_label(data: Comparison) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the scores of each class, label column or column of numbers.

    Returns:
        The names of the scores, and for each label its `name`, its `count` of rows if it has one,
        and `pairs`: for each score its values of both runs.
    """
    find = {"confusion": _of_classes, "labels": _of_columns, "residuals": _of_numbers}
    return find[data.task.report_section](data)


def most_different(data: Comparison) -> np.ndarray:
    """Return the rows whose correctness differs most, `(n,)`, those with the greatest first."""
    first, second = (data.task.correctness(data.targets.labels, run.outputs) for run in data.runs)
    return np.abs(second - first).argsort(kind="stable")[::-1][: data.n_shown]


def _of_classes(data: Comparison) -> tuple[list[str], list[dict[str, Any]]]:
    labels = data.targets.labels.reshape(-1).astype(np.int64)
    names = data.task.classes
    counts = np.bincount(labels, minlength=len(names))
    scores = []
    for run in data.runs:
        decided = run.decided.reshape(-1)
        right = np.bincount(labels[decided == labels], minlength=len(names))
        found = np.bincount(decided, minlength=len(names))
        # A class that is never predicted has no precision.
        with np.errstate(invalid="ignore", divide="ignore"):
            scores.append((right / counts, right / found))
    rows = [
        {
            "name": name,
            "count": int(counts[index]),
            "pairs": [(scores[0][kind][index], scores[1][kind][index]) for kind in (0, 1)],
        }
        for index, name in enumerate(names)
    ]
    return ["recall", "precision"], rows


def _of_columns(data: Comparison) -> tuple[list[str], list[dict[str, Any]]]:
    rows = []
    for index, name in enumerate(data.task.label_names):
        scores = [_column_scores(data, run, index) for run in data.runs]
        count = int(data.targets.labels[:, index].sum())
        rows.append({"name": name, "count": count, "pairs": list(zip(*scores, strict=True))})
    return ["ROC AUC", "F1"], rows


def _column_scores(data: Comparison, run: ComparedRun, index: int) -> tuple[float, float]:
    # Each column by itself is a binary task, so the scores of those apply.
    task = Binary((data.task.label_names[index],))
    targets = Targets(data.targets.labels[:, [index]])
    return (
        registry.score("roc_auc", task, targets, run.outputs[:, [index]]),
        METRICS["f1"].score(task, targets, run.decided[:, [index]]),
    )


def _of_numbers(data: Comparison) -> tuple[list[str], list[dict[str, Any]]]:
    true = data.task.label_numbers(data.targets.labels)
    errors = [data.task.numbers(run.outputs) - true for run in data.runs]
    mean = [np.abs(error).mean(axis=0) for error in errors]
    root = [np.sqrt((error**2).mean(axis=0)) for error in errors]
    rows = [
        {
            "name": name,
            "count": None,
            "pairs": [(mean[0][index], mean[1][index]), (root[0][index], root[1][index])],
        }
        for index, name in enumerate(data.task.label_names)
    ]
    return ["mean absolute error", "RMSE"], rows


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean over columns of Pearson's correlation; NaN where a column is constant."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [
            np.corrcoef(first[:, column], second[:, column])[0, 1]
            for column in range(first.shape[1])
        ]
    return float(np.mean(found))
