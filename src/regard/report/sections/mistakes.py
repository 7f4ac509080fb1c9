"""Sections on out-of-fold predictions: confusions, residuals, thresholds, worst rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from regard.metrics import registry
from regard.report.content import ReportData
from regard.report.figures import histogram, scatter
from regard.report.formats import excerpt
from regard.tasks import Regression, Targets, Task

N_OPEN = 5  # rows of a list that are shown at once, before the rest is asked for
_MAX_CLASSES = 30
_MAX_FIGURES = 12  # columns of numbers


def confusion(data: ReportData) -> dict[str, Any]:
    """Return the confusion matrix, or of many classes the most frequent confusions."""
    names = data.task.classes
    predicted = data.task.decide(data.held_out.outputs, data.thresholds).reshape(-1)
    counts = confusion_matrix(data.held_out.targets.labels.reshape(-1), predicted, len(names))
    if len(names) > _MAX_CLASSES:
        return {"matrix": None, **_most_frequent_confusions(counts, names)}
    # A class without held-out rows has a row of zeros, not of 0 / 0.
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # Of a binary task the classes are the values of one column, whose name is shown, too.
    one_column = data.task.label_names != names
    return {
        "matrix": [
            list(zip(names, *rows, strict=True)) for rows in zip(counts, shares, strict=True)
        ],
        "names": list(names),
        "distances": _distances(counts) if data.task.rates_texts else None,
        "column": data.task.label_names[0] if one_column else None,
    }


def residuals(data: ReportData) -> dict[str, Any]:
    """Return the errors of each column of numbers, and a figure of the first columns."""
    # Labels may be on another scale than the numbers that people read, such as their logarithms.
    all_labels = data.task.label_numbers(data.held_out.targets.labels)
    all_predicted = data.task.numbers(data.held_out.outputs)
    rows = []
    for index, name in enumerate(data.task.label_names):
        true = all_labels[:, index]
        predicted = all_predicted[:, index]
        error = predicted - true
        drawn = index < _MAX_FIGURES
        rows.append(
            {
                "name": name,
                "mean": true.mean(),
                "mean_error": error.mean(),
                "mean_absolute_error": np.abs(error).mean(),
                "rmse": np.sqrt((error**2).mean()),
                "pearson": _pearson(true, predicted),
                "figure": scatter(true, predicted, salt=f"scatter {index}") if drawn else None,
                "histogram": histogram(
                    error,
                    x_label="predicted minus true",
                    salt=f"residuals {index}",
                    zero=True,
                )
                if drawn
                else None,
            }
        )
    return {"rows": rows}


def thresholds(data: ReportData) -> dict[str, Any]:
    """Return the tuned thresholds, and how much the score depends on the rows they are tuned on."""
    tuned = data.scores["thresholds"]
    folds = tuned["by_fold"]
    columns = [
        data.task.shown_thresholds(np.asarray(values))
        for values in (tuned["all_rows"], *(fold["thresholds"] for fold in folds))
    ]
    return {
        "metric": data.scores["metric"],
        "fold_names": [f"fold {fold}" for fold in data.fold_numbers],
        "explanation": data.task.threshold_note,
        "rows": list(zip(data.task.threshold_names, zip(*columns, strict=True), strict=True)),
        "tuned_scores": [tuned["score"], *(fold["score"] for fold in folds)],
        "honest_scores": [data.scores["oof_score"], *(fold["honest_score"] for fold in folds)],
        "largest_change": max(abs(fold["score"] - fold["honest_score"]) for fold in folds),
    }


def most_wrong(data: ReportData) -> dict[str, Any]:
    """Return the rows that are predicted worst, with their texts."""
    task = data.task
    labels = data.held_out.targets.labels
    outputs = data.held_out.outputs
    worst = most_wrong_rows(task, labels, outputs, data.n_worst_rows)
    correctness = task.correctness(labels[worst], outputs[worst])
    browsed = browsed_rows(data)
    rows = [
        {
            "id": data.held_out.ids[row],
            "true": task.describe_label(labels[row]),
            "predicted": task.describe_output(outputs[row], data.thresholds),
            # Numbers have a distance below zero, so that the farthest row is the worst.
            "correctness": abs(right),
            "texts": named_texts(data, int(row)),
            "browsed": browsed.get(data.held_out.ids[row]),
        }
        for row, right in zip(worst, correctness, strict=True)
    ]
    return {"rows": rows, "n_open": N_OPEN, "caption": task.correctness_caption}


def browsed_rows(data: ReportData) -> dict[str, int]:
    """Return where the browser of explained rows has the train rows: its index of each id.

    Example:
        explained are the train rows "r4" and "r2" and the test row "t9" -> {"r4": 0, "r2": 1}
    """
    if "explanations" not in data.sections:
        return {}
    return {row.id: index for index, row in enumerate(data.browser.rows) if row.part == "train"}


def named_texts(data: ReportData, row: int) -> list[tuple[str, str]]:
    """Return the start of each text of a row with the name of its column; no name of a single one.

    Example:
        a row of a pair -> [("question", "how old is"), ("other", "what is the age of")]
    """
    columns = data.held_out.texts_by_column
    if not columns:
        return [("", excerpt(data.held_out.texts[row]))]
    return [(name, excerpt(texts[row])) for name, texts in columns.items()]


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Count the rows by true and predicted class.

    Args:
        labels: `(rows,)` int.
        predicted: `(rows,)` int.
        n_classes: the number of classes.

    Returns:
        `(n_classes, n_classes)` int64, true classes in rows.

    Example:
        labels [0, 0, 1], predicted [0, 1, 1], two classes -> [[1, 1], [0, 1]]
    """
    # The cell of true class t and predicted class p has the flat index t * n_classes + p.
    cells = labels.astype(np.int64) * n_classes + predicted.astype(np.int64)
    counts: np.ndarray = np.bincount(cells, minlength=n_classes * n_classes)
    return counts.reshape(n_classes, n_classes)


