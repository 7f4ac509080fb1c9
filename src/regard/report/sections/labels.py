"""The section on each label: how frequent it is, and how well it is found."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from regard.metrics import registry
from regard.report.content import ReportData
from regard.tasks import Binary, Targets

_MAX_LABELS = 100


def labels(data: ReportData) -> dict[str, Any]:
    """Return the frequency and the scores of each label, or of the most frequent ones."""
    names, positive, decided, scores = _by_label(data)
    thresholds = _thresholds(data)
    order = np.arange(len(names))
    if len(names) > _MAX_LABELS:
        order = np.sort((-positive.sum(axis=0)).argsort(kind="stable")[:_MAX_LABELS])
    weights = data.held_out.targets.weights
    rows = [
        {
            "name": names[index],
            "n_rows": int(positive[:, index].sum()),
            "share": positive[:, index].mean(),
            **label_scores(positive[:, index], decided[:, index], weights),
            "roc_auc": registry.score(
                "roc_auc",
                Binary(("label",)),  # each label by itself is a binary task
                Targets(positive[:, [index]].astype(np.float32), weights),
                scores[:, [index]],
            ),
            "threshold": thresholds.get(names[index]),
        }
        for index in order
    ]
    return {
        "rows": rows,
        "n_labels": len(names),
        "has_thresholds": bool(thresholds),
        "explanation": data.task.threshold_note,
    }


def label_scores(
    positive: np.ndarray, decided: np.ndarray, weights: np.ndarray | None = None
) -> dict[str, float]:
    """Return the precision, recall and F1 of a label; NaN where they are 0 / 0.

    Args:
        positive: `(rows,)` bool, whether a row has the label.
        decided: `(rows,)` bool, whether it is predicted.
        weights: `(rows,)`; None: all rows count alike.

    Example:
        [True, True, False], [True, False, True] -> precision 0.5, recall 0.5, f1 0.5
    """
    of_rows = np.ones(len(positive)) if weights is None else weights
    right = (of_rows * (positive & decided)).sum()
    n_positive = (of_rows * positive).sum()
    n_decided = (of_rows * decided).sum()
    with np.errstate(invalid="ignore"):
        return {
            "precision": right / n_decided,
            "recall": right / n_positive,
            "f1": 2 * right / (n_positive + n_decided),
        }


def _by_label(data: ReportData) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray]:
    """Return names of labels, which rows have them, which are predicted, and the probabilities.

    Returns:
        The names, and three arrays `(rows, labels)`: bool, bool, and float.
    """
    task, outputs = data.task, data.held_out.outputs
    found = data.held_out.targets.labels
    decided = task.decide(outputs, data.thresholds)
    if not task.classes:
        return task.label_names, found > 0.5, decided > 0, outputs
    classes = np.arange(len(task.classes))
    return (
        task.classes,
        found.reshape(-1, 1) == classes,
        decided.reshape(-1, 1) == classes,
        task.class_probabilities(outputs),
    )


def _thresholds(data: ReportData) -> Mapping[str, float]:
    """Return the threshold of each label; of two values that of the positive one alone."""
    task = data.task
    # Default thresholds of classes are all alike.
    if task.classes and data.scores["thresholds"] is None:
        return {}
    shown = np.ravel(task.shown_thresholds(data.thresholds)).tolist()
    if len(shown) == 1 and task.classes:
        return {task.classes[-1]: shown[0]}
    names = task.classes or task.label_names
    # Cut points are between labels, and so belong to none.
    return dict(zip(names, shown, strict=True)) if task.threshold_names == names else {}
