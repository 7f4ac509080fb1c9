"""Where a run errs, out of fold: confusions, labels, residuals, thresholds, and the rows it gets most wrong."""

from collections.abc import Sequence

import numpy as np

from regard.metrics import registry
from regard.report.content import ReportData
from regard.report.figures import scatter
from regard.report.markup import (
    escape,
    excerpt,
    number,
    row,
    section,
    table,
)
from regard.tasks import Binary, Regression, Targets, Task

_MAX_CLASSES = 30


def mistakes(data: ReportData) -> str:
    """Return where the labels or numbers of the task are missed."""
    if data.task.classes:
        return _confusion_matrix(data)
    return _per_label(data) if data.task.kind == "multi_label" else _residuals(data)


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Count the rows by class and predicted class.

    Args:
        labels: `(rows,)` int.
        predicted: `(rows,)` int.
        n_classes: how many there are.

    Returns:
        `(n_classes, n_classes)` int64; the true class chooses the row.

    Example:
        labels [0, 0, 1], predicted [0, 1, 1], two classes -> [[1, 1], [0, 1]]
    """
    places = labels.astype(np.int64) * n_classes + predicted.astype(np.int64)
    counts: np.ndarray = np.bincount(places, minlength=n_classes * n_classes).reshape(
        n_classes, n_classes
    )
    return counts


def most_wrong_rows(task: Task, labels: np.ndarray, outputs: np.ndarray, n: int) -> np.ndarray:
    """Find the rows that are missed by most: whose truth was held least probable, or whose number
    is farthest off.

    Args:
        task: what is predicted.
        labels: in the task's form.
        outputs: `(rows, n_outputs)`.
        n: how many to return at most.

    Returns:
        Row numbers, the most wrong first; equally wrong ones in their order.

    Example:
        multi_class, labels [0, 1, 0], outputs [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]], two rows -> [1,
        2]
    """
    return _rightness(task, labels, outputs).argsort(kind="stable")[:n]


def worst_rows(data: ReportData) -> str:
    """Return the rows that are missed by most, with their texts."""
    found = most_wrong_rows(data.task, data.truth.labels, data.outputs, data.n_worst_rows)
    rightness = _rightness(data.task, data.truth.labels[found], data.outputs[found])
    of_numbers = data.task.kind in _OF_NUMBERS
    items = []
    for place, right in zip(found, rightness, strict=True):
        true, predicted = _true_and_predicted(data, place)
        how_wrong = "off by" if of_numbers else "probability of the truth"
        items.append(
            f'<li><p class="row"><code>{escape(data.ids[place])}</code> <span>true <b>{escape(true)}</b></span> '
            f"<span>predicted <b>{escape(predicted)}</b></span> "
            f'<span>{how_wrong} <b class="warm">{abs(right):.2g}</b></span></p>\n'
            f"<p>{escape(excerpt(data.texts[place])) or '<i>no text</i>'}</p></li>\n"
        )
    note = "The train rows with the greatest loss, out of fold: hard texts, and often labels worth a second look."
    body = (
        f'<ol class="rows">\n{"".join(items)}</ol>\n' if items else "<p>None were asked for.</p>\n"
    )
    return section("Most wrong", note, body)


def threshold_table(data: ReportData) -> str:
    """Return the tuned thresholds, and how far the score moves between the folds' own best ones."""
    if data.thresholds is None:
        return ""
    folds = data.thresholds["by_fold"]
    columns = [data.thresholds["all_rows"], *(fold["thresholds"] for fold in folds)]
    names = _threshold_names(data.task)
    # Those of classes as multiples of their mean, for the sum of them all is 1.
    scale = len(names) if data.task.kind == "multi_class" else 1
    rows = [
        row((escape(name), *(f"{column[place] * scale:.3f}" for column in columns)))
        for place, name in enumerate(names)
    ]
    own = (number(data.thresholds["score"]), *(number(fold["score"]) for fold in folds))
    honest = (number(data.oof_score), *(number(fold["honest_score"]) for fold in folds))
    rows += [
        row((f"{data.metric}, tuned on these rows", *own)),
        row((f"{data.metric}, tuned on others", *honest)),
    ]
    what = {
        "ordinal": "Cut points on the expected rank",
        "multi_class": "That class is said whose probability is the greatest multiple of its threshold, 1 on average",
    }.get(data.task.kind, "From which probability on yes is said")
    moves = max(abs(fold["score"] - fold["honest_score"]) for fold in folds)
    note = (
        f"{what}: those of all rows make the submission. The scores of this page are of thresholds tuned on the other "
        f"folds; a fold's own best ones would move its score by up to {moves:.4f}."
    )
    head = ("", "all rows", *(f"fold {fold}" for fold in range(len(folds))))
    return section("Thresholds", note, table(head, rows, "thresholds"))


_OF_NUMBERS = ("ordinal", "regression", "soft_labels")


