"""Weigh the words of many rows in a worker, and measure how far the weights can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.data.rows import Rows
from regard.runs.explained import ColumnPieces, WeighedWords
from regard.runs.explaining import METHODS, measure_faithfulness
from regard.runs.explaining.explanation import weigh_if_suited
from regard.runs.explaining.faithfulness import MAIN_SHARE
from regard.runs.explaining.methods.attention import shares_of
from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import ColumnWord, WordWeights, weights_by_word
from regard.runs.fitted_model import TokenWeights

if TYPE_CHECKING:
    from regard.runs.learner import Predictor, Progress
    from regard.runs.run import Run

_MEASURES = ("comprehensiveness", "sufficiency", "area")


@dataclass(frozen=True, eq=False)
class Request:
    """The work of one job.

    Attributes:
        models: the models that weigh the words, see `Run.model_folders`.
        frame: the rows, every column str.
        outputs: `(rows, n_outputs)` the predictions to explain: those that the page shows, rather
            than those of these models alone.
        methods: for each method the numbers of the rows that it weighs.
        sample: rows on which the methods are measured; none if it is empty.
        measured: the methods to measure.
        seed: of words drawn at random.
    """

    models: str
    frame: pd.DataFrame
    outputs: np.ndarray
    methods: Mapping[str, Sequence[int]]
    sample: pd.DataFrame
    measured: Sequence[str]
    seed: int


@dataclass(frozen=True, eq=False)
class Answer:
    """The result of one job.

    Attributes:
        rows: for each row its words by method, with weights of `(1, heads, words)`; methods that do
            not suit the models are left out.
        n_measured: the number of rows on which the methods were measured.
        measures: the measures by method, and of words drawn at random.
    """

    rows: list[dict[str, WeighedWords]]
    n_measured: int
    measures: dict[str, dict[str, float]]


def answer(run: Run, request: Request, *, progress: Progress) -> Answer:
    """Weigh the words of rows by some models of a run, and measure the methods.

    Args:
        run: a trained run.
        request: the work.
        progress: receives no events.
    """
    predictor = run.predictor(request.models)
    rows: list[dict[str, WeighedWords]] = [{} for _ in range(len(request.frame))]
    for method, numbers in request.methods.items():
        some = request.frame.iloc[list(numbers)].reset_index(drop=True)
        decided = Prediction(run, predictor, some)
        decided.outputs = request.outputs[list(numbers)]
        found = _by_heads(run, predictor, decided, method) if len(some) else None
        for number, words in zip(numbers, found or (), strict=False):
            rows[number][method] = words
    if not len(request.sample):
        return Answer(rows, 0, {})
    suited = [
        name
        for name in request.measured
        if any(name in methods for methods in rows)
        # A costly method may have no row in this job, and yet is measured in all jobs alike.
        or (not request.methods.get(name) and METHODS[name].suits(run, request.models))
    ]
    if not suited:
        return Answer(rows, 0, {})
    measured = measure_faithfulness(
        run, request.sample, suited, models=request.models, seed=request.seed
    )
    measures = {
        str(name): {measure: float(measured.table.loc[name, measure]) for measure in _MEASURES}
        for name in measured.table.index
    }
    return Answer(rows, measured.n_rows, measures)


def mean_faithfulness(answers: Sequence[Answer]) -> dict[str, Any]:
    """Return the measures of all jobs, each with the weight of its rows.

    Returns:
        `n_rows`; `share`, of the words that are removed; and `methods`: for each method, and for
        words drawn at random, the measures of `Faithfulness.table`. Empty if no row was measured.
    """
    known = [one for one in answers if one.n_measured]
    if not known:
        return {}
    counts = [one.n_measured for one in known]
    methods = {
        name: {
            measure: float(
                np.average([one.measures[name][measure] for one in known], weights=counts)
            )
            for measure in _MEASURES
        }
        for name in known[0].measures
    }
    return {"n_rows": sum(counts), "share": MAIN_SHARE, "methods": methods}


def _by_heads(
    run: Run, predictor: Predictor, decided: Prediction, method: str
) -> list[WeighedWords] | None:
    """Return the words of rows with their weights; of attention by head, where models have it."""
    frame = decided.frame
    found = _attention_by_head(run, predictor, frame) if method == "attention" else None
    if found is None:
        weighed = weigh_if_suited(run, predictor, frame, method, decided)
        found = None if weighed is None else [[one] for one in weighed]
    if found is None:
        return None
    names = run.config.competition.text_columns
    records = [
        dict(zip(names, map(str, texts), strict=True)) for texts in frame[list(names)].to_numpy()
    ]
    return [
        WeighedWords(
            pieces_of(heads[0][0], texts),
            np.stack([weights for _, weights in heads]).astype(np.float32)[None],
        )
        for heads, texts in zip(found, records, strict=True)
    ]


def _attention_by_head(
    run: Run, predictor: Predictor, frame: pd.DataFrame
) -> list[list[WordWeights]] | None:
    """Return for each row and head the words with their weights, which sum to one in each text."""
    models = list(predictor.models())
    found = models[0].attention_by_head(Rows(frame)) if len(models) == 1 else None
    if not found:
        return None
    by_head = []
    for head in range(found[0].shape[1]):
        texts = [[shares_of(weights[head]) for weights in of_text] for of_text in found]
        by_head.append(weights_by_word(run, frame, TokenWeights(run.tokenizer, texts)))
    return [list(heads) for heads in zip(*by_head, strict=True)]


def pieces_of(words: Sequence[ColumnWord], texts: Mapping[str, str]) -> tuple[ColumnPieces, ...]:
    """Return the words of each text column with the spaces before them.

    Args:
        words: in order, those of a column one after another.
        texts: the text of each column.

    Example:
        the words "No" and "go" of {"text": "No go"} -> (("text", ("No", " go")),)
    """
    pieces: dict[str, list[str]] = {name: [] for name in texts}
    ends = dict.fromkeys(texts, 0)
    for name, word in words:
        if word.end:
            # Characters that no word has stay with the next word.
            pieces[name].append(texts[name][ends[name] : word.end])
            ends[name] = word.end
        else:  # a token that cannot be traced to the text
            pieces[name].append(f" {word.text}" if pieces[name] else word.text)
    return tuple((name, tuple(found)) for name, found in pieces.items())
