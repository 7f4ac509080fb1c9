"""How well outputs rank rows: ROC and precision-recall curves, and the areas below them."""

from typing import Any

import numpy as np

from regard.report.content import ReportData
from regard.report.figures import COLORS, Line, css_color, lines


def ranking(data: ReportData) -> dict[str, Any]:
    """Return the curves of the outputs with most positive rows, and their areas.

    An output is a binary label, one label of several, one class against the rest, or being above a
    rank.
    """
    from sklearn.metrics import precision_recall_curve, roc_curve

    targets = data.held_out.targets
    positive = data.task.ideal_outputs(targets.labels) > 0.5
    # Curves need a row of each kind.
    drawable = np.flatnonzero(positive.any(axis=0) & ~positive.all(axis=0))
    most = drawable[(-positive[:, drawable].sum(axis=0)).argsort(kind="stable")][: len(COLORS)]
    rows, roc, recall = [], [], []
    for index, color in zip(most, COLORS, strict=False):
        is_positive, scores = positive[:, index], data.held_out.outputs[:, index]
        false, true, _ = roc_curve(is_positive, scores, sample_weight=targets.weights)
        precision, found, _ = precision_recall_curve(
            is_positive, scores, sample_weight=targets.weights
        )
        roc.append(Line(false, true, color))
        # From the highest threshold to the lowest, as the ROC curve goes.
        recall.append(Line(found[::-1], precision[::-1], color))
        rows.append(
            {
                "name": data.task.probability_names[index],
                "color": css_color(color),
                "n_positives": int(is_positive.sum()),
                "share": is_positive.mean(),
                "roc_auc": float(np.trapezoid(true, false)),
                "average_precision": float(-np.sum(np.diff(found) * precision[:-1])),
            }
        )
    return {"rows": rows, "n_outputs": data.task.n_outputs, **_figures(roc, recall)}


def _figures(roc: list[Line], recall: list[Line]) -> dict[str, Any]:
    if not roc:
        return {"roc": None, "precision_recall": None}
    return {
        "roc": lines(
            roc,
            x_label="false positive rate",
            y_label="true positive rate",
            salt="roc",
            diagonal=True,
        ),
        "precision_recall": lines(
            recall, x_label="recall", y_label="precision", salt="precision recall"
        ),
    }
