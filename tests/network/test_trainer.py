import copy
import dataclasses
import math

import keras
import numpy as np
import pytest
from helpers.cases import compose_config

from regard.config import Config
from regard.config.training import OPTIMIZERS, SCHEDULES, WEIGHT_AVERAGES
from regard.data.inputs import only_texts
from regard.errors import ConfigError
from regard.network.adversarial import adversarial_step
from regard.network.batching import predict, training_batches
from regard.network.classifier import FoldInputs, build_model
from regard.network.optimizers import learning_rate
from regard.network.trainer import (
    FoldData,
    FoldState,
    Recipe,
    compile_model,
    is_better,
    predict_outputs,
    train_fold,
)
from regard.tasks import Binary, MultiClass, Targets
from regard.text import RaggedTokens

pytestmark = pytest.mark.slow  # Keras traces a network for nearly every test

TASK = MultiClass(("a", "b", "c"))


def settings(*overrides: str) -> Config:
    small = ["model.rnn.units=4", "batches.size=8", "batches.n_lengths=3", "training.epochs=4"]
    return compose_config(*small, "training.learning_rate=0.03", *overrides)


def fold_data(n_texts: int = 60) -> FoldData:
    """Texts of three classes, each with tokens of its own among shared ones."""
    dice = np.random.default_rng(0)
    labels = (np.arange(n_texts) % 3).astype(np.int32)
    texts = [
        np.concatenate([dice.integers(2, 6, dice.integers(1, 9)), [6 + label] * 2])
        for label in labels
    ]
    texts = [dice.permutation(text) for text in texts]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    tokens = RaggedTokens(np.concatenate(texts).astype(np.int32), offsets)
    rows = np.arange(n_texts)
    return FoldData(
        only_texts(tokens),
        Targets(labels),
        train_rows=rows[rows % 4 > 0],
        valid_rows=rows[rows % 4 == 0],
    )


def fresh_model(config: Config) -> keras.Model:
    matrix = np.random.default_rng(0).normal(size=(9, 6)).astype(np.float32)
    return build_model(config.model, matrix, TASK, FoldInputs(), max_tokens=20, seed=1)


def recipe(config: Config, seed: int = 1) -> Recipe:
    return Recipe(TASK, "accuracy", config.batches, config.training, config.thresholds, seed)


def test_training_learns_and_keeps_the_weights_of_the_best_epoch():
    config, data, events = settings(), fold_data(), []
    model = fresh_model(config)
    state = train_fold(model, data, recipe(config), progress=events.append)
    assert state.history[-1]["loss"] < state.history[0]["loss"]
    best = state.history[state.best_epoch - 1]
    assert best["score"] == max(record["score"] for record in state.history) > 0.8
    assert state.outputs.shape == (15, 3)
    found = predict(model, data.inputs, data.valid_rows, config.batches)
    np.testing.assert_array_equal(found, state.outputs)
    assert events[0] == {"epoch": 1, "batch": 1, "batches": 6}
    assert [event["score"] for event in events if "score" in event] == [
        record["score"] for record in state.history
    ]


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
def test_a_fold_that_was_stopped_goes_on_as_if_it_had_not(overrides):
    config, data, states = settings("model.rnn.dropout=0.2", *overrides), fold_data(), []
    whole = fresh_model(config)
    end = train_fold(
        whole, data, recipe(config), on_epoch_end=lambda state: states.append(copy.deepcopy(state))
    )
    resumed = fresh_model(config)
    again = train_fold(resumed, data, recipe(config), state=states[1])
    assert len(states) > 2
    for one, two in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(again.outputs, end.outputs)
    untimed = [[{**record, "seconds": 0} for record in state.history] for state in (end, again)]
    assert untimed[0] == untimed[1]


def test_another_seed_trains_another_model():
    config, data = settings("training.epochs=1"), fold_data()
    models = [fresh_model(config) for _ in range(3)]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        train_fold(model, data, recipe(config, seed))
    first, again, other = ([weight.copy() for weight in model.get_weights()] for model in models)
    assert all((one == two).all() for one, two in zip(first, again, strict=True))
    assert any((one != two).any() for one, two in zip(first, other, strict=True))


def test_training_stops_when_patience_is_over():
    config = settings("training.patience=2")
    record = {"epoch": 1.0, "loss": 0.0, "valid_loss": 0.0, "score": 1.0, "seconds": 0.0}
    model = fresh_model(config)
    compile_model(model, recipe(config), n_steps=24)
    state = FoldState([record, record, record], best_epoch=1)
    state.weights = [
        np.array(weight)
        for weight in [*model.weights[:-1], model.weights[-1], *model.optimizer.variables]
    ]
    state.best_weights = [np.array(weight) for weight in model.weights]
    assert train_fold(model, fold_data(), recipe(config), state=state).history == [record] * 3