def most_wrong_rows(task: Task, labels: np.ndarray, outputs: np.ndarray, n: int) -> np.ndarray:
    """Return the indices of the rows that are predicted worst.

    Args:
        task: the task.
        labels: in the form of the task.
        outputs: `(rows, n_outputs)`.
        n: the largest number of rows to return.

    Returns:
        `(n,)` int64, the worst row first, ties in their order.

    Example:
        multi_class, labels [0, 1, 0], outputs [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]], n 2 -> [1, 2]
    """
    return task.correctness(labels, outputs).argsort(kind="stable")[:n]


def _distances(counts: np.ndarray) -> list[tuple[int, int, float]]:
    """Return how many rows are so many ranks off: the distance, the rows and their share.

    Example:
        counts [[5, 1], [2, 2]] -> [(0, 7, 0.7), (1, 3, 0.3)]
    """
    ranks = np.arange(len(counts))
    distances = np.abs(ranks[:, None] - ranks)
    by_distance = [int(counts[distances == distance].sum()) for distance in ranks]
    total = max(int(counts.sum()), 1)
    return [(distance, n, n / total) for distance, n in enumerate(by_distance) if n]


def _most_frequent_confusions(counts: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    # counts [[5, 2], [3, 7]] without the diagonal: [[0, 2], [3, 0]]. The flat indices by falling
    # count are [2, 1, 3, 0]; 2 = 1 * 2 + 0 is true class 1, predicted as class 0.
    mistakes = counts * (1 - np.eye(len(names), dtype=np.int64))
    cells = mistakes.argsort(axis=None, kind="stable")[::-1][:_MAX_CLASSES]
    rows = []
    for cell in cells[mistakes.flat[cells] > 0]:
        true, predicted = divmod(int(cell), len(names))
        count = counts[true, predicted]
        rows.append((names[true], names[predicted], count, count / counts[true].sum()))
    return {"rows": rows, "n_mistakes": mistakes.sum()}


def _pearson(true: np.ndarray, predicted: np.ndarray) -> float:
    # Endless ranges: these numbers are final and must not be clipped.
    task = Regression(("column",), ranges=((-np.inf, np.inf),))
    return registry.score("pearson", task, Targets(true[:, None]), predicted[:, None])
