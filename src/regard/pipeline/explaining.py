"""The command that explains the prediction of one text, word by word."""

from __future__ import annotations

import json
import logging
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.data.rows import Rows
from regard.errors import ConfigError, DataError, shell_command
from regard.pipeline.finished import open_run
from regard.runs.explaining import METHODS, as_row

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

_WIDTH = 80
_MAX_WORDS = 40  # shown, those of the largest weights
_MAX_WORD_WIDTH = 24


def explain_text(
    config: Config, text: str = "", run: str = "latest", method: str = "auto"
) -> pd.DataFrame:
    """Log what a finished run predicts for a text, and a table of the words with their weights.

    Args:
        config: the settings of the command.
        text: the text; if the run reads several columns, a JSON object of their cells.
        run: see `open_run`.
        method: a name in `runs.explaining.METHODS`, or auto.

    Returns:
        The table.

    Raises:
        ConfigError: there is no text, no such run or no such method.
        DataError: the text lacks a column.
    """
    if not text.strip():
        example = shell_command("explain", config.competition.name, text="...")
        raise ConfigError(f"there is no text to explain; give one: {example}")
    opened = open_run(config, run)
    row = _parse_row(text, opened)
    outputs = opened.predictor().outputs(Rows(as_row(opened, row)))
    table = opened.explain(row, method=method or "auto")
    decision = opened.task.describe_output(outputs[0], opened.thresholds)
    _log.info("%s predicts %s", opened.name, decision)
    chosen = table.attrs["method"]
    _log.info("weights: %s (%s)", METHODS[chosen].meaning, chosen)
    for line in table_lines(table):
        _log.info("%s", line)
    return table


def _parse_row(text: str, run: Run) -> str | Mapping[str, Any]:
    """Return the text, or the row that it describes if the run reads several columns."""
    columns = run.input_columns
    if len(columns) == 1:
        return text
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        given = columns if run.joined is None else run.joined.columns_to_give(columns, ())
        example = json.dumps(dict.fromkeys(given, "..."), ensure_ascii=False)
        raise DataError(
            f"run {run.name} reads {len(columns)} columns; give their cells as a JSON object: "
            f"text='{example}'"
        )
    return row


def table_lines(table: pd.DataFrame) -> Iterator[str]:
    """Yield the lines of a table of words, each with its weight and a bar.

    Args:
        table: from `Run.explain`.

    Example:
        a          0.250  ########
        film       0.750  ########################
    """
    weights = table["weight"].to_numpy()
    # A stable sort: of equal weights, those of the first words.
    shown = np.sort(np.argsort(-np.abs(weights), kind="stable")[:_MAX_WORDS])
    words = [_shortened(word) for word in table["word"].iloc[shown]]
    word_width = max(map(_display_width, words), default=0)
    bar_width = _WIDTH - word_width - 12
    largest = np.abs(weights).max(initial=0.0) or 1.0
    # Bars show the sign where there is one.
    marks = "-+" if (weights < 0).any() else "##"
    columns = table["column"].iloc[shown].tolist()
    several = table["column"].nunique() > 1
    for index, word in enumerate(words):
        if several and columns[index] not in columns[:index]:
            yield f"{_shortened(columns[index])}:"
        weight = weights[shown[index]].round(3) + 0.0  # -0.0 is shown as 0
        bar = marks[int(weight > 0)] * round(abs(weights[shown[index]]) / largest * bar_width)
        padding = " " * (word_width - _display_width(word))
        yield f"  {word}{padding} {weight:7.3f}  {bar}".rstrip()
    if len(table) > len(words):
        yield f"  and {len(table) - len(words)} words of smaller weights"


def _shortened(word: str) -> str:
    """Return a word that fits its column, without characters that a terminal would obey."""
    word = "".join(char if char.isprintable() else "\ufffd" for char in word)
    if _display_width(word) <= _MAX_WORD_WIDTH:
        return word
    while _display_width(word) >= _MAX_WORD_WIDTH:
        word = word[:-1]
    return word + "\u2026"


def _display_width(text: str) -> int:
    """Return the number of columns that a text takes in a terminal.

    Example:
        "abc" -> 3, two Chinese characters -> 4, "e" with a combining accent -> 1
    """
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    combining = sum(unicodedata.category(char) in ("Mn", "Me") for char in text)
    return len(text) + wide - combining
