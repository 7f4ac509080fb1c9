import subprocess
import sys

import keras
import numpy as np
import pytest
from helpers.layers import gradient, numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from regard.network.layers.attention import FeedForwardAttention
from regard.network.layers.pooling import (
    FirstPooling,
    LastPooling,
    MaskedMaxPooling,
    MaskedMeanPooling,
)

pytestmark = pytest.mark.slow  # importing Keras takes seconds

POOLINGS = [FeedForwardAttention, MaskedMeanPooling, MaskedMaxPooling, FirstPooling, LastPooling]
INPUTS = np.array([[[0.5, 4.0], [-0.5, 8.0], [100.0, 100.0]]], np.float32)
MASK = np.array([[True, True, False]])


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        (MaskedMeanPooling, [[0.0, 6.0]]),
        (MaskedMaxPooling, [[0.5, 8.0]]),
        (FirstPooling, [[0.5, 4.0]]),
        (LastPooling, [[-0.5, 8.0]]),
    ],
)
def test_poolings_by_hand(pooling, expected):
    np.testing.assert_allclose(numpy_of(pooling()(INPUTS, mask=MASK)), expected, atol=1e-6)


def test_the_last_real_timestep_may_follow_padding():
    mask = np.array([[True, False, True], [False, True, False]])
    inputs = random_inputs(2, 3, 4)
    np.testing.assert_array_equal(
        numpy_of(LastPooling()(inputs, mask=mask)), [inputs[0, 2], inputs[1, 1]]
    )


@pytest.mark.parametrize("pooling", POOLINGS)
def test_without_a_mask_every_timestep_is_real(pooling):
    inputs = random_inputs(3, 5, 4)
    layer = pooling()
    np.testing.assert_allclose(
        numpy_of(layer(inputs)),
        numpy_of(layer(inputs, mask=np.ones((3, 5), bool))),
        rtol=1e-5,
        atol=1e-6,
    )


@pytest.mark.parametrize("pooling", POOLINGS)
@settings(max_examples=15, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    extra=st.integers(0, 3),
    poison=st.sampled_from([-1e30, -1e4, 1e4, 1e30]),
)
def test_masked_timesteps_do_not_matter(pooling, lengths, extra, poison):
    mask = right_padded(lengths, 6)
    inputs = random_inputs(len(lengths), 6, 3)
    layer = pooling()
    expected = numpy_of(layer(inputs, mask=mask))
    poisoned = np.where(mask[:, :, None], inputs, np.float32(poison))
    longer = np.pad(poisoned, [(0, 0), (0, extra), (0, 0)], constant_values=poison)
    outputs = numpy_of(layer(longer, mask=np.pad(mask, [(0, 0), (0, extra)])))
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float16", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_a_text_without_a_real_token_becomes_zeros(pooling, dtype):
    inputs, mask = 1e4 * random_inputs(2, 4, 3), right_padded([0, 2], 4)
    outputs = pooling(dtype=dtype)(inputs, mask=mask)
    assert keras.backend.standardize_dtype(outputs.dtype) == dtype.removeprefix("mixed_")
    outputs = numpy_of(ops.cast(outputs, "float32"))
    np.testing.assert_array_equal(outputs[0], np.zeros(3))
    assert np.isfinite(outputs).all()
    assert (outputs[1] != 0.0).all()


@pytest.mark.parametrize("pooling", POOLINGS)
def test_float16_handles_its_greatest_inputs(pooling):
    signs = np.where(np.arange(600) % 2, 1.0, -1.0)
    inputs = np.broadcast_to(6e4 * signs, (2, 3, 600)).astype(np.float16)
    outputs = numpy_of(pooling(dtype="mixed_float16")(inputs, mask=right_padded([3, 1], 3)))
    np.testing.assert_allclose(outputs.astype(np.float32), inputs[:, 0], rtol=2e-3)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_gradients_reach_real_tokens_and_no_padding(pooling):
    mask = right_padded([3, 2, 0], 3)
    *weights, values = gradient(pooling(), random_inputs(3, 3, 2), mask)
    assert np.isfinite(values).all()
    assert (values[~mask] == 0.0).all()
    assert values.any(axis=(1, 2)).tolist() == [True, True, False]
    assert all(np.isfinite(weight).all() and weight.any() for weight in weights)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_takes_keras_mask_and_passes_none_on(pooling):
    token_ids = keras.Input((None,), dtype="int32")
    embedding = keras.layers.Embedding(5, 3, mask_zero=True)
    layer = pooling()
    by_keras = layer(embedding(token_ids))
    assert by_keras.shape == (None, 3)
    assert layer.supports_masking
    assert getattr(by_keras, "_keras_mask", None) is None
    by_hand = layer(embedding(token_ids), mask=ops.not_equal(token_ids, 0))
    model = keras.Model(token_ids, [by_keras, by_hand])
    first, second = model(np.array([[3, 1, 4, 0, 0], [2, 0, 0, 0, 0]]))
    np.testing.assert_allclose(numpy_of(first), numpy_of(second))


def test_a_saved_model_loads_in_a_fresh_process(tmp_path):
    token_ids = keras.Input((None,), dtype="int32")
    mask = ops.not_equal(token_ids, 0)
    sequence = keras.layers.Embedding(9, 4)(token_ids)
    context, weights = FeedForwardAttention(use_bias=True, max_timesteps=6)(
        sequence, mask=mask, return_attention_scores=True
    )
    poolings = [pooling()(sequence, mask=mask) for pooling in POOLINGS[1:]]
    model = keras.Model(token_ids, [context, weights, *poolings])
    ids = np.array([[3, 1, 8, 0, 0], [2, 0, 0, 0, 0]], np.int32)
    np.savez(tmp_path / "expected.npz", *[ids, *map(numpy_of, model(ids))])
    model.save(tmp_path / "model.keras")
    script = """
import sys
from pathlib import Path
import keras
import numpy as np
import regard.network.layers.attention
folder = Path(sys.argv[1])
model = keras.models.load_model(folder / "model.keras", safe_mode=True)
with np.load(folder / "expected.npz") as saved:
    ids, *expected = saved.values()
for output, values in zip(model(ids), expected, strict=True):
    np.testing.assert_allclose(keras.ops.convert_to_numpy(output), values, atol=1e-6)
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)
