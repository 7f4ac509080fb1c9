"""Find out whether the labels of train follow the order of its rows."""

import numpy as np

from regard.competitions.check.findings import LabelOrder
from regard.tasks import Task

_MIN_ROWS = 50
_SORTED = 0.98  # neighbours with the same label: more than that is a sorted file
_MANY_STDS = 6.0  # beyond chance; far, as there may be many columns
_N_PARTS = 10
_MIN_EFFECT = 0.1  # of Cramer's V: smaller drifts are certain in many rows, but of no weight


def measure_order(task: Task, labels: np.ndarray) -> LabelOrder | None:
    """Compare the labels of neighbouring rows, and those of each tenth of the rows.

    Args:
        task: gives the strata of the labels. Of several columns of them, the one that follows the
            order most counts.
        labels: of the rows in their order, in the form of the task.

    Returns:
        None for few rows, and for labels in random order.
    """
    strata = task.strata(labels)
    if len(strata) < _MIN_ROWS:
        return None
    columns = strata.T if strata.ndim == 2 else strata[None]
    names = task.label_names if strata.ndim == 2 else ("",)
    found = []
    for name, column in zip(names, columns, strict=True):
        values, classes = np.unique(column, return_inverse=True)
        if len(values) > 1:
            known = task.classes or ("no", "yes")
            shown = [known[int(value)] for value in values] if task.has_classes else None
            found.append(_order_of(name, classes, shown))
    most = max(found, key=lambda order: max(order.stds, order.effect), default=None)
    if most is None or (most.stds < _MANY_STDS and most.effect < _MIN_EFFECT):
        return None
    return most


def _order_of(name: str, classes: np.ndarray, labels: list[str] | None) -> LabelOrder:
    """Return how much one column of labels follows the order of the rows.

    Args:
        name: of the column; empty for a single one.
        classes: `(rows,)` int from 0.
        labels: the names of the classes; None for ranges of numbers.

    Example:
        [0, 0, 1, 1] -> 2 of 3 neighbours have the same label, expected 1 of 3
    """
    n_rows = len(classes)
    counts = np.bincount(classes)
    same = float((classes[1:] == classes[:-1]).mean())
    # Of all pairs of rows, so many have the same label.
    expected = float((counts * (counts - 1)).sum() / (n_rows * (n_rows - 1)))
    std = np.sqrt(max(expected * (1 - expected), 1e-9) / (n_rows - 1))
    parts = np.arange(n_rows) * _N_PARTS // n_rows
    table = np.bincount(parts * len(counts) + classes, minlength=_N_PARTS * len(counts))
    table = table.reshape(_N_PARTS, len(counts))
    by_chance = table.sum(axis=1, keepdims=True) * counts / n_rows
    chi2 = float((np.square(table - by_chance) / by_chance).sum())
    freedom = (_N_PARTS - 1) * (len(counts) - 1)
    # By chance chi2 is about the degrees of freedom, with a variance of twice that.
    is_certain = chi2 > freedom + _MANY_STDS * np.sqrt(2 * freedom)
    effect = np.sqrt(chi2 / (n_rows * min(_N_PARTS - 1, len(counts) - 1)))
    shares = table / table.sum(axis=1, keepdims=True)
    # Of two labels that move alike, the last one is the positive one.
    moved = len(counts) - 1 - int(np.abs(shares[-1] - shares[0]).round(9)[::-1].argmax())
    return LabelOrder(
        column=name,
        is_sorted=same > max(_SORTED, 1 - 3 * len(counts) / n_rows) and expected < _SORTED,
        same=same,
        expected=expected,
        stds=(same - expected) / std,
        effect=float(effect) if is_certain else 0.0,
        label=labels[moved] if labels else "",
        first_share=float(shares[0, moved]),
        last_share=float(shares[-1, moved]),
    )
