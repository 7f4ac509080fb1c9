"""The recipe: how one fold is trained, stopped and resumed."""

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import ops

from regard.config import BatchesConfig, ThresholdsConfig, TrainingConfig
from regard.data.inputs import Inputs
from regard.errors import ConfigError
from regard.metrics.registry import greater_is_better
from regard.metrics.thresholds import score_at_best
from regard.network.batching import (
    n_training_batches,
    one_ahead,
    predict,
    training_batches,
)
from regard.network.layers.release import release_embeddings
from regard.network.losses import build_loss
from regard.network.optimizers import build_optimizer
from regard.seeds import derive_seed
from regard.tasks import Targets, Task
from regard.tasks.class_weights import shift_probabilities

Progress = Callable[[dict[str, Any]], None]
# inputs, labels, weights -> loss
Step = Callable[[dict[str, np.ndarray], np.ndarray, np.ndarray], Any]


_SMALLEST_BATCH = 8  # below, batch normalisation and the clipping of gradients see too little


@dataclass(frozen=True, eq=False)
class FoldData:
    """The rows of a fold.

    Attributes:
        inputs: of all training rows, and of those after them that have pseudo-labels.
        truth: of all training rows.
        train_rows: the rows the fold learns from, int64.
        valid_rows: the rows it holds out, int64.
        targets: what is learnt of each row of `inputs`, as `losses.TaskLoss` takes it; None: the
            labels of `truth`.
        weights: `(rows,)` float32 of each row of `inputs` in the loss; None: all the same.
    """

    inputs: Inputs
    truth: Targets
    train_rows: np.ndarray
    valid_rows: np.ndarray
    targets: np.ndarray | None = None
    weights: np.ndarray | None = None


@dataclass
class FoldState:
    """Where a fold's training stands after an epoch: all that is needed to go on as if it had never
    stopped.

    Attributes:
        history: a record for each finished epoch: epoch (from 1), loss, valid_loss, score, seconds.
        best_epoch: the epoch, from 1, whose weights and predictions are kept; 0 before the first.
        weights: the changing weights and the optimizer's variables after the last epoch.
        best_weights: the changing weights after the best epoch, averaged if the recipe says so.
        recent_weights: what `last_epochs` averages: the trainable weights after some last epochs,
            epoch by epoch.
        outputs: for the held-out rows after the best epoch, `(valid_rows, outputs)`.
    """

    history: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int = 0
    weights: list[np.ndarray] = field(default_factory=list)
    best_weights: list[np.ndarray] = field(default_factory=list)
    recent_weights: list[np.ndarray] = field(default_factory=list)
    outputs: np.ndarray = field(default_factory=lambda: np.empty((0, 0), np.float32))


@dataclass(frozen=True, eq=False)
class Recipe:
    """What a fold is trained by.

    Attributes:
        task: what is predicted.
        metric: by which the best epoch is chosen.
        batches: batch sizes.
        training: epochs and optimizer.
        thresholds: whether metrics of labels are computed at their best thresholds.
        seed: of this fold.
        class_weights: as `prior.class_weights` gives them; None: all the same.
        label_deviations: of numbers, see `losses.TaskLoss`.
        shift: weights of `prior.shift_weights` that probabilities are corrected by; None: not at
            all.
    """

    task: Task
    metric: str
    batches: BatchesConfig
    training: TrainingConfig
    thresholds: ThresholdsConfig
    seed: int
    class_weights: np.ndarray | None = None
    label_deviations: np.ndarray | None = None
    shift: tuple[float, float] | None = None


def predict_outputs(
    model: keras.Model, inputs: Inputs, rows: np.ndarray, recipe: Recipe
) -> np.ndarray:
    """Return a model's outputs for rows: numbers within their range, probabilities corrected for
    the test set's prior.

    Returns:
        `(rows, outputs)` float32.
    """
    outputs = predict(model, inputs, rows, recipe.batches)
    # A softmax or a sigmoid keeps within its range.
    if recipe.task.has_units:
        outputs = recipe.task.finish_outputs(outputs).astype(np.float32)
    return outputs if recipe.shift is None else shift_probabilities(outputs, recipe.shift)