def test_rows_of_weight_zero_change_neither_loss_nor_gradient():
    config, data = settings("model.head.dropout=0", "model.embedding_dropout=0"), fold_data()
    inputs, labels, _ = next(
        training_batches(data.inputs, data.truth.labels, data.train_rows, config.batches, seed=1)
    )
    token_ids = inputs["token_ids"]
    results = []
    for n_rows, weights in ((6, np.ones(6)), (8, np.array([1] * 6 + [0] * 2))):
        model = fresh_model(config)
        compile_model(model, recipe(config), n_steps=24)
        loss = model.train_on_batch(
            {"token_ids": token_ids[:n_rows]}, labels[:n_rows], weights.astype(np.float32)
        )
        results.append((float(np.asarray(loss)), model.get_weights()))
    assert results[0][0] == pytest.approx(results[1][0], abs=1e-6)
    for one, two in zip(results[0][1], results[1][1], strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_and_schedule_compiles(optimizer, schedule):
    config = settings(f"training.optimizer={optimizer}", f"training.schedule={schedule}")
    model = fresh_model(config)
    compile_model(model, recipe(config), n_steps=24)
    assert type(model.optimizer).__name__.lower() == optimizer.replace("_", "")
    rising = round(0.3 * 24) if schedule == "one_cycle" else 0
    assert float(np.asarray(model.optimizer.learning_rate)) == pytest.approx(0.03 / (rising + 1))
    assert model.optimizer.global_clipnorm == 1.0


def trained_with_snapshots(
    config: Config,
) -> tuple[keras.Model, FoldState, list[list[np.ndarray]], list[FoldState]]:
    """A model trained by `train_fold`, and the weights after each of its steps."""
    model, steps, states = fresh_model(config), [], []

    def progress(event: dict[str, float]) -> None:
        if "batch" in event:
            steps.append([np.array(weight) for weight in model.trainable_variables])

    def on_epoch_end(state: FoldState) -> None:
        states.append(copy.deepcopy(state))

    end = train_fold(
        model, fold_data(), recipe(config), progress=progress, on_epoch_end=on_epoch_end
    )
    return model, end, steps, states


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_the_moving_average_is_the_one_by_hand_and_stays_apart_from_the_weights_trained_on(
    precision,
):
    more = ["training.weight_average=ema", "training.epochs=2", "training.ema_epochs=0.5"]
    config = settings(*more, f"training.precision={precision}")
    model, end, steps, states = trained_with_snapshots(config)
    momentum = 1 - 1 / (0.5 * 6)  # six steps an epoch
    averages = [steps[0]]
    for step in steps[1:]:
        averages.append(
            [
                momentum * old + (1 - momentum) * new
                for old, new in zip(averages[-1], step, strict=True)
            ]
        )
    for found, expected in zip(
        model.trainable_variables, averages[6 * end.best_epoch - 1], strict=True
    ):
        np.testing.assert_allclose(np.array(found), expected, rtol=1e-4, atol=1e-6)
    n_weights = len(model.weights) - sum(
        weight.name == "seed_generator_state" for weight in model.weights
    )
    raw = steps[5] + steps[11]
    kept = [state.weights[place] for state in states for place in range(n_weights)]
    assert sum(any(np.array_equal(one, other) for other in kept) for one in raw) == len(raw)
    found = predict(model, fold_data().inputs, fold_data().valid_rows, config.batches)
    np.testing.assert_array_equal(found, end.outputs)


def test_the_last_epochs_are_averaged_by_hand():
    config = settings(
        "training.weight_average=last_epochs", "training.n_averaged_epochs=2", "training.epochs=3"
    )
    model, end, steps, _ = trained_with_snapshots(config)
    assert len(end.recent_weights) == 2 * len(model.trainable_variables)
    ends = [steps[5], steps[11], steps[17]][max(0, end.best_epoch - 2) : end.best_epoch]
    for place, found in enumerate(model.trainable_variables):
        np.testing.assert_allclose(
            np.array(found), np.mean([weights[place] for weights in ends], axis=0), atol=1e-6
        )


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_word_vectors_are_trained_only_after_their_release(optimizer):
    config = settings(
        "training.epochs=3", "model.frozen_embedding_epochs=2", f"training.optimizer={optimizer}",
        "training.weight_decay=0.01", "training.clip_norm=1",
    )  # fmt: skip
    model, data, found = fresh_model(config), fold_data(), []
    train_fold(
        model,
        data,
        recipe(config),
        on_epoch_end=lambda _: found.append(model.get_layer("embedding").get_weights()[0].copy()),
    )
    start = fresh_model(config).get_layer("embedding").get_weights()[0]
    np.testing.assert_array_equal(found[0], start)
    np.testing.assert_array_equal(found[1], start)
    assert (found[2][2:] != start[2:]).all()


def test_an_average_changes_what_predicts_but_not_what_is_trained():
    lists = [
        trained_with_snapshots(settings(f"training.weight_average={average}"))[2]
        for average in WEIGHT_AVERAGES
    ]
    for other in lists[1:]:
        for one, two in zip(lists[0][-1], other[-1], strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("schedule", "warm_up", "steps", "expected"),
    [
        ("one_cycle", 0.0, [0, 15, 30, 65, 100], [0.03 / 31, 0.03 * 16 / 31, 0.03, 0.015, 0.0]),
        ("one_cycle", 0.1, [0, 10, 55, 100], [0.03 / 11, 0.03, 0.015, 0.0]),
        ("cosine", 0.0, [0, 100], [0.03, 0.03 * 0.05]),
        ("cosine", 0.1, [0, 9, 10, 100], [0.03 / 11, 0.03 * 10 / 11, 0.03, 0.03 * 0.05]),
        ("exponential", 0.2, [0, 20, 100], [0.03 / 21, 0.03, 0.03 * 0.05]),
        ("constant", 0.2, [0, 20, 100], [0.03 / 21, 0.03, 0.03]),
    ],
)
def test_schedules_at_the_start_the_peak_and_the_end(schedule, warm_up, steps, expected):
    config = settings(f"training.schedule={schedule}", f"training.warm_up={warm_up}")
    found = learning_rate(config.training, 100)
    assert [float(np.asarray(found(step))) for step in steps] == pytest.approx(expected, abs=1e-7)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(found))
    assert float(np.asarray(again(steps[1]))) == pytest.approx(expected[1], abs=1e-7)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weight_decay_shrinks_kernels_only(optimizer):
    more = [
        "training.schedule=constant",
        "training.weight_decay=0.5",
        "training.precision=mixed_float16",
    ]
    config = settings(f"training.optimizer={optimizer}", *more, "model.head.batch_norm=true")
    model = fresh_model(config)
    compile_model(model, recipe(config), n_steps=24)
    before = {weight.path: np.array(weight) + 1.0 for weight in model.trainable_variables}
    for weight in model.trainable_variables:
        weight.assign(before[weight.path])
    model.optimizer.apply([keras.ops.zeros(weight.shape) for weight in model.trainable_variables])
    for weight in model.trainable_variables:
        shrunk = "kernel" in weight.name
        expected = before[weight.path] * (1 - 0.03 * 0.5 if shrunk else 1)
        np.testing.assert_allclose(np.array(weight), expected, rtol=1e-5, err_msg=weight.path)


