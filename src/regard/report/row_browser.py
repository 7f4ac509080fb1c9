"""The data of the browser of explained rows, as JSON that a script of the page reads.

Weights take one byte each: the page then holds thousands of rows.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from regard.report.content import BrowserRow, ReportData
from regard.report.faithfulness import by_faithfulness, faithfulness_sentence
from regard.report.formats import replace_harmful
from regard.runs.explaining import METHODS

_LEVELS = 127  # of a signed byte
# Inside a script element, these could end it or begin a comment; the last two end lines of scripts.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def browser_values(data: ReportData) -> dict[str, Any]:
    """Return the values of the JSON block: the methods, the names and the rows.

    Args:
        data: with rows to browse.
    """
    browser = data.browser
    names = label_names(data)
    columns = list(dict.fromkeys(column for row in browser.rows for column in _columns(row)))
    models = list(dict.fromkeys(model for row in browser.rows for model in row.models))
    return {
        "methods": [
            {
                "name": name,
                "title": method_title(name),
                "meaning": _capitalized(METHODS[name].meaning),
                "signed": METHODS[name].signed,
                "faithfulness": faithfulness_sentence(name, browser.faithfulness, data.task),
            }
            for name in by_faithfulness(browser.methods, browser.faithfulness)
        ],
        "columns": [replace_harmful(column) for column in columns],
        "labels": [replace_harmful(name) for name in names],
        "models": [model_title(model) for model in models],
        "caption": data.task.correctness_caption,
        "rows": [_row_values(row, data, columns, models) for row in browser.rows],
    }


def as_json_block(values: Any) -> Markup:
    r"""Return JSON for a script element, which no text in it can end.

    Example:
        ["</script>"] -> '["\u003c/script\u003e"]'
    """
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_ESCAPES))


def model_title(model: str) -> str:
    """Return the name of a model for people.

    Example:
        "fold_2" -> "fold 2", "refit" -> "model of all rows"
    """
    return "model of all rows" if model == "refit" else model.replace("_", " ")


def method_title(name: str) -> str:
    """Return the name of a method for people.

    Example:
        "leave_one_out" -> "leave one out"
    """
    return name.replace("_", " ")


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def label_names(data: ReportData) -> Sequence[str]:
    """Return the labels that rows can be filtered by; none for numbers."""
    task = data.task
    return task.classes or (task.label_names if task.has_classes else ())


def _row_values(
    row: BrowserRow, data: ReportData, columns: Sequence[str], models: Sequence[str]
) -> dict[str, Any]:
    task = data.task
    texts = list(dict.fromkeys(words.texts for words in row.methods.values()))
    values: dict[str, Any] = {
        "id": replace_harmful(row.id),
        "part": row.part,
        "predicted": replace_harmful(task.describe_output(row.output, data.thresholds)),
        "guesses": _guessed(data, row.output),
        "models": [models.index(model) for model in row.models],
        "texts": [
            [[columns.index(column), list(map(replace_harmful, words))] for column, words in text]
            for text in texts
        ],
        "methods": {
            name: {"texts": texts.index(words.texts), **packed_weights(words.weights)}
            for name, words in row.methods.items()
        },
    }
    if row.label is not None:
        label = np.asarray(row.label)[None]
        values["true"] = replace_harmful(task.describe_label(label[0]))
        values["labels"] = _positive(data, label)
        values["correctness"] = round(float(task.correctness(label, row.output[None])[0]), 4)
        if label_names(data):
            values["right"] = values["labels"] == values["guesses"]
    return values


def _guessed(data: ReportData, output: np.ndarray) -> list[int]:
    """Return the indices of the predicted labels of one row; none for numbers."""
    if not label_names(data):
        return []
    return _positive(data, data.task.decide(output[None], data.thresholds))


def _positive(data: ReportData, labels: np.ndarray) -> list[int]:
    """Return the indices of the labels of one row; none for numbers.

    Example:
        of three classes [2] -> [2]; of three label columns [[1, 0, 1]] -> [0, 2]
    """
    if data.task.classes:
        return [int(labels.reshape(-1)[0])]
    return np.flatnonzero(labels[0] > 0.5).tolist() if label_names(data) else []


def packed_weights(weights: np.ndarray) -> dict[str, Any]:
    """Return weights as a signed byte each, with the weight that each view's 127 has.

    Args:
        weights: `(models, heads, words)`.

    Returns:
        `heads`; `scales`, one for each model and head, model by model; and `bytes` in base64,
        in the order of the weights.

    Example:
        [[[0.5, -0.25]]] -> heads 1, scales [0.5], the bytes 127 and -64
    """
    n_models, n_heads, n_words = weights.shape
    flat = np.asarray(weights, np.float64).reshape(n_models * n_heads, n_words)
    scales = np.abs(flat).max(axis=1, initial=0.0)
    levels = np.rint(flat / np.where(scales > 0, scales, 1.0)[:, None] * _LEVELS).astype(np.int8)
    return {
        "heads": n_heads,
        "scales": [float(f"{scale:.4g}") for scale in scales],
        "bytes": base64.b64encode(levels.tobytes()).decode("ascii"),
    }


def _columns(row: BrowserRow) -> list[str]:
    return [column for words in row.methods.values() for column, _ in words.texts]