def train_fold(
    model: keras.Model,
    data: FoldData,
    recipe: Recipe,
    *,
    state: FoldState | None = None,
    on_epoch_end: Callable[[FoldState], None] = lambda state: None,
    progress: Progress = lambda event: None,
) -> FoldState:
    """Train a model on a fold's rows until its validation score stops rising, and leave the best
    weights in it.

    Random numbers are seeded anew at every epoch from the fold's seed and the epoch's number. So a
    fold that was stopped and goes on from a saved `state` ends with the same weights as one that
    was not.

    Args:
        model: from `build_model`; its weights are changed in place.
        data: inputs, labels and rows.
        recipe: task, metric, batches, optimizer and seed of this fold.
        state: where an earlier, stopped training of this fold stood.
        on_epoch_end: receives the state after every epoch, to save it.
        progress: receives `{"epoch", "batch", "batches"}` after every batch, and each epoch's
            record.

    Returns:
        The last state: history, best epoch and its out-of-fold outputs.

    Raises:
        ConfigError: the training diverged; the message names the settings to change.
    """
    n_batches = n_training_batches(data.inputs, len(data.train_rows), recipe.batches)
    compile_model(model, recipe, n_steps=recipe.training.epochs * n_batches)
    state = state or FoldState()
    if state.history:
        _assign(_changing_variables(model), state.weights)
    step = _training_step(model, recipe.training)
    while len(state.history) < recipe.training.epochs and not _is_over(
        state, recipe.training.patience
    ):
        _train_epoch(model, data, recipe, state, step=step, progress=progress)
        progress(state.history[-1])
        on_epoch_end(state)
    _assign(_changing_weights(model), state.best_weights)
    return state


def compile_model(model: keras.Model, recipe: Recipe, *, n_steps: int) -> None:
    """Give a model its loss and optimizer.

    Args:
        model: from `build_model`.
        recipe: task, weights and optimizer settings.
        n_steps: of all epochs, for the learning-rate schedule and the moving average of the
            weights.
    """
    optimizer = build_optimizer(recipe.training, n_steps=n_steps)
    loss = build_loss(
        recipe.task,
        class_weights=recipe.class_weights,
        stds=recipe.label_deviations,
        label_smoothing=recipe.training.label_smoothing,
        focal_gamma=recipe.training.focal_gamma,
    )
    # XLA would compile anew for every length of a batch, and knows no gradients of rows; JAX cannot
    # do without.
    jit_compile = False if keras.backend.backend() == "tensorflow" else "auto"
    model.compile(optimizer=optimizer, loss=loss, jit_compile=jit_compile)
    optimizer.build(model.trainable_variables)


def _training_step(model: keras.Model, config: TrainingConfig) -> Step:
    """What takes a step for a batch and returns its loss."""
    if not config.adversarial_epsilon:
        step: Step = model.train_on_batch
        return step
    from regard.network.adversarial import adversarial_step  # here: it needs TensorFlow

    return adversarial_step(model, config.adversarial_epsilon)


def _train_epoch(
    model: keras.Model,
    data: FoldData,
    recipe: Recipe,
    state: FoldState,
    *,
    step: Step,
    progress: Progress,
) -> None:
    """Train one more epoch, score it, and bring the state up to date."""
    started = time.perf_counter()
    epoch = len(state.history) + 1
    seed = derive_seed(recipe.seed, "epoch", epoch)
    _seed_dropout(model, seed)
    release_embeddings(model, epoch)
    loss = _train_batches(step, data, recipe, progress, epoch=epoch, seed=derive_seed(seed, "rows"))
    state.weights = _values(_changing_variables(model))
    _average_weights(model, recipe.training, state)
    outputs = predict_outputs(model, data.inputs, data.valid_rows, recipe)
    if not (math.isfinite(loss) and np.isfinite(outputs).all()):
        raise ConfigError(
            f"training diverged in epoch {epoch}: losses or predictions are not finite; lower training.learning_rate "
            f"(now {recipe.training.learning_rate:g}) or training.clip_norm (now {recipe.training.clip_norm})"
        )
    truth = data.truth.take(data.valid_rows)
    record = {
        "epoch": float(epoch),
        "loss": loss,
        "valid_loss": float(ops.convert_to_numpy(model.loss(truth.labels, outputs, truth.weights))),
        "score": score_at_best(recipe.thresholds, recipe.metric, recipe.task, truth, outputs),
        "seconds": round(time.perf_counter() - started, 2),
    }
    if state.best_epoch == 0 or is_better(
        record, state.history[state.best_epoch - 1], recipe.metric
    ):
        state.best_epoch = epoch
        state.best_weights = _values(_changing_weights(model))
        state.outputs = outputs
    state.history.append(record)
    if recipe.training.weight_average != "none":
        # training goes on from the weights it came to
        _assign(_changing_variables(model), state.weights)


def _average_weights(model: keras.Model, config: TrainingConfig, state: FoldState) -> None:
    """Put averages in the place of the trainable weights; the statistics of batch normalisation
    stay the current ones.

    Reference:
        last_epochs: Izmailov et al. (2018), Averaging weights leads to wider optima and better
            generalization, UAI.
    """
    if config.weight_average == "ema":
        model.optimizer.finalize_variable_values(model.trainable_variables)
    elif config.weight_average == "last_epochs":
        n_weights = len(model.trainable_variables)
        state.recent_weights += _values(model.trainable_variables)
        state.recent_weights = state.recent_weights[-n_weights * config.n_averaged_epochs :]
        means = [
            np.mean(state.recent_weights[place::n_weights], axis=0) for place in range(n_weights)
        ]
        _assign(model.trainable_variables, means)


