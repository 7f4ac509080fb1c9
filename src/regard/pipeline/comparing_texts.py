"""Comparisons of texts for the report: similar train rows, and train with test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from regard.artefacts.seeds import derive_seed
from regard.data.drift import Drift, measure_drift
from regard.report import PairOfRows, SimilarTexts
from regard.text import UNK, concatenate
from regard.text.near_duplicates import similar_pairs

if TYPE_CHECKING:
    from regard.runs.run import Run

SIMILARITY = 0.7  # as in `make check`: about one word in ten differs
_MAX_ROWS = 30_000  # so that the report takes seconds
_MAX_DRIFT_ROWS = 4000
_N_EXAMPLES = 5


def similar_texts(run: Run) -> SimilarTexts:
    """Return the train rows whose texts are similar, identical ones included."""
    n_rows = min(len(run.labels), _MAX_ROWS)
    texts = [text.rows(0, n_rows) for text in run.train_inputs.texts]
    pairs = similar_pairs(texts, SIMILARITY)
    rows = np.arange(n_rows)
    repeated = rows[run.identical[:n_rows] != rows]
    # Short texts are similar to none, but they may be identical.
    identical = np.stack([run.identical[repeated], repeated], axis=1)
    pairs = np.unique(np.concatenate([pairs, identical]), axis=0)
    conflicts = pairs[:0]
    if run.task.has_classes:
        labels = run.labels.reshape(len(run.labels), -1)
        conflicts = pairs[(labels[pairs[:, 0]] != labels[pairs[:, 1]]).any(axis=1)]
    return SimilarTexts(
        n_read=n_rows,
        n_rows=len(np.unique(pairs)),
        n_conflicts=len(conflicts) if run.task.has_classes else None,
        examples=_examples(run, conflicts[:_N_EXAMPLES]),
    )


def _examples(run: Run, pairs: np.ndarray) -> list[PairOfRows]:
    if not len(pairs):
        return []
    columns = run.texts("train")

    def text_of(row: int) -> str:
        return "\n".join(column[row] for column in columns)

    examples = []
    for one, other in pairs.tolist():
        ids = (run.train_ids.iloc[one], run.train_ids.iloc[other])
        labels = (
            run.task.describe_label(run.labels[one]),
            run.task.describe_label(run.labels[other]),
        )
        examples.append(PairOfRows(ids, labels, (text_of(one), text_of(other))))
    return examples


def text_drift(run: Run) -> Drift | None:
    """Return how well a model tells test rows from train rows, on at most 4,000 of each.

    Returns:
        None without test rows, or with few.
    """
    if not run.config.competition.has_test:
        return None
    dice = np.random.default_rng(derive_seed(run.config.seed, "drift"))
    of_train = np.sort(dice.permutation(len(run.labels))[:_MAX_DRIFT_ROWS])
    all_test = run.test_rows
    of_test = np.sort(dice.permutation(len(all_test))[:_MAX_DRIFT_ROWS])
    test = all_test.take(of_test).inputs(run.preprocessor)
    texts = [
        concatenate(train.take(of_train), other)
        for train, other in zip(run.train_inputs.texts, test.texts, strict=True)
    ]
    # A word that the vocabulary lacks points to test wherever test is not read for it.
    return measure_drift(texts, run.vocabulary, len(of_train), first_word=UNK + 1)
