import copy
import dataclasses
import time

import numpy as np
import pytest
from helpers.networks import (
    build_compiled_model,
    build_small_model,
    first_batch,
    fold_data,
    small_config,
    training_settings,
)

from regard.errors import ConfigError
from regard.network.batching import predict
from regard.network.fold_state import FoldState
from regard.network.trainer import predict_outputs, train_fold, train_on_all_rows, was_cut
from regard.parallel.time_limit import TimeLimit
from regard.tasks import Binary

pytestmark = pytest.mark.slow  # Keras traces a network for nearly every test


def test_training_learns_and_keeps_the_weights_of_the_best_epoch():
    config = small_config()
    data = fold_data()
    events = []
    model = build_small_model(config)
    state = train_fold(model, data, training_settings(config), progress=events.append)
    assert state.history[-1]["loss"] < state.history[0]["loss"]
    best = state.history[state.best_epoch - 1]
    assert best["score"] == max(record["score"] for record in state.history) > 0.8
    assert state.outputs.shape == (15, 3)
    outputs = predict(model, data.inputs, data.valid_rows, config.batches)
    np.testing.assert_array_equal(outputs, state.outputs)
    assert events[0].pop("seconds") > 0
    assert events[0] == {"epoch": 1, "batch": 1, "batches": 6}
    scores = [event["score"] for event in events if "score" in event]
    assert scores == [record["score"] for record in state.history]


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["training.weight_average=ema", "batches.word_dropout=0.2"],
        ["training.weight_average=last_epochs", "training.n_averaged_epochs=2"],
        ["training.adversarial_epsilon=1", "training.weight_average=ema"],
        ["model.frozen_embedding_epochs=1"],
    ],
)
def test_resumed_training_ends_with_the_same_weights(overrides):
    config = small_config("model.rnn.dropout=0.2", *overrides)
    data = fold_data()
    settings = training_settings(config)
    states = []
    model = build_small_model(config)
    expected = train_fold(
        model, data, settings, on_epoch_end=lambda state: states.append(copy.deepcopy(state))
    )
    resumed = build_small_model(config)
    found = train_fold(resumed, data, settings, state=states[1])
    assert len(states) > 2
    for one, two in zip(model.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(found.outputs, expected.outputs)
    untimed = [
        [{**record, "seconds": 0} for record in state.history] for state in (expected, found)
    ]
    assert untimed[0] == untimed[1]


def all_rows():
    """Return the data of `fold_data` with every row to train on."""
    data = fold_data()
    rows = np.arange(len(data.inputs))
    return dataclasses.replace(data, train_rows=rows, valid_rows=rows[:0])


@pytest.mark.parametrize("n_epochs", [1, 3])
def test_all_rows_are_trained_on_for_so_many_epochs(n_epochs):
    config = small_config()
    data = all_rows()
    events = []
    model = build_small_model(config)
    settings = training_settings(config)
    state = train_on_all_rows(model, data, settings, n_epochs=n_epochs, progress=events.append)
    assert [record["epoch"] for record in state.history] == list(range(1, n_epochs + 1))
    assert state.best_epoch == n_epochs
    assert {event["epoch"] for event in events} == set(range(1, n_epochs + 1))
    assert {event["batches"] for event in events} == {8}  # 60 rows in batches of eight
    assert state.history[-1]["loss"] <= state.history[0]["loss"]
    for weight, kept in zip(model.trainable_weights, state.best_weights, strict=False):
        assert weight.shape == kept.shape


def test_learning_rate_falls_as_in_the_folds():
    weights = []
    for epochs in (2, 4):
        config = small_config(f"training.epochs={epochs}", "training.schedule=one_cycle")
        model = build_small_model(config)
        train_on_all_rows(model, all_rows(), training_settings(config), n_epochs=2)
        weights.append([weight.copy() for weight in model.get_weights()])
    # Two epochs of four are the first half of the schedule, not all of it.
    assert any((one != two).any() for one, two in zip(*weights, strict=True))


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["training.weight_average=ema", "batches.word_dropout=0.2"],
        ["training.weight_average=last_epochs", "training.n_averaged_epochs=2"],
        ["model.frozen_embedding_epochs=1"],
    ],
)
def test_resumed_training_on_all_rows_ends_with_the_same_weights(overrides):
    config = small_config("model.rnn.dropout=0.2", *overrides)
    settings = training_settings(config)
    states = []
    model = build_small_model(config)
    train_on_all_rows(
        model,
        all_rows(),
        settings,
        n_epochs=3,
        on_epoch_end=lambda state: states.append(copy.deepcopy(state)),
    )
    assert len(states) == 3
    resumed = build_small_model(config)
    found = train_on_all_rows(resumed, all_rows(), settings, n_epochs=3, state=states[0])
    assert [record["epoch"] for record in found.history] == [1, 2, 3]
    for one, two in zip(model.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    # Everything was trained, but the process was stopped before the weights were written.
    finished = build_small_model(config)
    train_on_all_rows(finished, all_rows(), settings, n_epochs=3, state=states[2])
    for one, two in zip(model.get_weights(), finished.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_diverging_training_on_all_rows_is_refused():
    config = small_config(
        "training.optimizer=sgd", "training.learning_rate=1e38", "training.clip_norm=1e30"
    )
    settings = training_settings(config)
    with pytest.raises(ConfigError, match=r"diverged in epoch \d.*training.learning_rate"):
        train_on_all_rows(build_small_model(config), all_rows(), settings, n_epochs=4)


def test_weights_depend_on_the_seed_only():
    config = small_config("training.epochs=1")
    models = [build_small_model(config) for _ in range(3)]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        train_fold(model, fold_data(), training_settings(config, seed))
    first, again, other = ([weight.copy() for weight in model.get_weights()] for model in models)
    assert all((one == two).all() for one, two in zip(first, again, strict=True))
    assert any((one != two).any() for one, two in zip(first, other, strict=True))


def test_training_stops_after_patience_epochs_without_improvement():
    config = small_config("training.patience=2")
    record = {"epoch": 1.0, "loss": 0.0, "valid_loss": 0.0, "score": 1.0, "seconds": 0.0}
    model = build_compiled_model(config)
    state = FoldState([record, record, record], best_epoch=1)
    state.best_weights = [np.array(weight) for weight in model.weights]
    state.weights = state.best_weights + [np.array(value) for value in model.optimizer.variables]
    settings = training_settings(config)
    assert train_fold(model, fold_data(), settings, state=state).history == [record] * 3


def test_rows_of_weight_0_change_neither_loss_nor_gradient():
    config = small_config("model.head.dropout=0", "model.embedding_dropout=0")
    inputs, labels, _ = first_batch(config)
    losses = []
    weights = []
    for row_weights in ([1] * 6, [1] * 6 + [0] * 2):
        n_rows = len(row_weights)
        model = build_compiled_model(config)
        loss = model.train_on_batch(
            {"token_ids": inputs["token_ids"][:n_rows]},
            labels[:n_rows],
            np.array(row_weights, np.float32),
        )
        losses.append(float(np.asarray(loss)))
        weights.append(model.get_weights())
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)
    for one, two in zip(*weights, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_word_vectors_are_frozen_until_their_release(optimizer):
    config = small_config(
        "training.epochs=3", "model.frozen_embedding_epochs=2", f"training.optimizer={optimizer}",
        "training.weight_decay=0.01", "training.clip_norm=1",
    )  # fmt: skip
    model = build_small_model(config)
    before = model.get_layer("embedding").get_weights()[0]
    after = []
    train_fold(
        model,
        fold_data(),
        training_settings(config),
        on_epoch_end=lambda _: after.append(model.get_layer("embedding").get_weights()[0].copy()),
    )
    np.testing.assert_array_equal(after[0], before)
    np.testing.assert_array_equal(after[1], before)
    assert (after[2][2:] != before[2:]).all()


def test_probabilities_are_corrected_for_the_positive_rate_of_the_test_set():
    config = small_config()
    data = fold_data()
    task = Binary(("label",))
    model = build_small_model(config, task)
    plain = dataclasses.replace(training_settings(config), task=task, metric="log_loss")
    shifted = dataclasses.replace(plain, shift=(1.6, 0.4))
    before, after = (
        predict_outputs(model, data.inputs, data.valid_rows, settings)
        for settings in (plain, shifted)
    )
    np.testing.assert_allclose(after / (1 - after) / (before / (1 - before)), 0.25, rtol=1e-4)


def test_diverging_training_is_refused_with_the_settings_to_change():
    config = small_config(
        "training.optimizer=sgd", "training.learning_rate=1e38", "training.clip_norm=1e30"
    )
    message = r"diverged in epoch \d.*training.learning_rate \(now 1e\+38\)"
    with pytest.raises(ConfigError, match=message):
        train_fold(build_small_model(config), fold_data(), training_settings(config))


def limited(config, seconds, **changes):
    """Return settings whose training must end in so many seconds."""
    limit = TimeLimit(time.monotonic() + seconds, **changes)
    return dataclasses.replace(training_settings(config), limit=limit)


def test_a_time_limit_breaks_off_the_first_epoch_and_scores_it():
    config = small_config()
    state = train_fold(build_small_model(config), fold_data(), limited(config, 0.0))
    assert len(state.history) == 1
    assert state.history[0]["share"] == pytest.approx(1 / 6)
    assert state.outputs.shape == (15, 3)
    assert was_cut(state, config.training)


def test_no_epoch_begins_that_would_end_too_late():
    config = small_config()
    model = build_small_model(config)
    data = fold_data()
    settings = limited(config, 1000.0)

    def slow(state):
        state.history[-1]["seconds"] = 2000.0

    state = train_fold(model, data, settings, on_epoch_end=slow)
    assert len(state.history) == 1
    assert "share" not in state.history[0]
    assert was_cut(state, config.training)


def test_the_time_of_the_score_is_kept():
    config = small_config()
    settings = limited(config, 1000.0, valid_seconds=1001.0)
    state = train_fold(build_small_model(config), fold_data(), settings)
    assert state.history[0]["share"] < 1


def test_a_limit_with_enough_time_changes_nothing():
    config = small_config()
    states = [
        train_fold(build_small_model(config), fold_data(), settings)
        for settings in (training_settings(config), limited(config, 1000.0))
    ]
    np.testing.assert_array_equal(states[0].outputs, states[1].outputs)
    assert not was_cut(states[1], config.training)
