"""Find out whether the labels of train follow the order of its rows."""

import numpy as np

from regard.competitions.check.findings import LabelOrder

_MIN_ROWS = 50
_SORTED = 0.98  # neighbours with the same label: more than that is a sorted file
_MANY_STDS = 6.0  # beyond chance; far, as there may be many columns
_N_PARTS = 10
_MIN_EFFECT = 0.1  # of Cramer's V: smaller drifts are certain in many rows, but of no weight


def measure_order(strata: np.ndarray, names: tuple[str, ...]) -> LabelOrder | None:
    """Compare the labels of neighbouring rows, and those of each tenth of the rows.

    Args:
        strata: of `Task.strata`: `(rows,)` int, or `(rows, labels)` bool. Of labels in columns the
            column that follows the order most counts.
        names: of the label columns.

    Returns:
        None for few rows, and for labels in random order.
    """
    columns = strata.T if strata.ndim == 2 else strata[None]
    if len(strata) < _MIN_ROWS:
        return None
    found = []
    for name, column in zip(names if len(columns) > 1 else ("",), columns, strict=False):
        _, classes = np.unique(column, return_inverse=True)
        if classes.max(initial=0) > 0:
            found.append(_order_of(name, classes))
    most = max(found, key=lambda order: max(order.stds, order.effect), default=None)
    if most is None or (most.stds < _MANY_STDS and most.effect < _MIN_EFFECT):
        return None
    return most


def _order_of(name: str, classes: np.ndarray) -> LabelOrder:
    """Return how much one column of labels follows the order of the rows.

    Args:
        name: of the column; empty for a single one.
        classes: `(rows,)` int from 0.

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
    moved = int(np.abs(shares[-1] - shares[0]).argmax())
    return LabelOrder(
        column=name,
        is_sorted=same > max(_SORTED, 1 - 3 * len(counts) / n_rows) and expected < _SORTED,
        same=same,
        expected=expected,
        stds=(same - expected) / std,
        effect=float(effect) if is_certain else 0.0,
        label=moved,
        first_share=float(shares[0, moved]),
        last_share=float(shares[-1, moved]),
    )
