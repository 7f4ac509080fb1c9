import contextlib
from collections.abc import Iterator

import keras
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

from regard.config import Config
from regard.network.adversarial import adversarial_step
from regard.network.trainer import train_fold

pytestmark = pytest.mark.slow  # Keras traces a network for every test

NO_DROPOUT = ["model.embedding_dropout=0", "model.head.dropout=0", "training.schedule=constant"]


@contextlib.contextmanager
def dtype_policy(policy: str) -> Iterator[None]:
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy("float32")


def dense_gradients(model: keras.Model, config: Config) -> list[np.ndarray]:
    """Return the gradients of the loss of the first batch."""
    import tensorflow as tf

    inputs, labels, weights = first_batch(config)
    with tf.GradientTape() as tape:
        loss = model.loss(labels, model(inputs), weights)
    gradients = tape.gradient(loss, model.trainable_variables)
    return [np.array(tf.convert_to_tensor(gradient)) for gradient in gradients]


def test_step_sums_the_gradients_of_the_batch_and_of_moved_word_vectors():
    config = small_config(
        *NO_DROPOUT, "training.optimizer=sgd", "training.clip_norm=null",
        "training.learning_rate=0.1", "training.adversarial_epsilon=0.7",
    )  # fmt: skip
    model = build_compiled_model(config)
    reference = build_compiled_model(config)
    before = [np.array(weight) for weight in reference.trainable_variables]
    clean = dense_gradients(reference, config)
    names = [weight.name for weight in reference.trainable_variables]
    index = names.index("embeddings")
    direction = clean[index] / np.sqrt((clean[index] ** 2).sum())
    reference.trainable_variables[index].assign(before[index] + 0.7 * direction)
    adversarial = dense_gradients(reference, config)
    inputs, labels, weights = first_batch(config)
    loss = float(adversarial_step(model, 0.7)(inputs, labels, weights))
    plain_loss = build_compiled_model(config).train_on_batch(inputs, labels, weights)
    assert loss == pytest.approx(float(np.asarray(plain_loss)), rel=1e-5)
    assert float(reference.loss(labels, reference(inputs), weights)) > loss
    expected = [
        old - 0.1 * (one + two) for old, one, two in zip(before, clean, adversarial, strict=True)
    ]
    for weight, value in zip(model.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(np.array(weight), value, atol=1e-5, err_msg=weight.path)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_word_vectors_are_restored_exactly(precision):
    config = small_config(
        *NO_DROPOUT, "training.optimizer=sgd", "training.learning_rate=1e-30",
        f"training.precision={precision}", "training.adversarial_epsilon=0.7",
    )  # fmt: skip
    with dtype_policy(precision):
        model = build_compiled_model(config)
        before = np.array(model.get_layer("embedding").embeddings)
        adversarial_step(model, 0.7)(*first_batch(config))
    np.testing.assert_array_equal(np.array(model.get_layer("embedding").embeddings), before)


def test_overflow_of_gradients_leaves_finite_weights():
    config = small_config(
        "training.precision=mixed_float16", "training.adversarial_epsilon=0.7",
        "model.head.batch_norm=true",
    )  # fmt: skip
    with dtype_policy("mixed_float16"):
        model = build_compiled_model(config)
        model.optimizer.dynamic_scale.assign(2.0**40)
        adversarial_step(model, 0.7)(*first_batch(config))
    assert float(model.optimizer.dynamic_scale) < 2.0**40  # the gradients did overflow
    for weight in model.weights:
        assert np.isfinite(np.array(weight)).all(), weight.path


def test_adversarial_training_learns():
    config = small_config("training.adversarial_epsilon=0.5")
    state = train_fold(build_small_model(config), fold_data(), training_settings(config))
    assert state.history[state.best_epoch - 1]["score"] > 0.8
