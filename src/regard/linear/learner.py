"""What a process of its own does for linear models: fit one fold, or predict with the models of
some.

As `jobs` does for networks, but without Keras, and from the texts themselves rather than from token
ids.
"""

import functools
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from regard.artefacts import (
    new_folder,
    read_array,
    read_json,
    write_json,
)
from regard.config import CompetitionConfig, Config, section_values
from regard.data.csv_files import read_frame, texts_of
from regard.data.folds import choosing_rows, held_out_rows, training_rows
from regard.data.inputs import read_inputs
from regard.linear.fitting import fit_linear, predict_linear
from regard.linear.model import LinearInputs, load_linear, save_linear
from regard.linear.ngrams import Ngrams, count_ngrams
from regard.metrics.thresholds import score_at_best
from regard.parallel.workers import Event
from regard.runs.planning import Plan
from regard.tasks import Targets, Task
from regard.tasks.class_weights import shift_probabilities, training_weights

Progress = Callable[[Event], None]


def train_one_linear_fold(
    config: Config, plan: Plan, task: Task, truth: Targets, fold: int, *, progress: Progress
) -> None:
    """Fit a fold's model into `<run>/fold_<k>/`, with the files that a network leaves there.

    Its history has one record, as if it were trained for one epoch.

    Args:
        config: all settings.
        plan: where everything is.
        task: what is predicted.
        truth: of all train rows.
        fold: which.
        progress: receives the record.
    """
    folder = plan.unfinished_run / f"fold_{fold}"
    started = time.perf_counter()
    inputs, numbers = (
        _inputs(config, plan, "train"),
        np.asarray(read_array(plan.folds / "folds.npy")),
    )
    train_rows, valid_rows = (
        training_rows(numbers, fold, kind=config.folds.kind),
        held_out_rows(numbers, fold),
    )
    weights, shift = training_weights(
        truth.labels, task, config.training.class_weights, config.prior
    )
    choosing = choosing_rows(numbers, train_rows, fold)
    settings = config.model.linear
    model = fit_linear(
        inputs, train_rows, truth.labels, task, settings, choosing=choosing, class_weights=weights
    )
    learnt = predict_linear(model, inputs, train_rows, task)
    outputs = _shifted(predict_linear(model, inputs, valid_rows, task), shift)
    held_out = truth.take(valid_rows)
    record = {
        "epoch": 1.0,
        "loss": task.mean_loss(learnt, truth.labels[train_rows]),
        "valid_loss": task.mean_loss(outputs, held_out.labels),
        "score": score_at_best(
            config.thresholds, config.competition.metric, task, held_out, outputs
        ),
        "seconds": round(time.perf_counter() - started, 2),
    }
    n_parameters = model.coefficients.size + model.intercepts.size
    with new_folder(folder) as place:
        save_linear(model, place)
        np.save(place / "oof_outputs.npy", outputs)
        summary = {"best_epoch": 1, "n_trainable_parameters": n_parameters, "epochs": [record]}
        write_json(place / "history.json", summary)
    progress(record)
    progress({"finished": record})


def predict_linear_folds(
    config: Config,
    plan: Plan,
    task: Task,
    folds: Sequence[int],
    attention_rows: np.ndarray,
    *,
    progress: Progress,
) -> list[tuple[np.ndarray, None]]:
    """Return the test outputs of each fold's model.

    Args:
        config: all settings.
        plan: where the models and texts are.
        task: what is predicted.
        folds: which models.
        attention_rows: not used; there is no attention.
        progress: not used.

    Returns:
        For each fold `(rows, outputs)`, and None where a network has its attention.
    """
    inputs, labels = (
        _inputs(config, plan, "test"),
        np.asarray(read_array(plan.prepare / "labels.npy")),
    )
    _, shift = training_weights(labels, task, config.training.class_weights, config.prior)
    models = (load_linear(plan.run / f"fold_{fold}") for fold in folds)
    rows = np.arange(len(inputs))
    return [(_shifted(predict_linear(model, inputs, rows, task), shift), None) for model in models]


def _shifted(outputs: np.ndarray, shift: tuple[float, float] | None) -> np.ndarray:
    return outputs if shift is None else shift_probabilities(outputs, shift)


def _inputs(config: Config, plan: Plan, part: str) -> LinearInputs:
    """What a model reads of the rows of "train" or of "test"; a worker counts n-grams once for all its folds."""
    competition = config.competition
    beside = read_inputs(plan.prepare, part, competition)
    file = competition.train_file if part == "train" else competition.test_file
    path = Path(config.data_dir) / competition.name / file
    settings = json.dumps(section_values(competition))
    linear = config.model.linear
    steps = tuple(
        step for step in config.text.cleaning if not (linear.cased and step == "lower_case")
    )
    ngrams = _ngrams(path, plan.prepare, settings, steps, linear.characters)
    return LinearInputs(
        ngrams,
        numbers=np.asarray(beside.numbers),
        categories=np.asarray(beside.categories),
        n_values=tuple(read_json(plan.prepare / "inputs.json")["n_values"]),
        symmetric=competition.in_any_order,
    )


@functools.lru_cache(maxsize=1)
def _ngrams(
    path: Path, prepare: Path, settings: str, steps: tuple[str, ...], characters: bool
) -> tuple[Ngrams, ...]:
    """Those of a file; `prepare` is named by its content, so that another file of the same name is read anew."""
    (values,) = json.loads(settings)
    competition = CompetitionConfig(**values)
    columns = texts_of(read_frame(path, competition.encoding, competition.separator), competition)
    return count_ngrams(columns, steps, characters=characters, paired=competition.texts == "pair")
