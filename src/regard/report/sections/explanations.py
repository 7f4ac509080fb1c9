"""The section on the words of single rows, weighed by why a row is predicted as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from regard.report.content import BrowserRow, ReportData
from regard.report.faithfulness import faithfulness_rows, percent_of
from regard.report.row_browser import as_json_block, browser_values
from regard.runs.explained import WeighedWords

# Shown where no script runs.
_N_ROWS = 3
_MAX_WORDS = 150


def explanations(data: ReportData) -> dict[str, Any]:
    """Return rows for the script of the page, and a few of them for readers without scripts."""
    rows = data.browser.rows
    if not rows:
        return {"n_rows": 0}
    values = browser_values(data)
    (method, *_) = values["methods"]
    first = [row for row in rows if method["name"] in row.methods][:_N_ROWS]
    return {
        "n_rows": len(rows),
        "json": as_json_block(values),
        "rows": [_static_row(row, data, method["name"]) for row in first],
        **{name: method[name] for name in ("title", "meaning", "faithfulness")},
        **_measured(data, values["methods"]),
    }


def _measured(data: ReportData, methods: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the table of the faithfulness of the methods; no rows if nothing was measured."""
    measured = data.browser.faithfulness
    titles = {method["name"]: method["title"] for method in methods}
    return {
        "measured": faithfulness_rows(titles, measured),
        "n_measured": measured.get("n_rows", 0),
        "share": percent_of(measured) if measured else "",
        "prediction": "probability" if data.task.has_classes else "number",
    }


def _static_row(row: BrowserRow, data: ReportData, method: str) -> dict[str, Any]:
    task = data.task
    return {
        "id": row.id,
        "true": None if row.label is None else task.describe_label(row.label),
        "predicted": task.describe_output(row.output, data.thresholds),
        "texts": shaded_texts(row.methods[method]),
    }


def shaded_texts(words: WeighedWords) -> list[dict[str, Any]]:
    """Return the first words of each text, shaded relative to the largest weight of the row.

    The weights are the mean over models and heads.
    """
    weights = np.asarray(words.weights, np.float64).mean(axis=(0, 1))
    # Without any word there is no largest weight; nor if all weights are zero.
    largest = np.abs(weights).max(initial=0.0) or 1.0
    several = len(words.texts) > 1
    texts = []
    start = 0
    for column, pieces in words.texts:
        shown: Sequence[str] = pieces[:_MAX_WORDS]
        texts.append(
            {
                "column": column if several else "",
                "words": [
                    _shaded(piece, float(weight), largest)
                    for piece, weight in zip(shown, weights[start:], strict=False)
                ],
                "n_more": len(pieces) - len(shown),
            }
        )
        start += len(pieces)
    return texts


def _shaded(piece: str, weight: float, largest: float) -> dict[str, Any]:
    word = piece.lstrip()
    return {
        "space": piece[: len(piece) - len(word)],
        "text": word,
        "weight": weight,
        "shade": abs(weight) / largest,
        "is_against": weight < 0,
    }
