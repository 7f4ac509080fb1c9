"""The page of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from regard.report.comparison.content import ComparedRun, Comparison
from regard.report.comparison.differences import (
    Difference,
    agreement,
    by_label,
    most_different,
    paired_folds,
)
from regard.report.figures.comparing import curves_of_two, spread_of_draws
from regard.report.formats import excerpt
from regard.report.page import Part, render_page
from regard.report.sections.mistakes import N_OPEN

_TITLES = {
    "runs": "Scores",
    "difference": "Difference",
    "folds": "Folds",
    "settings": "Settings that differ",
    "curves": "Learning curves",
    "agreement": "Agreement",
    "labels": "By label",
    "rows": "Rows that differ most",
}


def render_comparison(data: Comparison, difference: Difference) -> str:
    """Return the comparison as one HTML page; the same data gives the same page.

    Args:
        data: both runs.
        difference: from `difference_of`.
    """
    folds = paired_folds(data)
    score_names, labels = by_label(data)
    values = {
        "data": data,
        "difference": difference,
        "gain": difference.value * data.sign,
        "folds": folds,
        "fold_gains": [data.sign * (second - first) for _, first, second in folds],
        "draws": spread_of_draws(difference.draws, data.metric),
        "curves": _curves(data),
        "agreement": agreement(data),
        "score_names": score_names,
        "labels": labels,
        "rows": _rows(data),
        "n_open": N_OPEN,
        "caption": data.task.correctness_caption,
    }
    sections = ["runs", "difference", "settings", "agreement", "labels", "rows"]
    sections += ["folds"] * bool(folds) + ["curves"] * bool(values["curves"])
    values["sections"] = sections
    return render_page("comparison.html", values, parts=_parts(sections))


def _parts(sections: Sequence[str]) -> list[Part]:
    """Return the table of contents, in the order of the page."""
    return [
        Part(title, [(name, Markup(title))]) for name, title in _TITLES.items() if name in sections
    ]


def _curves(data: Comparison) -> list[tuple[str, Markup]]:
    """Return a title and a figure for each column of the histories; nothing for single epochs."""
    several = [any(len(history["epochs"]) > 1 for history in run.histories) for run in data.runs]
    if not any(several):
        return []
    columns = {
        "score": f"validation {data.first.scores['metric']}",
        "valid_loss": "validation loss",
    }
    if data.first.scores["metric"] != data.second.scores["metric"]:
        del columns["score"]
    histories = [run.histories for run in data.runs]
    return [(title, curves_of_two(histories, column, title)) for column, title in columns.items()]


def _rows(data: Comparison) -> list[dict[str, Any]]:
    return [_row(data, int(row)) for row in most_different(data)]


def _row(data: Comparison, row: int) -> dict[str, Any]:
    label = data.targets.labels[row]
    is_single = len(data.texts) == 1
    return {
        "id": data.ids[row],
        "true": data.task.describe_label(label),
        "predicted": [_prediction(data, run, row) for run in data.runs],
        "texts": [
            ("" if is_single else name, excerpt(texts[row])) for name, texts in data.texts.items()
        ],
    }


def _prediction(data: Comparison, run: ComparedRun, row: int) -> tuple[str, float]:
    """Return the prediction of a row in words, and its correctness or distance."""
    labels = data.targets.labels[[row]]
    correctness = float(data.task.correctness(labels, run.outputs[[row]])[0])
    described = data.task.describe_output(run.outputs[row], run.thresholds)
    return described, float(np.abs(correctness))
