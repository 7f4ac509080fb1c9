"""Training of one fold: epochs, early stopping and resuming."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from regard.artefacts.seeds import derive_seed
from regard.data.inputs import Inputs
from regard.errors import ConfigError
from regard.metrics.thresholds import shown_scores
from regard.network.batching import n_training_batches, predict, prefetch, training_batches
from regard.network.fold_state import FoldData, FoldState, is_better, is_over
from regard.network.layer_rates import LayerRates
from regard.network.layers.release import release_embeddings
from regard.network.losses import build_loss
from regard.network.optimizers import build_optimizer
from regard.network.weight_averages import WEIGHT_AVERAGES
from regard.network.weights import (
    assign_values,
    copy_values,
    seed_dropout,
    trained_variables,
    trained_weights,
)
from regard.parallel.time_limit import TimeLimit
from regard.runs.learner import Progress
from regard.tasks import Task
from regard.tasks.class_weights import shift_probabilities

if TYPE_CHECKING:
    from regard.config import BatchesConfig, ThresholdsConfig, TrainingConfig

# inputs, labels, weights -> loss
Step = Callable[[dict[str, np.ndarray], np.ndarray, np.ndarray], Any]


@dataclass(frozen=True, eq=False)
class _Loop:
    """The functions that an epoch calls: one trains on a batch, the others follow the training."""

    step: Step
    callbacks: keras.callbacks.CallbackList
    progress: Progress


@dataclass(frozen=True, eq=False)
class TrainingSettings:
    """The settings that a fold is trained with.

    Attributes:
        task: the task.
        metric: the metric that chooses the best epoch.
        batches: batch sizes.
        training: epochs and optimizer.
        thresholds: whether metrics of labels are computed at their best thresholds.
        seed: seed of this fold.
        class_weights: class weights from `tasks.class_weights`; None for equal weights.
        label_stds: `(n_outputs,)` standard deviations of the labels of a regression, see
            `losses.build_loss`.
        shift: weights that correct probabilities for the positive rate of the test set; None for
            no correction.
        limit: when the training must end; None: never.
        rates: the learning rates of the layers of a pretrained encoder; None: the same for all.
    """

    task: Task
    metric: str
    batches: BatchesConfig
    training: TrainingConfig
    thresholds: ThresholdsConfig
    seed: int
    class_weights: np.ndarray | None = None
    label_stds: np.ndarray | None = None
    shift: tuple[float, float] | None = None
    limit: TimeLimit | None = None
    rates: LayerRates | None = None


def predict_outputs(
    model: keras.Model, inputs: Inputs, rows: np.ndarray, settings: TrainingSettings
) -> np.ndarray:
    """Return a model's final outputs for some rows.

    Numbers are clipped to their range, and probabilities are corrected for the positive rate of the
    test set.

    Returns:
        `(len(rows), n_outputs)` float32.
    """
    return finished(predict(model, inputs, rows, settings.batches), settings)


def finished(outputs: np.ndarray, settings: TrainingSettings) -> np.ndarray:
    """Return the final outputs of those of a network, see `predict_outputs`."""
    # Only numbers can leave their range: softmax and sigmoid outputs are probabilities already.
    if settings.task.has_units:
        outputs = settings.task.finish_outputs(outputs).astype(np.float32)
    return outputs if settings.shift is None else shift_probabilities(outputs, settings.shift)


def train_fold(
    model: keras.Model,
    data: FoldData,
    settings: TrainingSettings,
    *,
    state: FoldState | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    on_epoch_end: Callable[[FoldState], None] = lambda state: None,
    progress: Progress = lambda event: None,
) -> FoldState:
    """Train a model on a fold until its validation score stops improving; keep the best weights.

    Random numbers are seeded anew in every epoch, from the fold's seed and the epoch's number. A
    fold that is stopped and resumed from a saved `state` therefore ends with the same weights as
    one that is not.

    Args:
        model: from `build_model`; its weights are changed in place.
        data: inputs, labels and rows.
        settings: task, metric, batches, optimizer and seed of this fold.
        state: state of an earlier training of this fold that was stopped.
        callbacks: Keras callbacks, see `regard.network.callbacks`.
        on_epoch_end: called with the state after every epoch, to save it.
        progress: called with `{"epoch", "batch", "batches", "seconds"}` after every batch, and with
            each epoch's record.

    Returns:
        The last state: history, best epoch and its out-of-fold outputs.

    Raises:
        ConfigError: training diverged; the message names the settings to change.
    """
    n_batches = n_training_batches(data.inputs, len(data.train_rows), settings.batches)
    compile_model(model, settings, n_steps=settings.training.epochs * n_batches)
    state = state or FoldState()
    if state.history:
        assign_values(trained_variables(model), state.weights)
    loop = _Loop(
        training_step(model, settings.training),
        keras.callbacks.CallbackList(list(callbacks), model=model),
        progress,
    )
    loop.callbacks.on_train_begin()
    while not (_is_finished(model, state, settings.training) or is_late(state, settings.limit)):
        _train_epoch(model, data, settings, state, loop)
        progress(state.history[-1])
        on_epoch_end(state)
    loop.callbacks.on_train_end()
    assign_values(trained_weights(model), state.best_weights)
    return state


def train_on_all_rows(
    model: keras.Model,
    data: FoldData,
    settings: TrainingSettings,
    *,
    n_epochs: int,
    state: FoldState | None = None,
    on_epoch_end: Callable[[FoldState], None] = lambda state: None,
    progress: Progress = lambda event: None,
) -> FoldState:
    """Train a model for a given number of epochs, as no row is held out; keep the last weights.

    The learning rate falls as in the folds: by the epochs of the settings, of which the last ones
    are not run.

    Args:
        model: from `build_model`; its weights are changed in place.
        data: inputs, labels and rows, none of them held out.
        settings: as of a fold.
        n_epochs: the number of epochs.
        state: the state of an earlier training that was stopped.
        on_epoch_end: called with the state after every epoch, to save it.
        progress: see `train_fold`.

    Raises:
        ConfigError: training diverged.
    """
    n_batches = n_training_batches(data.inputs, len(data.train_rows), settings.batches)
    compile_model(model, settings, n_steps=settings.training.epochs * n_batches)
    state = state or FoldState()
    if state.history:
        assign_values(trained_variables(model), state.weights)
    loop = _Loop(
        training_step(model, settings.training), keras.callbacks.CallbackList([]), progress
    )
    for epoch in range(len(state.history) + 1, n_epochs + 1):
        started = time.perf_counter()
        loss, _ = _run_epoch(model, data, settings, loop, epoch)
        _check_finite(epoch, loss, np.empty(0), settings.training)
        state.weights = copy_values(trained_variables(model))
        _average_weights(model, settings.training, state)
        state.best_epoch = epoch
        state.best_weights = copy_values(trained_weights(model))
        assign_values(trained_variables(model), state.weights)
        seconds = round(time.perf_counter() - started, 2)
        state.history.append({"epoch": float(epoch), "loss": loss, "seconds": seconds})
        on_epoch_end(state)
    assign_values(trained_weights(model), state.best_weights)
    return state


def _is_finished(model: keras.Model, state: FoldState, training: TrainingConfig) -> bool:
    """Return whether the last epoch is done, or patience or a callback ends the training."""
    is_last = len(state.history) >= training.epochs
    return is_last or is_over(state, training.patience) or bool(model.stop_training)


def is_late(state: FoldState, limit: TimeLimit | None) -> bool:
    """Return whether another epoch would end too late; the first one is always begun."""
    if limit is None or not state.history:
        return False
    return not limit.allows_epoch(state.history[-1]["seconds"])


def was_cut(state: FoldState, training: TrainingConfig) -> bool:
    """Return whether a time limit has ended a training, before its last epoch or inside one."""
    if any("share" in record for record in state.history):
        return True
    return len(state.history) < training.epochs and not is_over(state, training.patience)


def compile_model(model: keras.Model, settings: TrainingSettings, *, n_steps: int) -> None:
    """Give a model its loss and optimizer.

    Args:
        model: from `build_model`.
        settings: task, weights and optimizer settings.
        n_steps: number of steps of all epochs, for the learning-rate schedule and the moving
            average of the weights.
    """
    optimizer = build_optimizer(settings.training, n_steps=n_steps, rates=settings.rates)
    loss = build_loss(
        settings.task,
        class_weights=settings.class_weights,
        stds=settings.label_stds,
        label_smoothing=settings.training.label_smoothing,
        focal_gamma=settings.training.focal_gamma,
    )
    # On TensorFlow, XLA would compile anew for every batch length and does not support sparse
    # gradients of embeddings. JAX needs it.
    jit_compile = False if keras.backend.backend() == "tensorflow" else "auto"
    model.compile(optimizer=optimizer, loss=loss, jit_compile=jit_compile)
    # Otherwise its variables would first exist after a step, too late for those of a stored state.
    optimizer.build(model.trainable_variables)


def training_step(model: keras.Model, config: TrainingConfig) -> Step:
    """Return the function that trains on one batch and returns its loss."""
    if not config.adversarial_epsilon:
        step: Step = model.train_on_batch
        return step
    # Imported here because it needs TensorFlow, and the rest runs on any backend.
    from regard.network.adversarial import adversarial_step

    return adversarial_step(model, config.adversarial_epsilon)


def _train_epoch(
    model: keras.Model,
    data: FoldData,
    settings: TrainingSettings,
    state: FoldState,
    loop: _Loop,
) -> None:
    """Train one more epoch, score it and update the state."""
    started = time.perf_counter()
    epoch = len(state.history) + 1
    loop.callbacks.on_epoch_begin(epoch - 1)
    loss, share = _run_epoch(model, data, settings, loop, epoch)
    # Before they are averaged: the next epoch continues from these.
    state.weights = copy_values(trained_variables(model))
    is_averaged = _average_weights(model, settings.training, state)
    outputs = predict_outputs(model, data.inputs, data.valid_rows, settings)
    _check_finite(epoch, loss, outputs, settings.training)
    record = {
        "epoch": float(epoch),
        "loss": loss,
        **_valid_scores(model, data, settings, outputs),
        **({} if share == 1.0 else {"share": share}),
        "seconds": round(time.perf_counter() - started, 2),
    }
    if state.best_epoch == 0 or is_better(
        record, state.history[state.best_epoch - 1], settings.metric
    ):
        state.best_epoch = epoch
        state.best_weights = copy_values(trained_weights(model))
        state.outputs = outputs
    state.history.append(record)
    if is_averaged:
        assign_values(trained_variables(model), state.weights)
    logs = {
        "loss": loss,
        "val_loss": record["valid_loss"],
        f"val_{settings.metric}": record["score"],
    }
    loop.callbacks.on_epoch_end(epoch - 1, logs)


def _run_epoch(
    model: keras.Model, data: FoldData, settings: TrainingSettings, loop: _Loop, epoch: int
) -> tuple[float, float]:
    """Train on the batches of an epoch, with its own random numbers; see `_train_batches`."""
    seed = derive_seed(settings.seed, "epoch", epoch)
    seed_dropout(model, seed)
    release_embeddings(model, epoch)
    return _train_batches(data, settings, loop, epoch=epoch, seed=derive_seed(seed, "rows"))


def _average_weights(model: keras.Model, training: TrainingConfig, state: FoldState) -> bool:
    """Give the model the averaged weights that predict, if the settings average them."""
    average = WEIGHT_AVERAGES[training.weight_average].assign
    if average is None:
        return False
    state.recent_weights = average(model, training, state.recent_weights)
    return True


def _check_finite(epoch: int, loss: float, outputs: np.ndarray, training: TrainingConfig) -> None:
    """Raise a ConfigError if training has diverged."""
    if not (math.isfinite(loss) and np.isfinite(outputs).all()):
        raise ConfigError(
            f"training diverged in epoch {epoch}: losses or predictions are not finite; lower "
            f"training.learning_rate (now {training.learning_rate:g}) or "
            f"training.clip_norm (now {training.clip_norm})"
        )


def _valid_scores(
    model: keras.Model, data: FoldData, settings: TrainingSettings, outputs: np.ndarray
) -> dict[str, float]:
    """Return the loss and the scores of the outputs for the held-out rows."""
    targets = data.targets.take(data.valid_rows)
    loss = model.loss(targets.labels, outputs, targets.weights)
    scores = shown_scores(settings.thresholds, settings.metric, settings.task, targets, outputs)
    return {"valid_loss": float(ops.convert_to_numpy(loss)), **scores}


def _train_batches(
    data: FoldData, settings: TrainingSettings, loop: _Loop, *, epoch: int, seed: int
) -> tuple[float, float]:
    """Train on every batch of an epoch, or as many as the time limit allows.

    Keras's `fit` is not used: on TensorFlow it is 1.6 times as slow for batches of varying length
    (benchmarks/fit_against_train_on_batch.py), and it assumes that all batches have the shapes of
    the first two.

    Returns:
        The mean loss per row, and the share of the batches.
    """
    n_batches = n_training_batches(data.inputs, len(data.train_rows), settings.batches)
    losses = []
    n_rows = []
    batches = training_batches(
        data.inputs,
        data.targets.labels if data.ideal_outputs is None else data.ideal_outputs,
        data.train_rows,
        settings.batches,
        seed=seed,
        row_weights=data.weights,
    )
    ended = time.perf_counter()
    for number, (inputs, labels, weights) in enumerate(prefetch(batches), start=1):
        loop.callbacks.on_train_batch_begin(number - 1)
        losses.append(float(np.asarray(loop.step(inputs, labels, weights))))
        loop.callbacks.on_train_batch_end(number - 1, {"loss": losses[-1]})
        n_rows.append(weights.sum())
        started, ended = ended, time.perf_counter()
        event = {"epoch": epoch, "batch": number, "batches": n_batches}
        loop.progress({**event, "seconds": ended - started})
        if settings.limit is not None and not settings.limit.allows_batch():
            break
    # The rows that fill up the last batch have weight 0, so that batch counts less.
    return float(np.average(losses, weights=n_rows)), len(losses) / n_batches
