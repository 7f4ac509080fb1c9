"""The learner of linear models: one fold is fitted, or predicted with, in a worker process.

It reads the texts themselves rather than token ids, and imports no Keras.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from regard.artefacts import new_folder, versions, write_json
from regard.config.values import section_values
from regard.data.folds import held_out_rows, inner_valid_rows, training_rows
from regard.data.tables import read_table, texts_of
from regard.linear.fitting import fit_linear, predict_linear
from regard.linear.model import LinearInputs, LinearModel, load_linear, save_linear
from regard.linear.ngrams import Ngrams, count_ngrams
from regard.metrics.thresholds import score_at_best
from regard.runs.learner import Learner
from regard.tasks.class_weights import shift_probabilities, training_weights

if TYPE_CHECKING:
    from regard.config import Config, LinearConfig
    from regard.runs.learner import Progress
    from regard.runs.run import Run


class LinearLearner(Learner):
    """Fit a linear model of n-grams for each fold."""

    def settings(self, config: Config) -> list[Any]:
        """Return the settings of the model and its scores; training and batches do not count."""
        return [
            config.model.identity(),
            *section_values(config.prior, config.thresholds),
            config.training.class_weights,
            [config.competition.metric, config.competition.subgroup_columns],
            versions("numpy", "scikit-learn", "scipy"),
        ]

    def train_fold(self, run: Run, fold: int, *, progress: Progress) -> None:
        """Fit a fold into `<unfinished run>/fold_<k>/`, see `Learner.train_fold`.

        The history has one record, as if the model were trained for one epoch.
        """
        started = time.perf_counter()
        config = run.config
        inputs = _inputs(run, "train")
        train_rows = training_rows(run.folds, fold, kind=config.folds.kind)
        valid_rows = held_out_rows(run.folds, fold)
        weights, shift = training_weights(
            run.labels, run.task, config.training.class_weights, config.prior
        )
        model = fit_linear(
            inputs,
            train_rows,
            run.labels,
            run.task,
            cast("LinearConfig", config.model),
            inner_valid=inner_valid_rows(run.folds, train_rows, fold),
            class_weights=weights,
        )
        fitted = predict_linear(model, inputs, train_rows, run.task)
        outputs = _shifted(predict_linear(model, inputs, valid_rows, run.task), shift)
        record = {
            "epoch": 1.0,
            "loss": run.task.mean_loss(fitted, run.labels[train_rows]),
            **_valid_scores(run, valid_rows, outputs),
            "seconds": round(time.perf_counter() - started, 2),
        }
        with new_folder(run.unfinished_folder / f"fold_{fold}") as new:
            _write_fold(new, model, outputs, record)
        progress(record)
        progress({"finished": record})

    def predict_folds(
        self, run: Run, folds: Sequence[int], attention_rows: np.ndarray, *, progress: Progress
    ) -> list[tuple[np.ndarray, list[np.ndarray] | None]]:
        """Predict the test rows with the models of some folds; there is no attention."""
        config = run.config
        inputs = _inputs(run, "test")
        _, shift = training_weights(
            run.labels, run.task, config.training.class_weights, config.prior
        )
        rows = np.arange(len(inputs))
        # A generator: the coefficients of one fold at a time are in memory.
        models = (load_linear(run.folder / f"fold_{fold}") for fold in folds)
        return [
            (_shifted(predict_linear(model, inputs, rows, run.task), shift), None)
            for model in models
        ]


def _shifted(outputs: np.ndarray, shift: tuple[float, float] | None) -> np.ndarray:
    return outputs if shift is None else shift_probabilities(outputs, shift)


def _valid_scores(run: Run, valid_rows: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """Return the loss and the score of the outputs for the held-out rows."""
    targets = run.targets.take(valid_rows)
    metric = run.config.competition.metric
    return {
        "valid_loss": run.task.mean_loss(outputs, targets.labels),
        "score": score_at_best(run.config.thresholds, metric, run.task, targets, outputs),
    }


def _write_fold(
    folder: Path, model: LinearModel, outputs: np.ndarray, record: dict[str, float]
) -> None:
    """Write the files of a fitted fold: see `Learner.train_fold`."""
    n_parameters = model.coefficients.size + model.intercepts.size
    save_linear(model, folder)
    np.save(folder / "oof_outputs.npy", outputs)
    history = {"best_epoch": 1, "n_trainable_parameters": n_parameters, "epochs": [record]}
    write_json(folder / "history.json", history)


def _inputs(run: Run, part: str) -> LinearInputs:
    """Return what a linear model reads of the "train" or "test" rows."""
    competition = run.config.competition
    model = cast("LinearConfig", run.config.model)
    others = run.inputs(part)
    # Cleaning is shared with the networks, whose vectors are often of lower-case words.
    steps = tuple(
        step for step in run.config.text.cleaning if not (model.cased and step == "lower_case")
    )
    ngrams = _ngrams(
        run.artefact("tables"),
        part,
        tuple(competition.text_columns),
        competition.texts,
        steps,
        characters=model.characters,
    )
    return LinearInputs(
        ngrams,
        numbers=np.asarray(others.numbers),
        categories=np.asarray(others.categories),
        n_values=run.n_category_values,
        symmetric=competition.in_any_order,
    )


@functools.lru_cache(maxsize=1)
def _ngrams(
    tables: Path,
    part: str,
    text_columns: tuple[str, ...],
    texts: str,
    steps: tuple[str, ...],
    *,
    characters: bool,
) -> tuple[Ngrams, ...]:
    """Count n-grams once in a worker for all its folds; the folder is named by its content."""
    columns = texts_of(read_table(tables, part, text_columns), text_columns, texts)
    return count_ngrams(columns, steps, characters=characters, paired=texts == "pair")
