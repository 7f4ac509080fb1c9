"""Why a text is predicted as it is: a weight for each of its words.

Two methods: the attention of networks that have one; or, for any models, how much the prediction
changes when a word is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.config.checks import choice
from regard.data.rows import Rows
from regard.errors import ConfigError, DataError
from regard.runs.forms import as_frame
from regard.text import Steps
from regard.text.words import Word, raw_words, words_of

if TYPE_CHECKING:
    from regard.runs.learner import Predictor
    from regard.runs.run import Run

METHODS = ("auto", "attention", "leave_one_out")
MAX_LEFT_OUT = 300  # words that are left out, one at a time; each costs a prediction

ColumnWord = tuple[str, Word]  # the name of a text column, and a word of its text


def explain(
    run: Run, row: str | Mapping[str, Any], *, method: str = "auto", models: str | None = None
) -> pd.DataFrame:
    """Weigh the words of one text, or of the texts of one row.

    Args:
        run: a trained run.
        row: a text, if the models read a single column; else the cells by column.
        method: "attention": the mean attention of the models, whose weights sum to one for each
            text; words that they do not read, as those beyond `batches.max_tokens`, have none.
            "leave_one_out": how much less probable the predicted label is without the word, or how
            much smaller the predicted number; above zero, the word speaks for the prediction. Words
            after the first `MAX_LEFT_OUT` have the weight 0. "auto": attention if the models have
            one.
        models: see `Run.model_folders`.

    Returns:
        The columns `column`, `word` and `weight`, a row for each word, in order; empty if there is
        no word. Its `attrs["method"]` is the method.

    Raises:
        ConfigError: there is no such method, or the models have no attention.
        DataError: the row lacks a column.

    Example:
        explain(run, "A great film") -> words A, great, film with the weights 0.1, 0.6, 0.3
    """
    choice("method", method, METHODS)
    frame = as_row(run, row)
    predictor = run.predictor(models)
    found = None if method == "leave_one_out" else _by_attention(run, predictor, frame)
    if found is None and method == "attention":
        raise ConfigError(
            f"the models of run {run.name} have no attention; explain by method=leave_one_out"
        )
    words, weights = found or _by_leaving_out(run, predictor, frame)
    table = pd.DataFrame(
        {
            "column": pd.Series([column for column, _ in words], dtype="str"),
            "word": pd.Series([word.text for _, word in words], dtype="str"),
            "weight": weights,
        }
    )
    table.attrs["method"] = "leave_one_out" if found is None else "attention"
    return table


def as_row(run: Run, row: str | Mapping[str, Any]) -> pd.DataFrame:
    """Return the row as a frame of one row."""
    columns = run.input_columns
    if isinstance(row, str):
        if len(columns) != 1:
            raise DataError(
                f"the models of run {run.name} read {len(columns)} columns; give a row with "
                f"{', '.join(columns)} instead of a text"
            )
        row = {columns[0]: row}
    return as_frame(pd.DataFrame([dict(row)], dtype="object"), columns, run.joined)


def _by_attention(
    run: Run, predictor: Predictor, frame: pd.DataFrame
) -> tuple[list[ColumnWord], np.ndarray] | None:
    """Return the words and their attention weights; None without attention."""
    found = predictor.attention(Rows(frame))
    if not found:
        return None
    competition = run.config.competition
    names = competition.text_columns
    # Columns that a model reads as one text share the weights of that text.
    groups = [names] if competition.texts == "joined" else [[name] for name in names]
    words: list[ColumnWord] = []
    weights = []
    for group, of_tokens in zip(groups, found, strict=True):
        read = [
            (name, word) for name in group for word in words_of(frame[name].iloc[0], run.tokenizer)
        ]
        words += read
        weights.append(sum_by_word(of_tokens[0], [word.n_tokens for _, word in read]))
    return words, np.concatenate(weights)


def _by_leaving_out(
    run: Run, predictor: Predictor, frame: pd.DataFrame
) -> tuple[list[ColumnWord], np.ndarray]:
    """Return the words and how much agreement with the prediction is lost without each."""
    texts = {name: frame[name].iloc[0] for name in run.config.competition.text_columns}
    words = [(name, word) for name, text in texts.items() for word in words_in(text, run.tokenizer)]
    left_out = words[:MAX_LEFT_OUT]
    cells = {name: [text] * (1 + len(left_out)) for name, text in texts.items()}
    for row, (name, word) in enumerate(left_out, start=1):
        cells[name][row] = without(texts[name], word)
    # In one batch with the text itself; the other columns of the row stay the same.
    variants = frame.iloc[[0] * (1 + len(left_out))].reset_index(drop=True).assign(**cells)
    outputs = predictor.outputs(Rows(variants.astype("str")))
    agreement = run.task.agreement(outputs, run.thresholds)
    weights = np.zeros(len(words))
    weights[: len(left_out)] = agreement[0] - agreement[1:]
    return words, weights


def sum_by_word(weights: np.ndarray, counts: Sequence[int]) -> np.ndarray:
    """Sum the weights of tokens by word, so that those of all words sum to one.

    Args:
        weights: `(timesteps,)` float, of the tokens that were read, then zeros.
        counts: the number of tokens of each word.

    Returns:
        `(words,)` float64.

    Example:
        weights [0.25, 0.5, 0.25], counts [1, 0, 2, 4] -> [0.25, 0, 0.75, 0]
    """
    # The sums up to each word: [0, 0.25, 0.25, 1, 1], whose differences are the words'.
    sums = np.concatenate([[0.0], np.cumsum(weights.astype(np.float64))])
    ends = np.minimum(np.cumsum([0, *counts]), len(weights))
    found = np.diff(sums[ends])
    total = found.sum()
    return found / total if total > 0 else found


def words_in(text: str, steps: Steps) -> list[Word]:
    """Return the words of a text, all of which have a position in it."""
    words = words_of(text, steps)
    return words if all(word.end for word in words) else raw_words(text)


def without(text: str, word: Word) -> str:
    """Return a text without a word.

    Example:
        "well-known" without "-" -> "well known"
    """
    # The space keeps the words around it apart.
    return f"{text[: word.start]} {text[word.end :]}"