def _rightness(task: Task, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    return task.correctness(labels, outputs)


def _shared_thresholds(data: ReportData) -> np.ndarray:
    return (
        data.task.default_thresholds()
        if data.thresholds is None
        else np.asarray(data.thresholds["all_rows"])
    )


def _threshold_names(task: Task) -> Sequence[str]:
    if task.kind != "ordinal":
        return task.label_names
    return [
        f"{low} | {high}" for low, high in zip(task.label_names, task.label_names[1:], strict=False)
    ]


def _confusion_matrix(data: ReportData) -> str:
    names = data.task.classes
    predicted = data.task.decide(data.outputs, _shared_thresholds(data)).reshape(-1)
    counts = confusion_matrix(data.truth.labels.reshape(-1), predicted, len(names))
    if len(names) > _MAX_CLASSES:
        return _confusions(counts, names)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows = []
    for place, name in enumerate(names):
        cells = "".join(
            f'<td class="{"right" if place == other else "wrong"}" style="--w:{share:.3f}" '
            f'title="{share:.1%} of {escape(name)} predicted as {escape(names[other])}">{count:,}</td>'
            for other, (count, share) in enumerate(zip(counts[place], shares[place], strict=True))
        )
        rows.append(
            f'<tr><th scope="row">{escape(name)}</th>{cells}<td>{shares[place, place]:.1%}</td></tr>\n'
        )
    what = f" of {escape(data.task.label_names[0])}" if data.task.kind == "binary" else ""
    note = f"The truth{what} in rows, the prediction in columns; shaded by the share of the row's total."
    return section("Confusion matrix", note, table(("", *names, "recall"), rows, "confusion"))


def _confusions(counts: np.ndarray, names: Sequence[str]) -> str:
    """The most frequent mistakes, where a matrix would be too large to read."""
    mistakes = counts * (1 - np.eye(len(names), dtype=np.int64))
    places = mistakes.argsort(axis=None, kind="stable")[::-1][:_MAX_CLASSES]
    rows = []
    for place in places[mistakes.flat[places] > 0]:
        true, predicted = divmod(int(place), len(names))
        share = counts[true, predicted] / counts[true].sum()
        cells = (
            escape(names[true]),
            escape(names[predicted]),
            f"{counts[true, predicted]:,}",
            f"{share:.1%}",
        )
        rows.append(row(cells))
    note = f"The most frequent of {mistakes.sum():,} mistakes; the share is that of the true class's rows."
    return section(
        "Confusions", note, table(("true", "predicted", "rows", "share"), rows, "confusions")
    )


def _per_label(data: ReportData) -> str:
    rows = []
    for place, (name, threshold) in enumerate(
        zip(data.task.label_names, _shared_thresholds(data), strict=True)
    ):
        alone, labels = Binary((name,)), data.truth.labels[:, [place]]
        truth, outputs = Targets(labels), data.outputs[:, [place]]
        auc = registry.score("roc_auc", alone, truth, outputs)
        f1 = registry.score("f1", alone, truth, outputs, np.array([threshold]))
        cells = (
            f"{int(labels.sum()):,}",
            f"{labels.mean():.2%}",
            number(auc),
            f"{threshold:.3g}",
            number(f1),
        )
        rows.append(row((escape(name), *cells)))
    head = ("label", "positives", "rate", "ROC AUC", "threshold", "F1")
    return section("Labels", "Out of fold, each label by itself.", table(head, rows, "labels"))


def _residuals(data: ReportData) -> str:
    """Numbers and soft labels: how far each column is off, and a drawing of each."""
    predicted, truth = data.task.numbers(data.outputs), data.truth.labels.astype(np.float64)
    rows, drawings = [], []
    for place, name in enumerate(data.task.label_names):
        off = predicted[:, place] - truth[:, place]
        alone = Regression((name,), ranges=((-np.inf, np.inf),))
        pearson = registry.score(
            "pearson", alone, Targets(truth[:, [place]]), predicted[:, [place]]
        )
        cells = (
            truth[:, place].mean(),
            off.mean(),
            np.abs(off).mean(),
            np.sqrt((off**2).mean()),
            pearson,
        )
        rows.append(row((escape(name), *map(number, cells))))
        if place < _MAX_CLASSES:
            drawing = scatter(truth[:, place], predicted[:, place], f"{name}: predicted over true")
            drawings.append(f"<figure>{drawing}<figcaption>{escape(name)}</figcaption></figure>\n")
    head = ("column", "mean", "mean error", "mean absolute error", "RMSE", "Pearson")
    note = "Predicted over true numbers, out of fold; on the line the two are equal."
    return section(
        "Numbers",
        note,
        table(head, rows, "labels") + f'<div class="curves">{"".join(drawings)}</div>\n',
    )


def _true_and_predicted(data: ReportData, place: int) -> tuple[str, str]:
    """What a row is, and what it was taken for and how surely."""
    return data.task.describe_label(data.truth.labels[place]), data.task.describe_output(
        data.outputs[place], _shared_thresholds(data)
    )
