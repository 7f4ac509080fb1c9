"""The change of a prediction when a word is left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from regard.data.rows import Rows
from regard.runs.explaining.methods.base import Method
from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import ColumnWord, WordWeights, without, words_of_rows

MAX_LEFT_OUT = 300  # words of a row that are left out, one at a time; each costs a prediction
_AT_ONCE = 2000  # variants of rows that are predicted together


def weigh(prediction: Prediction) -> list[WordWeights]:
    """Return how much agreement with the prediction is lost without each word."""
    run = prediction.run
    words = words_of_rows(run, prediction.frame)
    found: list[WordWeights] = []
    for rows in _groups([len(of_row[:MAX_LEFT_OUT]) for of_row in words]):
        variants = [_variants(prediction.frame.iloc[[row]], words[row]) for row in rows]
        frame = pd.concat(variants, ignore_index=True)
        outputs = prediction.predictor.outputs(Rows(frame.astype("str")))
        ends = np.cumsum([len(part) for part in variants])
        parts = np.split(outputs, ends[:-1])
        for row, part in zip(rows, parts, strict=True):
            agreement = run.task.agreement(part, run.thresholds)
            weights = np.zeros(len(words[row]))
            weights[: len(part) - 1] = agreement[0] - agreement[1:]
            found.append((words[row], weights))
    return found


def _groups(counts: list[int]) -> Iterator[list[int]]:
    """Yield rows whose variants are predicted together."""
    group: list[int] = []
    total = 0
    for row, count in enumerate(counts):
        if group and total + count > _AT_ONCE:
            yield group
            group, total = [], 0
        group.append(row)
        total += count + 1
    if group:
        yield group


def _variants(row: pd.DataFrame, words: list[ColumnWord]) -> pd.DataFrame:
    """Return a row, then the row without each of its first words; other cells stay the same."""
    left_out = words[:MAX_LEFT_OUT]
    cells = {name: [row[name].iloc[0]] * (1 + len(left_out)) for name, _ in left_out}
    for variant, (name, word) in enumerate(left_out, start=1):
        cells[name][variant] = without(cells[name][0], word)
    repeated = row.iloc[[0] * (1 + len(left_out))].reset_index(drop=True)
    return repeated.assign(**cells)


METHOD = Method(
    weigh,
    meaning="how much the prediction loses without each word",
    needs="any models",
    asks_blends=True,
    reads=None,
)
