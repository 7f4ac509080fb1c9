"""The learner of linear models: one fold is fitted, or predicted with, in a worker process.

It reads the texts themselves rather than token ids, and imports no Keras.
"""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from regard.artefacts import new_folder, versions, write_json
from regard.config.values import section_values
from regard.data.features import Features, build_features
from regard.data.folds import held_out_rows, training_rows
from regard.data.rows import Rows
from regard.data.tables import read_table, texts_of
from regard.errors import ArtefactError
from regard.linear.choosing import inner_rows, settings_of
from regard.linear.contributions import token_contributions, without_token_steps
from regard.linear.fitting import fit_linear, predict_linear
from regard.linear.model import LinearInputs, LinearModel, load_linear, misfit, save_linear
from regard.linear.ngrams import count_ngrams
from regard.metrics.registry import metric_identity
from regard.metrics.thresholds import shown_scores
from regard.runs.fitted_model import FittedModel, TokenWeights
from regard.runs.learner import Learner
from regard.tasks.class_weights import shift_probabilities, training_weights

if TYPE_CHECKING:
    from regard.config import Config, LinearConfig
    from regard.runs.learner import Progress
    from regard.runs.run import Run
    from regard.text import Tokenizer


class LinearLearner(Learner):
    """Fit a linear model of n-grams for each fold."""

    def settings(self, config: Config) -> list[Any]:
        """Return the settings of the model and its scores; training and batches do not count."""
        return [
            config.model.identity(),
            *section_values(config.prior, config.thresholds),
            config.training.class_weights,
            metric_identity(config.competition),
            versions("numpy", "scikit-learn", "scipy"),
        ]

    def train_fold(self, run: Run, fold: int, *, progress: Progress) -> None:
        """Fit a fold into `<unfinished run>/fold_<k>/`, see `Learner.train_fold`.

        The history has one record, as if the model were trained for one epoch.
        """
        started = time.perf_counter()
        config = run.config
        inputs = self.train_inputs(run)
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
            self.fit_settings(run, inputs),
            inner_valid=inner_rows(run, inputs, train_rows, fold),
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
            _write_fold(new, dataclasses.replace(model, shift=shift), outputs, record)
        progress(record)
        progress({"finished": record})

    def refit(self, run: Run, folder: Path, *, progress: Progress) -> None:
        """Fit a model to all rows, see `Learner.refit`."""
        config = run.config
        weights, shift = training_weights(
            run.labels, run.task, config.training.class_weights, config.prior
        )
        inputs = self.train_inputs(run)
        rows = np.arange(len(run.labels))
        model = fit_linear(
            inputs,
            rows,
            run.labels,
            run.task,
            self.fit_settings(run, inputs),
            inner_valid=inner_rows(run, inputs, rows, None),
            class_weights=weights,
        )
        save_linear(dataclasses.replace(model, shift=shift), folder)

    def load_model(self, run: Run, folder: Path) -> FittedModel:
        """Load a fitted model, see `Learner.load_model`."""
        return FittedLinear(load_linear(folder), run, folder, self.inputs)

    def inputs(self, run: Run, rows: Rows) -> LinearInputs:
        """Return the inputs of rows; the models of all folds share the counts of n-grams."""
        return ngram_inputs(run, rows)

    def train_inputs(self, run: Run) -> LinearInputs:
        """Return the inputs of the train rows."""
        competition = run.config.competition
        columns = tuple(competition.input_columns)
        model = repr((run.config.model, run.tokenizer))
        file = competition.train_name
        return self.inputs(run, _train_rows(run.artefact("tables"), file, columns, model))

    def fit_settings(self, run: Run, inputs: LinearInputs) -> LinearConfig:
        """Return the settings of the fit."""
        return settings_of(run, inputs)


def seconds_to_fit(run: Run, n_rows: int) -> tuple[float, float]:
    """Return the seconds of counting the n-grams of some train rows, and of fitting them.

    Args:
        run: its settings and its train rows.
        n_rows: the number of rows, evenly spaced.
    """
    competition = run.config.competition
    columns = competition.input_columns
    rows = np.unique(np.linspace(0, len(run.labels) - 1, n_rows).astype(np.int64))
    frame = read_table(run.artefact("tables"), "train", columns).iloc[rows]
    started = time.perf_counter()
    inputs = ngram_inputs(run, Rows(frame.reset_index(drop=True), competition.train_name))
    counted = time.perf_counter()
    model = cast("LinearConfig", run.config.model)
    fit_linear(inputs, np.arange(len(rows)), run.labels[rows], run.task, model)
    return counted - started, time.perf_counter() - counted