def test_probabilities_are_corrected_for_the_share_of_positives_in_the_test_set():
    config, data = settings(), fold_data()
    task = Binary(("label",))
    matrix = np.random.default_rng(0).normal(size=(9, 6)).astype(np.float32)
    model = build_model(config.model, matrix, task, FoldInputs(), max_tokens=20, seed=1)
    plain = Recipe(task, "log_loss", config.batches, config.training, config.thresholds, 1)
    found = predict_outputs(model, data.inputs, data.valid_rows, plain)
    shifted = predict_outputs(
        model, data.inputs, data.valid_rows, dataclasses.replace(plain, shift=(1.6, 0.4))
    )
    odds, other = found / (1 - found), shifted / (1 - shifted)
    np.testing.assert_allclose(other / odds, 0.25, rtol=1e-4)


def test_a_training_that_diverges_is_told_with_the_settings_to_change():
    config = settings(
        "training.optimizer=sgd", "training.learning_rate=1e38", "training.clip_norm=1e30"
    )
    with pytest.raises(
        ConfigError, match=r"diverged in epoch \d.*training.learning_rate \(now 1e\+38\)"
    ):
        train_fold(fresh_model(config), fold_data(), recipe(config))


def test_an_undefined_score_is_no_better_and_equal_scores_go_by_loss():
    def record(score: float, loss: float) -> dict[str, float]:
        return {"score": score, "valid_loss": loss}

    assert is_better(record(0.9, 2.0), record(0.8, 1.0), "accuracy")
    assert not is_better(record(0.9, 2.0), record(0.8, 1.0), "log_loss")
    assert is_better(record(0.8, 0.5), record(0.8, 1.0), "accuracy")
    assert is_better(record(0.1, 2.0), record(math.nan, 1.0), "accuracy")
    assert not is_better(record(math.nan, 1.0), record(0.1, 2.0), "accuracy")
    assert is_better(record(math.nan, 0.5), record(math.nan, 1.0), "log_loss")


