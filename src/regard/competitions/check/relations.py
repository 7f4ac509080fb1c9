"""Lines of the report on how rows relate: similar texts, train against test, the order of rows."""

import numpy as np

from regard.competitions.check.findings import Findings, LabelOrder, Similar
from regard.competitions.check.similar import SIMILARITY
from regard.data.drift import Drift
from regard.tasks import Task

_ALIKE = 0.6  # an AUC below says that train and test are alike
_APART = 0.7  # an AUC from here on is a warning
_MAX_GRID = 30  # values of labels that look like a grid
_ROWS_PER_VALUE = 10
_MANY_SIMILAR = 0.01  # of the train rows, from which on the score is flattered


def relation_rows(findings: Findings) -> list[tuple[str, ...]]:
    """Return the rows of the table of figures."""
    similar, drift = findings.similar, findings.drift
    rows: list[tuple[str, ...]] = [
        (
            "train texts similar",
            f"{similar.n_in_train:,} rows",
            f"{similar.n_in_train / max(similar.n_read, 1):.1%}",
            _pairs(similar.first_in_train),
        ),
        (
            "  with different labels",
            f"{similar.n_conflicts:,} pairs",
            _pairs(similar.first_conflicts),
        ),
        ("test similar to train", f"{similar.n_in_test:,} rows", _pairs(similar.first_in_test)),
    ]
    if drift is not None:
        alike = ": alike" if drift.auc < _ALIKE else ""
        rows.append(("train against test", f"AUC {drift.auc:.2f}{alike}"))
    return rows


def relation_warnings(findings: Findings) -> list[str]:
    """Return a line for each relation that a user should act on, or need not."""
    lines = [*_similar_line(findings.similar), *_drift_line(findings.drift)]
    return [*lines, *_order_line(findings.order)]


def grid_line(task: Task, labels: np.ndarray) -> str:
    """Return a line on labels of numbers that take few values; an empty string for others.

    Args:
        task: the task.
        labels: of train, in the form of the task.
    """
    if task.has_classes or task.grids:
        return ""
    most = max(len(np.unique(column)) for column in labels.T)
    if most > _MAX_GRID or most * _ROWS_PER_VALUE > len(labels):
        return ""
    return (
        f"the labels take at most {most} values in a column; if a submission should hold these "
        "alone, or the metric is a rank correlation, set competition.label_grid=auto, which cuts "
        "predictions to them"
    )


def _similar_line(similar: Similar) -> list[str]:
    if similar.n_in_train < _MANY_SIMILAR * similar.n_read:
        return []
    return [
        f"warning: {similar.n_in_train:,} train texts differ from another one by few words, and a "
        "model scores well on a text whose neighbour it was trained on; set "
        f"folds.near_duplicates={SIMILARITY} to keep them in one fold"
    ]


def _drift_line(drift: Drift | None) -> list[str]:
    if drift is None or drift.auc < _APART:
        return []
    return [
        f"warning: the words tell train from test (AUC {drift.auc:.2f}); words of train: "
        f"{', '.join(drift.train_words)}; words of test: {', '.join(drift.test_words)}; the score "
        "out of fold may not hold for test: look for another source, time or format, and fold by "
        "it with competition.group_column, or with folds.kind=time"
    ]


def _order_line(order: LabelOrder | None) -> list[str]:
    if order is None:
        return []
    column = f" ({order.column})" if order.column else ""
    if order.is_sorted:
        return [f"train is sorted by label{column}; this does no harm, as folds shuffle the rows"]
    if order.effect:
        label = repr(order.label) if order.label else "one range of numbers"
        return [
            f"warning: the labels{column} drift along the rows: {label} is in "
            f"{order.first_share:.0%} of the first tenth of the rows and {order.last_share:.0%} of "
            "the last; if their order is that of time, and test comes later, name the column of "
            "the time in competition.time_column and set folds.kind=time"
        ]
    return [
        f"neighbouring train rows have the same label{column} in {order.same:.0%} of cases, "
        f"{order.expected:.0%} by chance; if they belong together, such as texts of one author, "
        "name their column in competition.group_column"
    ]


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    listed = ", ".join(f"{one} and {other}" for one, other in pairs[:2])
    return f"(first ids: {listed})" if listed else ""