class FittedLinear(FittedModel):
    """A fitted linear model.

    Args:
        model: from `load_linear`.
        run: its run.
        folder: the folder of its files.
        read: returns the inputs of rows.
    """

    def __init__(
        self,
        model: LinearModel,
        run: Run,
        folder: Path,
        read: Callable[[Run, Rows], LinearInputs],
    ) -> None:
        self._model = model
        self._run = run
        self._folder = folder
        self._read = read

    def predict(self, rows: Rows) -> np.ndarray:
        """Return the final outputs of rows, see `FittedModel.predict`.

        Raises:
            ArtefactError: the model is that of another run.
        """
        inputs = self._inputs(rows)
        outputs = predict_linear(self._model, inputs, np.arange(len(rows)), self._run.task)
        return _shifted(outputs, self._model.shift)

    def contributions(self, rows: Rows, slopes: np.ndarray) -> TokenWeights | None:
        """Return the parts of tokens in the logits, see `FittedModel.contributions`."""
        if not self._model.terms:
            return None
        competition = self._run.config.competition
        columns = texts_of(rows.frame, competition.text_columns, competition.texts)
        tokenizer = ngram_tokenizer(self._run)
        inputs = self._inputs(rows)
        found = token_contributions(self._model, inputs, columns, tokenizer, slopes)
        return TokenWeights(without_token_steps(tokenizer), found)

    def _inputs(self, rows: Rows) -> LinearInputs:
        inputs = self._read(self._run, rows)
        if reason := misfit(self._model, inputs, self._run.task.n_outputs):
            raise ArtefactError(
                f"{self._folder}: not a model of this run ({reason}); copy the run again, or train "
                "it again"
            )
        return inputs


def _shifted(outputs: np.ndarray, shift: tuple[float, float] | None) -> np.ndarray:
    return outputs if shift is None else shift_probabilities(outputs, shift)


def _valid_scores(run: Run, valid_rows: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
    """Return the loss and the scores of the outputs for the held-out rows."""
    targets = run.targets.take(valid_rows)
    metric = run.config.competition.metric
    return {
        "valid_loss": run.task.mean_loss(outputs, targets.labels),
        **shown_scores(run.config.thresholds, metric, run.task, targets, outputs),
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


@functools.lru_cache(maxsize=1)
def _train_rows(tables: Path, file: str, columns: tuple[str, ...], model: str) -> Rows:
    """Return the train rows, whose n-grams a worker counts once for all its folds.

    Args:
        tables: the folder of the train table, which is named by its content.
        file: the name of the train file.
        columns: the columns to read.
        model: the settings of the model; the n-grams of another one are not kept beside these.
    """
    return Rows(read_table(tables, "train", columns), file)


def ngram_tokenizer(run: Run) -> Tokenizer:
    """Return the tokenizer of the n-grams, which may keep capitals."""
    cased = cast("LinearConfig", run.config.model).cased
    # Cleaning is shared with the networks, whose vectors are often of lower-case words.
    steps = tuple(step for step in run.config.text.cleaning if not (cased and step == "lower_case"))
    return run.tokenizer.with_steps(steps)


def ngram_inputs(run: Run, rows: Rows) -> LinearInputs:
    """Return the inputs of a model of n-grams."""
    competition = run.config.competition
    model = cast("LinearConfig", run.config.model)
    tokenizer = ngram_tokenizer(run)
    columns = tuple(competition.text_columns)
    ngrams = rows.once(
        ("ngrams", columns, competition.texts, tokenizer, model.characters),
        lambda: count_ngrams(
            texts_of(rows.frame, columns, competition.texts),
            tokenizer,
            characters=model.characters,
            paired=competition.texts == "pair",
        ),
    )
    features = other_features(run, rows)
    return LinearInputs(
        ngrams,
        numbers=features.numbers,
        categories=features.categories,
        n_values=run.features.n_values,
        symmetric=competition.in_any_order,
    )


def other_features(run: Run, rows: Rows) -> Features:
    """Return the numbers and categories of rows."""
    competition = run.config.competition
    columns = tuple(competition.text_columns)
    statistics = tuple(run.config.features.text_statistics)
    space = run.features
    return rows.once(
        ("features", columns, competition.texts, statistics, space),
        lambda: build_features(rows.frame, space, competition, statistics, file=rows.file),
    )
