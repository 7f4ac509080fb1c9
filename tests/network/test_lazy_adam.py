import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from regard.network.lazy_adam import LazyAdam

pytestmark = pytest.mark.slow  # importing Keras takes seconds

N_STEPS, N_WORDS, DIM = 12, 7, 3
RATE, EMA, CLIP = 0.1, 0.8, 0.5


def gradients() -> list[np.ndarray]:
    """The gradient of each step: about half of the words have none, the last word never has one."""
    rng = np.random.default_rng(5)
    found = rng.normal(size=(N_STEPS, N_WORDS, DIM)).astype(np.float32)
    found[rng.random((N_STEPS, N_WORDS)) < 0.5] = 0
    found[:, -1] = 0
    return list(found)


def start() -> np.ndarray:
    return np.random.default_rng(6).normal(size=(N_WORDS, DIM)).astype(np.float32)


def by_hand(clip: float | None) -> tuple[np.ndarray, np.ndarray]:
    """The words and their averages after all steps, with every row computed in every step."""
    words, averages = start().astype(np.float64), None
    momentum, velocity = np.zeros_like(words), np.zeros_like(words)
    for step, gradient in enumerate(gradients(), start=1):
        has_gradient = (gradient != 0).any(axis=1)[:, None]
        clipped = gradient * min(1.0, clip / np.linalg.norm(gradient)) if clip else gradient
        momentum = np.where(has_gradient, 0.9 * momentum + 0.1 * clipped, momentum)
        velocity = np.where(has_gradient, 0.999 * velocity + 0.001 * clipped**2, velocity)
        unbiased = RATE * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        words = words - has_gradient * unbiased * momentum / (np.sqrt(velocity) + 1e-7)
        averages = words if averages is None else EMA * averages + (1 - EMA) * words
    return words, averages


def built(clip: float | None) -> tuple[keras.Variable, LazyAdam]:
    words = keras.Variable(start(), name="embeddings")
    optimizer = LazyAdam(RATE, global_clipnorm=clip, use_ema=True, ema_momentum=EMA)
    optimizer.build([words])
    return words, optimizer


def in_rows(gradient: np.ndarray) -> tf.IndexedSlices:
    """A gradient in the form of an embedding's: a row for each token, some words repeated."""
    rows = np.flatnonzero((gradient != 0).any(axis=1))
    parts = [gradient[rows] * share for share in (0.25, 0.75)]
    return tf.IndexedSlices(tf.concat(parts, 0), np.concatenate([rows, rows]), gradient.shape)


@pytest.mark.parametrize("clip", [None, CLIP])
@pytest.mark.parametrize("form", [in_rows, tf.convert_to_tensor])
def test_rows_without_a_gradient_stay_but_their_averages_move(form, clip):
    words, optimizer = built(clip)
    for gradient in gradients():
        optimizer.apply([form(gradient)], [words])
    expected, averages = by_hand(clip)
    np.testing.assert_allclose(np.array(words), expected, atol=1e-5)
    np.testing.assert_array_equal(np.array(words)[-1], start()[-1])
    optimizer.finalize_variable_values([words])
    np.testing.assert_allclose(np.array(words), averages, atol=1e-5)


def test_averages_can_be_read_between_steps():
    words, optimizer = built(None)
    for gradient in gradients():
        optimizer.apply([in_rows(gradient)], [words])
        before = np.array(words)
        optimizer.finalize_variable_values([words])
        words.assign(before)
    optimizer.finalize_variable_values([words])
    np.testing.assert_allclose(np.array(words), by_hand(None)[1], atol=1e-5)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_give_the_same_result(backend, tmp_path):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    np.save(tmp_path / "gradients.npy", np.array(gradients()))
    np.save(tmp_path / "start.npy", start())
    code = f"""
import json, sys
import keras, numpy as np
from regard.network.lazy_adam import LazyAdam
words = keras.Variable(np.load(sys.argv[1] + "/start.npy"), name="embeddings")
optimizer = LazyAdam({RATE}, global_clipnorm={CLIP}, use_ema=True, ema_momentum={EMA})
optimizer.build([words])
for gradient in np.load(sys.argv[1] + "/gradients.npy"):
    optimizer.apply([keras.ops.convert_to_tensor(gradient)], [words])
found = [keras.ops.convert_to_numpy(words).tolist()]
optimizer.finalize_variable_values([words])
print(json.dumps([*found, keras.ops.convert_to_numpy(words).tolist()]))
"""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    for found, expected in zip(
        json.loads(done.stdout.splitlines()[-1]), by_hand(CLIP), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_other_weights_move_as_with_adam():
    found = []
    for kind in (keras.optimizers.Adam, LazyAdam):
        optimizer = kind(RATE, global_clipnorm=CLIP, use_ema=True, ema_momentum=EMA)
        kernel = keras.Variable(start(), name="kernel")
        optimizer.build([kernel])
        for gradient in gradients():
            optimizer.apply([tf.convert_to_tensor(gradient)], [kernel])
        moved = np.array(kernel)
        optimizer.finalize_variable_values([kernel])
        found.append((moved, np.array(kernel)))
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)


def test_clipping_does_not_hide_a_norm_that_is_not_finite():
    words, optimizer = built(CLIP)
    gradient = gradients()[0]
    gradient[0, 0] = np.nan
    optimizer.apply([in_rows(gradient)], [words])
    assert np.isnan(np.array(words)).any()
