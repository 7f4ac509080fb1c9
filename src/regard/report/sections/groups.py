"""Scores by group of rows: by length, unknown words, columns and folds; and the weakest groups."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from regard.errors import ConfigError
from regard.metrics import registry
from regard.report.content import ReportData
from regard.report.slices import find_slices
from regard.report.traits import Traits

_N_QUANTILES = 5
_MAX_GROUPS = 12  # values of a column
_MAX_LENGTH = 80  # characters of a value, such as a prompt


def groups(data: ReportData) -> dict[str, Any]:
    """Return the score and the mean loss of groups of rows, group by group."""
    rows = np.arange(len(data.held_out.ids))
    losses = data.task.row_losses(data.held_out.outputs, data.held_out.targets.labels)
    tables = [
        {"name": name, "rows": [_row(data, losses, label, kept) for label, kept in found.items()]}
        for name, found in _groupings(data, Traits(data, rows))
        if len(found) > 1
    ]
    return {
        "metric": data.scores["metric"],
        "loss": losses.mean(),
        "loss_name": _loss_name(data),
        "tables": tables,
    }


def weak_slices(data: ReportData) -> dict[str, Any]:
    """Return the groups of rows with the highest loss that a shallow decision tree finds."""
    found = find_slices(data)
    rows = [
        {
            "conditions": one.conditions,
            **_row(data, found.losses, "", one.rows),
            "share": len(one.rows) / found.n_scored,
            "loss_found": one.loss_found,
        }
        for one in found.slices
    ]
    return {
        "metric": data.scores["metric"],
        "loss_name": _loss_name(data),
        # A comparison with NaN, the error of a single row, is false.
        "rows": [{**row, "is_clear": row["loss"] - found.loss > 2 * row["error"]} for row in rows],
        "loss": found.loss,
        "n_found": found.n_found,
        "n_scored": found.n_scored,
    }


def _row(data: ReportData, losses: np.ndarray, label: str, rows: np.ndarray) -> dict[str, Any]:
    """Return the row of a table for a group.

    Args:
        data: the report.
        losses: `(held-out rows,)`.
        label: the name of the group.
        rows: the numbers of its rows.
    """
    own = losses[rows]
    return {
        "label": label if len(label) <= _MAX_LENGTH else f"{label[:_MAX_LENGTH]} …",
        "n_rows": len(rows),
        "share": len(rows) / len(losses),
        "score": _score(data, rows),
        "loss": own.mean() if len(own) else np.nan,
        "error": own.std(ddof=1) / np.sqrt(len(own)) if len(own) > 1 else np.nan,
    }


def _score(data: ReportData, rows: np.ndarray) -> float:
    """Return the score of some rows.

    Returns:
        NaN if the metric refuses these rows, or is that of a plugin that is not loaded.
    """
    name = data.scores["metric"]
    metric = registry.METRICS.find(name)
    if metric is None or not metric.suits(data.task):
        return np.nan
    targets = data.held_out.targets.take(rows)
    outputs = data.held_out.outputs[rows]
    try:
        return registry.score(name, data.task, targets, outputs, data.thresholds)
    except ConfigError:  # a function of the user, such as an AUC of rows with one label
        return np.nan


def _groupings(data: ReportData, traits: Traits) -> Iterator[tuple[str, Mapping[str, np.ndarray]]]:
    """Yield the name of each grouping, and the numbers of the rows of each group by its name."""
    unit = "tokens" if data.held_out.tokens else "words"
    yield f"length in {unit}", by_quantiles(traits.lengths, "{:,.0f}")
    yield "share of unknown words", by_quantiles(traits.unknown, "{:.1%}")
    for name, cells in traits.columns.items():
        yield f"column {name}", by_value(cells)
    if data.held_out.folds is not None:
        yield "fold", by_value(data.held_out.folds.astype(str).astype(object))


def by_quantiles(values: np.ndarray, form: str) -> dict[str, np.ndarray]:
    """Return groups of about equally many rows, by rising value; equal values share a group.

    Args:
        values: `(rows,)`.
        form: the format of a value.

    Example:
        [1, 1, 2, 3] in two groups -> {"1": [0, 1], "2 to 3": [2, 3]}
    """
    if not len(values):
        return {}
    inner = np.linspace(0, 1, _N_QUANTILES + 1)[1:-1]
    edges = np.unique(np.quantile(values, inner, method="lower"))
    bins = np.searchsorted(edges, values)
    found: dict[str, np.ndarray] = {}
    for number in np.unique(bins):
        rows = np.flatnonzero(bins == number)
        ends = [form.format(end) for end in (values[rows].min(), values[rows].max())]
        name = ends[0] if ends[0] == ends[1] else " to ".join(ends)
        # Values may differ by less than the format shows.
        found[name] = np.concatenate([found.get(name, rows[:0]), rows])
    return found


def by_value(cells: np.ndarray) -> dict[str, np.ndarray]:
    """Return the rows of the most frequent values, in their order, and of all others together.

    Args:
        cells: `(rows,)` str, as objects: of a fixed width, long cells would take much memory.

    Example:
        ["b", "a", "b"] -> {"a": [1], "b": [0, 2]}
    """
    values, codes, counts = np.unique(cells, return_inverse=True, return_counts=True)
    frequent = np.sort((-counts).argsort(kind="stable")[:_MAX_GROUPS])
    found = {str(values[code]) or "empty": np.flatnonzero(codes == code) for code in frequent}
    others = np.flatnonzero(~np.isin(codes, frequent))
    n_others = len(values) - len(frequent)
    return {**found, f"{n_others:,} other values": others} if n_others else found


def _loss_name(data: ReportData) -> str:
    return "squared error" if data.task.has_units else "log loss"
