"""The stage "explain": the words of some rows, weighed by why the models predict them so."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.artefacts.seeds import derive_seed
from regard.parallel import workers
from regard.runs.explained import Explained, ExplainedRow, WeighedWords, write_explained
from regard.runs.explaining import METHODS
from regard.runs.row_choice import MAX_MEASURED, choose_measured, ordered_rows, weighed_rows
from regard.runs.weighing import Answer, Request, answer, mean_faithfulness

if TYPE_CHECKING:
    from regard.runs.learner import Learner
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

TRAIN = "train"
TEST = "test"

# The words that the models may read for each explained row, by each method in each part; and for
# the measures of all methods. On two cores, a network reads some 100,000 words a second.
_WORDS_PER_ROW = 10_000
_WORDS_TO_MEASURE = 2_000_000


@dataclass(frozen=True, eq=False)
class Part:
    """The rows of train or of test to explain.

    Attributes:
        name: "train" or "test".
        rows: `(rows,)` int64, the most telling ones first.
        frame: these rows, every column str.
        outputs: `(rows, n_outputs)` the predictions that are explained.
        methods: for each method which of these rows it weighs, by their places in `rows`.
        models: for each row the models that weigh it, see `Run.model_folders`.
    """

    name: str
    rows: np.ndarray
    frame: pd.DataFrame
    outputs: np.ndarray
    methods: dict[str, frozenset[int]]
    models: list[list[str]]


def make_explanations(run: Run, folder: Path, learner: Learner) -> None:
    """Write the words of some rows of train and test with their weights.

    A train row is explained by the model of the fold that holds it out, so that the explanation is
    that of the out-of-fold prediction. A test row is explained by each model that predicts it.
    """
    if not run.config.report.n_explained_rows:
        write_explained(folder, Explained())
        return
    parts = [_train_part(run), _test_part(run)]
    # One job for each model, which is loaded once.
    names = list(dict.fromkeys(name for part in parts for models in part.models for name in models))
    samples, measured = _samples(run)
    requests = [_request(run, parts, name, samples, measured) for name in names]
    jobs = [workers.Job("explain", answer, (run, request)) for request in requests]
    found = workers.run_jobs(jobs, run.config.compute, imports=learner.preload)
    answers = dict(zip(names, found, strict=True))
    rows = [row for part in parts for row in _explained(part, answers)]
    explained = Explained(rows, mean_faithfulness(found))
    write_explained(folder, explained)
    # Long texts may leave no time for all chosen rows.
    n_rows = Counter(row.part for row in rows)
    counts = " and ".join(f"{count:,} {name}" for name, count in n_rows.items())
    _log.info("explain: the words of %s rows, by %s", counts, ", ".join(explained.methods))


def _request(
    run: Run,
    parts: Sequence[Part],
    models: str,
    samples: dict[str, pd.DataFrame],
    measured: Sequence[str],
) -> Request:
    """Return the work of some models: the rows of all parts that they weigh, and their sample."""
    frames = []
    outputs = []
    methods: dict[str, list[int]] = {name: [] for name in METHODS}
    n_rows = 0
    for part in parts:
        own = _own_rows(part, models)
        frames.append(part.frame.iloc[own])
        outputs.append(part.outputs[own])
        for name, weighed in part.methods.items():
            methods[name] += [n_rows + place for place, row in enumerate(own) if row in weighed]
        n_rows += len(own)
    frame = pd.concat(frames, ignore_index=True)
    sample = samples.get(models, frame.iloc[:0])
    seed = derive_seed(run.config.seed, "faithfulness", models)
    return Request(models, frame, np.concatenate(outputs), methods, sample, measured, seed)


def _own_rows(part: Part, models: str) -> list[int]:
    return [row for row, names in enumerate(part.models) if models in names]


def _train_part(run: Run) -> Part:
    """Choose train rows that have an out-of-fold prediction."""
    known = _known_rows(run)
    outputs = run.oof_outputs[known]
    labels = run.labels[known]
    true = _kinds(run, run.task.ideal_outputs(labels))
    guessed = _kinds(run, outputs, run.thresholds)
    # Right and wrong rows of every label.
    kinds = [f"{one} {one == other}" for one, other in zip(true, guessed, strict=True)]
    order = ordered_rows(kinds, run.task.correctness(labels, outputs), _random(run, TRAIN))
    rows = known[order][: run.config.report.n_explained_rows]
    models = [[f"fold_{fold}"] for fold in run.folds[rows]]
    return _part(run, TRAIN, rows, run.oof_outputs, models)


def _test_part(run: Run) -> Part:
    """Choose test rows; none if there is no test file."""
    if not run.config.competition.has_test:
        nothing = np.empty((0, run.task.n_outputs), np.float32)
        empty = pd.DataFrame(columns=run.input_columns, dtype="str")
        return Part(TEST, np.empty(0, np.int64), empty, nothing, {}, [])
    kinds = _kinds(run, run.outputs, run.thresholds)
    rows = ordered_rows(kinds, None, _random(run, TEST))[: run.config.report.n_explained_rows]
    chosen = run.config.predict.models
    folds = [] if chosen == "refit" else [f"fold_{fold}" for fold in run.scored_folds]
    models = [*folds, "refit"] if chosen in ("refit", "both") else folds
    return _part(run, TEST, rows, run.outputs, [models] * len(rows))


def _part(
    run: Run, name: str, rows: np.ndarray, outputs: np.ndarray, models: list[list[str]]
) -> Part:
    """Return rows, and which of them each method weighs.

    Args:
        run: the run.
        name: "train" or "test".
        rows: the chosen rows.
        outputs: of all rows of the part.
        models: of the chosen rows.
    """
    frame = run.columns(name, run.input_columns).iloc[rows].reset_index(drop=True)
    n_words = _n_words(run, frame) * np.array([len(names) for names in models], np.int64)
    budget = _WORDS_PER_ROW * run.config.report.n_explained_rows
    methods = {
        method: frozenset(weighed_rows(one.reads, n_words, budget).tolist())
        for method, one in METHODS.items()
    }
    return Part(name, rows, frame, outputs[rows], methods, models)


def _samples(run: Run) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Draw train rows to measure methods on, for each model that held them out; and the methods."""
    known = _random(run, "measured").permutation(_known_rows(run))[:MAX_MEASURED]
    frame = run.columns(TRAIN, run.input_columns).iloc[known].reset_index(drop=True)
    reads = {name: method.reads for name, method in METHODS.items()}
    rows, methods = choose_measured(reads, _n_words(run, frame), _WORDS_TO_MEASURE)
    folds = run.folds[known[rows]]
    samples = {f"fold_{fold}": frame.iloc[rows[folds == fold]] for fold in np.unique(folds)}
    return samples, methods