def _train_batches(
    step: Step, data: FoldData, recipe: Recipe, progress: Progress, *, epoch: int, seed: int
) -> float:
    """Take a step for every batch of an epoch and return the mean loss of its rows.

    Not by `fit`, which over Python batches is slower on TensorFlow, 1.6 times as slow on the
    lengths of benchmarks/fit_against_train_on_batch.py, and takes the shapes of the first two
    batches for those of all.
    """
    n_batches = n_training_batches(data.inputs, len(data.train_rows), recipe.batches)
    losses, n_rows = [], []
    targets = data.truth.labels if data.targets is None else data.targets
    batches = training_batches(
        data.inputs, targets, data.train_rows, recipe.batches, seed=seed, row_weights=data.weights
    )
    for number, (inputs, labels, weights) in enumerate(one_ahead(batches), start=1):
        losses.append(float(np.asarray(step(inputs, labels, weights))))
        n_rows.append(weights.sum())
        progress({"epoch": epoch, "batch": number, "batches": n_batches})
    return float(np.average(losses, weights=n_rows))


def is_better(record: dict[str, float], best: dict[str, float], metric: str) -> bool:
    """Return whether an epoch's record beats another: by its score, among equal or undefined scores
    by its loss.

    Accuracies of few rows are often equal.
    """
    sign = 1 if greater_is_better(metric) else -1
    new, old = (
        (-math.inf if math.isnan(epoch["score"]) else sign * epoch["score"], -epoch["valid_loss"])
        for epoch in (record, best)
    )
    return new > old


def _is_over(state: FoldState, patience: int) -> bool:
    return len(state.history) - state.best_epoch >= patience and state.best_epoch > 0


def _changing_weights(model: keras.Model) -> list[Any]:
    """The weights that training changes: all but those of frozen layers, which can be large."""
    return [weight for layer in leaf_layers(model) if layer.trainable for weight in layer.weights]


def _changing_variables(model: keras.Model) -> list[Any]:
    return [*_changing_weights(model), *model.optimizer.variables]


def _values(variables: Sequence[Any]) -> list[np.ndarray]:
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def _assign(variables: Sequence[Any], values: Sequence[np.ndarray]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _seed_dropout(model: keras.Model, seed: int) -> None:
    """Set every dropout's random state from a seed and the dropout's place in the model."""
    states = [
        variable
        for variable in model.non_trainable_variables
        if variable.name == "seed_generator_state"
    ]
    for place, state in enumerate(states):
        state.assign(np.array([derive_seed(seed, "dropout", place), 0], dtype="uint32"))


def leaf_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers of a model and of the models in it, each once, in their order."""
    layers: list[keras.layers.Layer] = []
    for layer in model.layers:
        for leaf in leaf_layers(layer) if isinstance(layer, keras.Model) else [layer]:
            if not any(leaf is known for known in layers):
                layers.append(leaf)
    return layers


def with_enough_steps(
    batches: BatchesConfig, training: TrainingConfig, n_rows: int
) -> tuple[BatchesConfig, TrainingConfig]:
    """Return settings by which so many rows are learnt in `training.min_steps` steps, or as given
    where they are.

    Twelve epochs of 400 rows in batches of 64 are 84 steps, after which the weights are still near
    where they began. So epochs grow, the patience with them, and batches shrink: of the factor that
    is missing, two thirds of its logarithm are epochs. What is counted in epochs besides, such as
    `ema_epochs`, holds for the epochs that come of it.

    Example:
        400 rows, size=64, epochs=12, patience=3, min_steps=600 -> size=33, epochs=47, patience=12

    Args:
        batches: of which `size` may shrink, to no less than 8 rows.
        training: of which `epochs` and `patience` may grow.
        n_rows: that an epoch learns from, 1 at least.

    Returns:
        Both, changed or the very ones that were given.
    """
    n_steps = training.epochs * math.ceil(n_rows / batches.size)
    if n_steps >= training.min_steps:
        return batches, training
    size = min(batches.size, n_rows)
    smaller = max(
        round(size / (training.min_steps / n_steps) ** (1 / 3)), min(size, _SMALLEST_BATCH)
    )
    epochs = max(math.ceil(training.min_steps / math.ceil(n_rows / smaller)), training.epochs)
    patience = round(training.patience * epochs / training.epochs)
    more = dataclasses.replace(training, epochs=epochs, patience=patience)
    return dataclasses.replace(batches, size=smaller), more
