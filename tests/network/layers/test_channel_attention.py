import keras
import numpy as np
import pytest
from helpers.layers import gradient, numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.network.layers.channel_attention import (
    ChannelAttention,
    EfficientChannelAttention,
    adaptive_kernel_size,
)
from regard.network.layers.pooling import MaskedPooling
from regard.network.layers.spatial_attention import SpatialAttention

pytestmark = pytest.mark.slow  # importing Keras takes seconds

GATES = {
    "channel": lambda **options: ChannelAttention(2, seed=1, **options),
    "channel_max": lambda **options: ChannelAttention(2, use_max=True, seed=1, **options),
    "efficient": lambda **options: EfficientChannelAttention(3, seed=1, **options),
    "spatial": lambda **options: SpatialAttention(3, seed=1, **options),
}
INPUTS = np.array([[[2.0, -1.0], [4.0, 1.0], [99.0, 99.0]]], np.float32)
MASK = np.array([[True, True, False]])


def sigmoid(scores: list[float]) -> np.ndarray:
    return 1 / (1 + np.exp(-np.array(scores)))


def test_features_are_weighted_by_their_means():
    layer = ChannelAttention(1)
    layer.build(INPUTS.shape)
    layer.set_weights([np.eye(2), np.zeros(2), np.eye(2), np.array([0.0, 1.0])])
    outputs, weights = layer(INPUTS, mask=MASK, return_attention_scores=True)
    # The means are [3, 0]; the bias of the second feature is 1.
    np.testing.assert_allclose(numpy_of(weights), [sigmoid([3.0, 1.0])], rtol=1e-5)
    expected = INPUTS[:, :2] * sigmoid([3.0, 1.0])
    np.testing.assert_allclose(numpy_of(outputs)[:, :2], expected, rtol=1e-5)


def test_means_and_maxima_share_their_layers():
    layer = ChannelAttention(1, use_max=True)
    layer.build(INPUTS.shape)
    assert len(layer.get_weights()) == 4
    layer.set_weights([np.eye(2), np.zeros(2), np.eye(2), np.zeros(2)])
    _, weights = layer(INPUTS, mask=MASK, return_attention_scores=True)
    np.testing.assert_allclose(numpy_of(weights), [sigmoid([3.0 + 4.0, 0.0 + 1.0])], rtol=1e-5)


def test_the_hidden_layer_has_a_part_of_the_features():
    shapes = {}
    for ratio in (4, 100):
        layer = ChannelAttention(ratio)
        layer.build((None, None, 12))
        shapes[ratio] = [weight.shape for weight in layer.get_weights()]
    assert shapes == {4: [(12, 3), (3,), (3, 12), (12,)], 100: [(12, 1), (1,), (1, 12), (12,)]}


def test_a_score_sees_neighbouring_features():
    inputs = np.array([[[1.0, 2.0, 3.0]]], np.float32)
    layer = EfficientChannelAttention(3)
    layer.build(inputs.shape)
    layer.set_weights([np.array([[[100.0]], [[1.0]], [[0.0]]])])
    _, weights = layer(inputs, return_attention_scores=True)
    np.testing.assert_allclose(numpy_of(weights), [sigmoid([1.0, 102.0, 203.0])], rtol=1e-5)


def test_the_kernel_follows_the_number_of_features():
    sizes = {1: 1, 6: 1, 64: 3, 128: 5, 256: 5, 512: 5, 2048: 7}
    # ECA-Net's code: t = int(abs((log2(C) + 1) / 2)); t if t % 2 else t + 1
    assert {features: adaptive_kernel_size(features) for features in sizes} == sizes


def test_timesteps_are_weighted_by_their_mean_and_maximum():
    layer = SpatialAttention(1)
    layer.build(INPUTS.shape)
    layer.set_weights([np.array([[[1.0], [10.0]]])])
    outputs, weights = layer(INPUTS, mask=MASK, return_attention_scores=True)
    expected = [*sigmoid([0.5 + 20.0, 2.5 + 40.0]), 0.0]
    np.testing.assert_allclose(numpy_of(weights), [expected], rtol=1e-5)
    np.testing.assert_allclose(numpy_of(outputs), INPUTS * np.array(expected)[:, None], rtol=1e-5)


@pytest.mark.parametrize("name", GATES)
@settings(max_examples=10, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 6), min_size=1, max_size=4),
    extra=st.integers(0, 3),
    poison=st.sampled_from([-1e30, 1e4, 1e30]),
)
def test_masked_timesteps_do_not_matter(name, lengths, extra, poison):
    mask = right_padded(lengths, 6)
    inputs = random_inputs(len(lengths), 6, 4)
    layer = GATES[name]()
    expected, weights = layer(inputs, mask=mask, return_attention_scores=True)
    poisoned = np.where(mask[:, :, None], inputs, np.float32(poison))
    longer = np.pad(poisoned, [(0, 0), (0, extra), (0, 0)], constant_values=poison)
    outputs, again = layer(
        longer, mask=np.pad(mask, [(0, 0), (0, extra)]), return_attention_scores=True
    )
    np.testing.assert_allclose(
        numpy_of(outputs)[:, :6][mask], numpy_of(expected)[mask], rtol=1e-5, atol=1e-6
    )
    weights, again = numpy_of(weights), numpy_of(again)[:, : weights.shape[1]]
    np.testing.assert_allclose(again, weights, rtol=1e-5, atol=1e-6)
    assert ((weights >= 0.0) & (weights <= 1.0)).all()


@pytest.mark.parametrize("name", GATES)
def test_without_a_mask_every_timestep_is_real(name):
    inputs = random_inputs(3, 5, 4)
    layer = GATES[name]()
    masked = numpy_of(layer(inputs, mask=np.ones((3, 5), bool)))
    np.testing.assert_allclose(numpy_of(layer(inputs)), masked, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", GATES)
def test_low_precision_stays_finite(name, dtype):
    inputs = 1e4 * random_inputs(2, 4, 600)
    layer = GATES[name](dtype=dtype)
    outputs, weights = layer(inputs, mask=right_padded([0, 3], 4), return_attention_scores=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == dtype.removeprefix("mixed_")
    assert keras.backend.standardize_dtype(weights.dtype) == "float32"
    assert np.isfinite(numpy_of(keras.ops.cast(outputs, "float32"))).all()


@pytest.mark.parametrize("name", GATES)
def test_gradients_reach_real_tokens_and_weights(name):
    mask = right_padded([3, 1], 3)
    gate = GATES[name]()
    pooled = Summed(gate)
    *weights, values = gradient(pooled, random_inputs(2, 3, 4), mask)
    assert all(np.isfinite(weight).all() for weight in [*weights, values])
    assert values[mask].any()
    assert any(weight.any() for weight in weights)
    assert not values[~mask].any()


class Summed(MaskedPooling):
    """A layer, and the sum of its outputs at real tokens."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, inputs, mask=None):
        outputs = self.layer(inputs, mask=mask)
        return keras.ops.sum(keras.ops.where(mask[:, :, None], outputs, 0.0), axis=1)