def _known_rows(run: Run) -> np.ndarray:
    """Return the train rows that a model of the run has held out."""
    return np.flatnonzero(np.isin(run.folds, run.scored_folds))


def _random(run: Run, purpose: str) -> np.random.Generator:
    return np.random.default_rng(derive_seed(run.config.seed, "explained_rows", purpose))


def _n_words(run: Run, frame: pd.DataFrame) -> np.ndarray:
    """Return the number of words of each row, `(rows,)`, roughly: of what spaces part."""
    texts = frame[list(run.config.competition.text_columns)].to_numpy()
    n_words = [sum(len(text.split()) for text in row) for row in texts]
    # Each member of a blend reads them.
    return np.array(n_words, np.int64) * max(1, len(run.members))


def _kinds(run: Run, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> list[str]:
    """Return the label of each row in one text; of numbers all are alike."""
    if not run.task.has_classes:
        return [""] * len(outputs)
    labels = run.task.hard_labels(outputs, thresholds).reshape(len(outputs), -1)
    return ["\n".join(map(str, row)) for row in labels]


def _explained(part: Part, answers: dict[str, Answer]) -> list[ExplainedRow]:
    """Gather the weights of each row by all its models, in the order of the part."""
    weighed: list[dict[str, dict[str, WeighedWords]]] = [{} for _ in part.rows]
    for models, found in answers.items():
        own = _own_rows(part, models)
        # The rows of an answer are those of train, then those of test.
        start = 0 if part.name == TRAIN else len(found.rows) - len(own)
        for row, methods in zip(own, found.rows[start:], strict=False):
            weighed[row][models] = methods
    rows = []
    for row, names in enumerate(part.models):
        methods = joined([weighed[row][models] for models in names])
        if methods:
            rows.append(ExplainedRow(part.name, int(part.rows[row]), tuple(names), methods))
    return rows


def joined(by_model: Sequence[dict[str, WeighedWords]]) -> dict[str, WeighedWords]:
    """Return the weights of all models of a row together.

    Example:
        two models with weights of (1, heads, words) -> weights of (2, heads, words)
    """
    return {
        name: WeighedWords(
            words.texts, np.concatenate([methods[name].weights for methods in by_model])
        )
        for name, words in by_model[0].items()
    }