def one_batch(config: Config) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    data = fold_data()
    return next(
        training_batches(data.inputs, data.truth.labels, data.train_rows, config.batches, seed=1)
    )


def gradients_by_hand(model: keras.Model, config: Config) -> list[np.ndarray]:
    """The dense gradients of the loss of `one_batch`."""
    import tensorflow as tf

    inputs, labels, weights = one_batch(config)
    with tf.GradientTape() as tape:
        loss = model.loss(labels, model(inputs), weights)
    return [
        np.array(tf.convert_to_tensor(found))
        for found in tape.gradient(loss, model.trainable_variables)
    ]


WITHOUT_DICE = ["model.embedding_dropout=0", "model.head.dropout=0", "training.schedule=constant"]


def test_an_adversarial_step_goes_by_the_sum_of_the_gradients_here_and_where_the_loss_is_greater():
    more = ["training.optimizer=sgd", "training.clip_norm=null", "training.learning_rate=0.1"]
    config = settings(*WITHOUT_DICE, *more, "training.adversarial_epsilon=0.7")
    model, twin = fresh_model(config), fresh_model(config)
    for each in (model, twin):
        compile_model(each, recipe(config), n_steps=24)
    before = [np.array(weight) for weight in twin.trainable_variables]
    clean = gradients_by_hand(twin, config)
    (place,) = (
        number
        for number, weight in enumerate(twin.trainable_variables)
        if weight.name == "embeddings"
    )
    moved = before[place] + 0.7 * clean[place] / np.sqrt((clean[place] ** 2).sum())
    twin.trainable_variables[place].assign(moved)
    adversarial = gradients_by_hand(twin, config)
    inputs, labels, weights = one_batch(config)
    loss = adversarial_step(model, 0.7)(inputs, labels, weights)
    assert float(loss) == pytest.approx(float(fresh_loss(config)), rel=1e-5)
    assert float(twin.loss(labels, twin(inputs), weights)) > float(loss)
    for weight, old, one, two in zip(
        model.trainable_variables, before, clean, adversarial, strict=True
    ):
        np.testing.assert_allclose(
            np.array(weight), old - 0.1 * (one + two), atol=1e-5, err_msg=weight.path
        )


def fresh_loss(config: Config) -> float:
    model = fresh_model(config)
    compile_model(model, recipe(config), n_steps=24)
    return float(np.asarray(model.train_on_batch(*one_batch(config))))


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_word_vectors_are_put_back_to_the_bit(precision):
    more = [
        "training.optimizer=sgd",
        "training.learning_rate=1e-30",
        f"training.precision={precision}",
    ]
    config = settings(*WITHOUT_DICE, *more, "training.adversarial_epsilon=0.7")
    keras.config.set_dtype_policy(precision)
    try:
        model = fresh_model(config)
        compile_model(model, recipe(config), n_steps=24)
        before = np.array(model.get_layer("embedding").embeddings)
        adversarial_step(model, 0.7)(*one_batch(config))
    finally:
        keras.config.set_dtype_policy("float32")
    np.testing.assert_array_equal(np.array(model.get_layer("embedding").embeddings), before)


def test_an_adversarial_step_whose_gradients_overflow_leaves_nothing_behind():
    config = settings(
        "training.precision=mixed_float16",
        "training.adversarial_epsilon=0.7",
        "model.head.batch_norm=true",
    )
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = fresh_model(config)
        compile_model(model, recipe(config), n_steps=24)
        model.optimizer.dynamic_scale.assign(2.0**40)
        adversarial_step(model, 0.7)(*one_batch(config))
    finally:
        keras.config.set_dtype_policy("float32")
    assert float(model.optimizer.dynamic_scale) < 2.0**40  # it did overflow
    for weight in model.weights:
        assert np.isfinite(np.array(weight)).all(), weight.path


def test_an_adversarial_training_learns():
    config = settings("training.adversarial_epsilon=0.5")
    state = train_fold(fresh_model(config), fold_data(), recipe(config))
    assert state.history[state.best_epoch - 1]["score"] > 0.8
