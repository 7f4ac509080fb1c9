"""What a process of its own does: train one fold, or predict with the models of some.

Only these processes import Keras; the stages that start them stay light.
"""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from regard.artefacts import (
    new_folder,
    read_array,
    read_fold_state,
    read_json,
    write_fold_state,
    write_json,
)
from regard.config import Config
from regard.data.features import scales
from regard.data.folds import held_out_rows, training_rows
from regard.data.inputs import joined, read_inputs
from regard.network.batching import batch_inputs, n_rows_of_epoch
from regard.network.classifier import FoldInputs, attention_weights, build_model
from regard.network.pseudo_labels import pseudo_labels
from regard.network.saving import load_model, save_model
from regard.network.trainer import (
    FoldData,
    FoldState,
    Recipe,
    predict_outputs,
    train_fold,
    with_enough_steps,
)
from regard.parallel.workers import Event
from regard.runs.planning import Plan
from regard.seeds import derive_seed
from regard.tasks import Targets, Task
from regard.tasks.class_weights import training_weights

# It takes the networks of one fold after another for one whose functions are traced again and
# again, and warns.
logging.getLogger("tensorflow").setLevel(logging.ERROR)

Progress = Callable[[Event], None]


def train_one_fold(
    config: Config, plan: Plan, task: Task, truth: Targets, fold: int, *, progress: Progress
) -> None:
    """Train a fold into `<run>/fold_<k>/`: its model, history and out-of-fold outputs.

    The state after every epoch is kept beside it until the fold is done, and an interrupted fold
    goes on from it.

    Args:
        config: all settings.
        plan: where everything is.
        task: what is predicted.
        truth: of all train rows.
        fold: which.
        progress: receives what happens, see `training.train_fold`.
    """
    folder = plan.unfinished_run / f"fold_{fold}"
    seed = derive_seed(config.seed, "fold", fold)
    keras.backend.clear_session()  # of the fold that this process trained before
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy(config.training.precision)
    embedding_matrix = read_array(plan.embed / "embedding_matrix.npy")
    data = fold_data(config, plan, truth, fold)
    reads = _fold_inputs(plan, data, task)
    if config.pseudo_labels.run:
        data = with_pseudo_labels(data, config, plan, task, fold)
    model = build_model(
        config.model, embedding_matrix, task, reads, max_tokens=config.batches.max_tokens, seed=seed
    )
    config = _with_enough_steps(config, data, progress)
    recipe = _recipe(
        config,
        task,
        truth.labels,
        seed,
        label_deviations=np.asarray(reads.label_deviations, np.float32),
    )
    with new_folder(folder, unfinished=folder.with_name(f".{folder.name}.unfinished")) as place:
        saved = place / "state.npz"
        state = train_fold(
            model,
            data,
            recipe,
            state=_stored_state(saved),
            on_epoch_end=lambda state: _store_state(saved, state),
            progress=progress,
        )
        save_model(model, place / "model.keras")
        np.save(place / "oof_outputs.npy", state.outputs)
        summary = {
            "best_epoch": state.best_epoch,
            "batch_size": config.batches.size,
            "n_trainable_parameters": _n_trainable_parameters(model),
        }
        write_json(place / "history.json", {**summary, "epochs": state.history})
        saved.unlink()
        progress({"finished": state.history[state.best_epoch - 1]})


def predict_folds(
    config: Config,
    plan: Plan,
    task: Task,
    folds: Sequence[int],
    attention_rows: np.ndarray,
    *,
    progress: Progress,
) -> list[tuple[np.ndarray, list[np.ndarray] | None]]:
    """Return, for each fold's model, the test outputs and the attention weights of some test rows.

    Args:
        config: all settings.
        plan: where the models and texts are.
        task: what is predicted.
        folds: which models.
        attention_rows: the test rows whose weights are wanted.
        progress: not used; a model predicts in seconds.

    Returns:
        For each fold `(rows, outputs)`, and for each text of a row `(attention_rows, timesteps)`,
        None for a model without attention.
    """
    inputs = read_inputs(plan.prepare, "test", config.competition)
    labels = read_array(plan.prepare / "labels.npy")
    recipe = _recipe(config, task, labels, config.seed)
    longest = inputs.lengths(attention_rows, config.batches.max_tokens).max(axis=0, initial=1)
    shown = batch_inputs(inputs, attention_rows, longest)
    results = []
    for fold in folds:
        model = load_model(plan.run / f"fold_{fold}" / "model.keras")
        outputs = predict_outputs(model, inputs, np.arange(len(inputs)), recipe)
        results.append((outputs, attention_weights(model, shown)))
    return results


