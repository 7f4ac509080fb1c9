"""Measure how fast a network trains and predicts on this machine, by a few of its batches."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from regard.artefacts.seeds import derive_seed
from regard.network.batching import batch_inputs, n_training_batches, training_batches
from regard.network.bucketing import padded_lengths, prediction_order, training_order
from regard.network.trainer import compile_model, training_step
from regard.runs.speed import Speed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import keras

    from regard.network.fold_state import FoldData
    from regard.network.trainer import TrainingSettings

# Of the time of a measurement, the share that training takes; prediction takes the rest.
_TRAINING_SHARE = 0.7
# Keras traces a function for the first length, and for the second one so that it serves any length.
_N_TRACES = 2
_N_BATCHES = 15


class _Batches(NamedTuple):
    """The measured batches of training or of prediction.

    Attributes:
        tracing: the extra seconds of the first batches of the first lengths, which are traced.
        token: the mean seconds of a token, padding included, in further batches.
    """

    tracing: float
    token: float


def measure_speed(
    model: keras.Model,
    data: FoldData,
    settings: TrainingSettings,
    *,
    seconds: float,
    build_seconds: float,
) -> Speed:
    """Train and predict a few batches, and forecast an epoch from them.

    Batches of the first lengths are run twice: the first time they are traced, and the difference
    to the second time tells how long that takes.

    Args:
        model: from `build_model`; its weights change.
        data: the rows of a fold.
        settings: of its training.
        seconds: the time to take; batches of two lengths are run in any case.
        build_seconds: the time that building the model has taken.
    """
    started = time.monotonic()
    compile_model(model, settings, n_steps=1000)
    step = training_step(model, settings.training)
    building = build_seconds + time.monotonic() - started
    n_batches = n_training_batches(data.inputs, len(data.train_rows), settings.batches)
    rows = data.train_rows[: 50 * settings.batches.size]
    labels = data.targets.labels if data.ideal_outputs is None else data.ideal_outputs
    seed = derive_seed(settings.seed, "speed")
    batches = training_batches(data.inputs, labels, rows, settings.batches, seed=seed)
    trained = _measure(
        ((_n_tokens(batch[0]), functools.partial(step, *batch)) for batch in batches),
        started + _TRAINING_SHARE * seconds,
    )
    predicted = _measure(_predictions(model, data, settings), started + seconds)
    valid = _valid_tokens(data, settings) * predicted.token
    return Speed(
        n_epochs=settings.training.epochs,
        batch_size=settings.batches.size,
        patience=settings.training.patience,
        set_up=building + trained.tracing + predicted.tracing,
        epoch=_train_tokens(data, settings, n_batches) * trained.token + valid,
        valid=valid,
        load=building + predicted.tracing,
        row=valid / max(len(data.valid_rows), 1),
    )


def _measure(batches: Iterator[tuple[int, Callable[[], object]]], end: float) -> _Batches:
    """Run batches, each twice, until a time is reached."""
    tracing = 0.0
    seconds = 0.0
    tokens = 0
    seen: set[int] = set()
    for number, (n_tokens, run) in enumerate(batches, start=1):
        needed = _seconds_of(run)
        if n_tokens not in seen and len(seen) < _N_TRACES:
            again = _seconds_of(run)
            tracing += max(needed - again, 0.0)
            needed = again
        seen.add(n_tokens)
        seconds += needed
        tokens += n_tokens
        is_enough = time.monotonic() > end or number >= _N_BATCHES
        if is_enough and len(seen) >= _N_TRACES:
            break
    return _Batches(tracing, seconds / max(tokens, 1))


def _seconds_of(run: Callable[[], object]) -> float:
    started = time.monotonic()
    np.asarray(run())  # JAX computes in the background
    return time.monotonic() - started


def _predictions(
    model: keras.Model, data: FoldData, settings: TrainingSettings
) -> Iterator[tuple[int, Callable[[], object]]]:
    """Yield the batches of the held-out rows, from the middle on: neither short nor long."""
    order, padded = _valid_order(data, settings)
    for index in np.roll(np.arange(len(order)), len(order) // 2):
        rows = data.valid_rows[order[index]]
        truncate = settings.batches.truncate
        batch = batch_inputs(data.inputs, rows, padded[index], truncate=truncate)
        yield _n_tokens(batch), functools.partial(model.predict_on_batch, batch)


def _n_tokens(inputs: dict[str, np.ndarray]) -> int:
    """Return the number of tokens of a batch, padding included."""
    return sum(ids.size for name, ids in inputs.items() if name.startswith("token_ids"))


def _train_tokens(data: FoldData, settings: TrainingSettings, n_batches: int) -> float:
    """Return the tokens of an epoch, padding included."""
    config = settings.batches
    lengths = data.inputs.lengths(data.train_rows, config.max_tokens)
    order, _ = training_order(lengths.max(axis=1), config, seed=settings.seed)
    padded = padded_lengths(lengths, order, data.inputs, config)
    # Pairs that are read in both orders have twice as many batches as their rows tell.
    return float(padded.sum() * order.shape[1] * n_batches / len(order))


def _valid_order(data: FoldData, settings: TrainingSettings) -> tuple[np.ndarray, np.ndarray]:
    lengths = data.inputs.lengths(data.valid_rows, settings.batches.max_tokens)
    order = prediction_order(lengths.max(axis=1), settings.batches)
    return order, padded_lengths(lengths, order, data.inputs, settings.batches)


def _valid_tokens(data: FoldData, settings: TrainingSettings) -> float:
    """Return the tokens that a score predicts, padding included."""
    order, padded = _valid_order(data, settings)
    n_orders = 2 if data.inputs.symmetric else 1
    return float(n_orders * padded.sum() * order.shape[1])