def _with_enough_steps(config: Config, data: FoldData, progress: Progress) -> Config:
    """Settings by which the rows of a fold are learnt in enough steps; what changes in them is said."""
    n_rows = n_rows_of_epoch(data.inputs, len(data.train_rows), config.batches)
    batches, training = with_enough_steps(config.batches, config.training, n_rows)
    note = ""
    if training is not config.training:
        note = (
            f"few rows: {training.epochs} epochs in batches of {batches.size} instead of {config.training.epochs} of "
            f"{config.batches.size}, by training.min_steps={training.min_steps}; 0 leaves them"
        )
    progress({"epochs": training.epochs, "note": note})
    return dataclasses.replace(config, batches=batches, training=training)


def _recipe(
    config: Config,
    task: Task,
    labels: np.ndarray,
    seed: int,
    label_deviations: np.ndarray | None = None,
) -> Recipe:
    """The recipe of a fold; what classes weigh is decided by all train rows."""
    weights, shift = training_weights(labels, task, config.training.class_weights, config.prior)
    return Recipe(
        task,
        config.competition.metric,
        config.batches,
        config.training,
        config.thresholds,
        seed,
        class_weights=weights,
        label_deviations=label_deviations,
        shift=shift,
    )


def fold_data(config: Config, plan: Plan, truth: Targets, fold: int) -> FoldData:
    """Return the rows of a fold, without pseudo-labels."""
    folds = np.asarray(read_array(plan.folds / "folds.npy"))
    return FoldData(
        inputs=read_inputs(plan.prepare, "train", config.competition),
        truth=truth,
        train_rows=training_rows(folds, fold, kind=config.folds.kind),
        valid_rows=held_out_rows(folds, fold),
    )


def with_pseudo_labels(
    data: FoldData, config: Config, plan: Plan, task: Task, fold: int
) -> FoldData:
    """Return a fold that learns from the test rows too that an earlier run is sure of; what it holds out stays."""
    found = pseudo_labels(config.pseudo_labels, plan, task, fold)
    test = read_inputs(plan.prepare, "test", config.competition)
    n_train, n_added = len(data.inputs), len(found.rows)
    return FoldData(
        inputs=joined(data.inputs, test.take(found.rows)),
        truth=data.truth,
        train_rows=np.concatenate([data.train_rows, n_train + np.arange(n_added)]),
        valid_rows=data.valid_rows,
        targets=np.concatenate(
            [task.ideal_outputs(data.truth.labels).astype(np.float32), found.outputs]
        ),
        weights=np.repeat(
            np.array([1.0, config.pseudo_labels.weight], np.float32), [n_train, n_added]
        ),
    )


def _fold_inputs(plan: Plan, data: FoldData, task: Task) -> FoldInputs:
    """What stands in a row; numbers and the labels of a regression are standardised by the rows trained on."""
    means, deviations = scales(data.inputs.numbers[data.train_rows])
    label_means, label_deviations = scales(
        data.truth.labels[data.train_rows] if task.has_units else np.empty((1, 0))
    )
    return FoldInputs(
        n_texts=len(data.inputs.texts),
        paired=data.inputs.paired,
        number_means=means,
        number_deviations=deviations,
        n_values=tuple(read_json(plan.prepare / "inputs.json")["n_values"]),
        label_means=label_means,
        label_deviations=label_deviations,
    )


def _store_state(path: Path, state: FoldState) -> None:
    write_fold_state(
        path,
        state.history,
        state.best_epoch,
        weights=state.weights,
        best_weights=state.best_weights,
        recent_weights=state.recent_weights,
        outputs=[state.outputs],
    )


def _stored_state(path: Path) -> FoldState | None:
    stored: dict[str, Any] = read_fold_state(path)
    if not stored:
        return None
    return FoldState(**{**stored, "outputs": stored["outputs"][0]})


def _n_trainable_parameters(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
