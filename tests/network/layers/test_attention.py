import keras
import numpy as np
import pytest
from helpers.layers import gradient, numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.network.layers.attention import FeedForwardAttention, attend, softmax_weights

pytestmark = pytest.mark.slow  # importing Keras takes seconds

# tanh(0.61738) = ln(3) / 2, so a first feature of 0.61738 weighs three times as much as one of
# -0.61738.
INPUTS = np.array([[[0.61738, 4.0], [-0.61738, 8.0], [100.0, 100.0]]], np.float32)
MASK = np.array([[True, True, False]])


def attention(
    kernel: list[float], bias: list[float] | None = None, **options
) -> FeedForwardAttention:
    layer = FeedForwardAttention(use_bias=bias is not None, **options)
    layer.build((None, None if bias is None else len(bias), len(kernel)))
    layer.set_weights([np.array(values) for values in (kernel, bias) if values is not None])
    return layer


def test_the_three_lines_by_hand():
    weights = softmax_weights(np.log([[1.0, 3.0, 1000.0]]), MASK)
    np.testing.assert_allclose(numpy_of(weights), [[0.25, 0.75, 0.0]], atol=1e-6)
    np.testing.assert_allclose(
        numpy_of(attend(weights, INPUTS))[:, 1], [0.25 * 4.0 + 0.75 * 8.0], atol=1e-5
    )


def test_feed_forward_attention_by_hand():
    context, weights = attention([1.0, 0.0])(INPUTS, mask=MASK, return_attention_scores=True)
    np.testing.assert_allclose(numpy_of(weights), [[0.75, 0.25, 0.0]], atol=1e-5)
    np.testing.assert_allclose(
        numpy_of(context), [[0.75 * 0.61738 - 0.25 * 0.61738, 0.75 * 4.0 + 0.25 * 8.0]], atol=1e-4
    )


def test_the_bias_belongs_to_the_timestep():
    layer = attention([0.0, 0.0], [-0.61738, 0.61738, 0.0])
    _, weights = layer(INPUTS, mask=MASK, return_attention_scores=True)
    np.testing.assert_allclose(numpy_of(weights), [[0.25, 0.75, 0.0]], atol=1e-5)


@pytest.mark.parametrize("use_bias", [False, True])
def test_the_formula_of_the_kernels_of_2016(use_bias):
    """Exponential first, mask after it, then divided by the sum and an epsilon."""
    inputs, mask = random_inputs(4, 6, 5), right_padded([6, 1, 3, 5], 6)
    kernel, bias = random_inputs(5), random_inputs(6) * use_bias
    exponentials = np.exp(np.tanh(inputs @ kernel + bias)) * mask
    weights = exponentials / (exponentials.sum(axis=1, keepdims=True) + 1e-7)
    layer = attention(kernel, bias if use_bias else None)
    np.testing.assert_allclose(
        numpy_of(layer(inputs, mask=mask)),
        (inputs * weights[:, :, None]).sum(axis=1),
        rtol=1e-6,
        atol=1e-6,
    )


@settings(max_examples=15, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    scale=st.sampled_from([0.0, 1.0, 100.0, 1e30]),
)
def test_weights_sum_to_one_over_the_real_tokens(lengths, scale):
    mask = right_padded(lengths, 6)
    _, weights = FeedForwardAttention()(
        scale * random_inputs(len(lengths), 6, 3), mask=mask, return_attention_scores=True
    )
    weights = numpy_of(weights)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-5)
    assert (weights[~mask] == 0.0).all()
    assert (weights[mask] > 0.0).all()


def test_weights_are_float32_under_mixed_precision():
    layer = FeedForwardAttention(dtype="mixed_float16")
    inputs, mask = random_inputs(2, 4, 3), right_padded([4, 2], 4)
    context, weights = layer(inputs, mask=mask, return_attention_scores=True)
    symbols = layer(keras.Input((4, 3), dtype="float16"), return_attention_scores=True)
    for value, symbol in zip((context, weights), symbols, strict=True):
        assert keras.backend.standardize_dtype(value.dtype) == symbol.dtype
    assert [symbol.dtype for symbol in symbols] == ["float16", "float32"]


def test_scores_are_float32_under_mixed_precision():
    # float16 has no 0.999: it would score 1000 by 0.977
    layer = attention([1.0, -0.999], dtype="mixed_float16")
    _, weights = layer(np.array([[[1000.0, 1000.0], [0.0, 0.0]]]), return_attention_scores=True)
    np.testing.assert_allclose(
        numpy_of(weights)[0, 1], 1.0 / (1.0 + np.exp(np.tanh(1.0))), atol=1e-4
    )


def test_float16_scores_are_masked_without_overflow():
    scores = np.array([[6e4, -6e4, 0.0], [6e4, 0.0, 1.0]], np.float16)
    weights = numpy_of(
        softmax_weights(scores, np.array([[False, True, True], [False, False, False]]))
    )
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, [[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])


def test_the_gradient_of_the_kernel_is_that_of_the_formula():
    inputs, mask = random_inputs(2, 3, 2), right_padded([3, 2], 3)
    layer = attention([0.3, -0.2])
    moved, _ = gradient(layer, inputs, mask)

    def total(kernel: list[float]) -> float:
        return float(numpy_of(attention(kernel)(inputs, mask=mask)).sum())

    rate = 1e-2
    slopes = [(total([0.3 + rate, -0.2]) - total([0.3 - rate, -0.2])) / (2 * rate)]
    slopes += [(total([0.3, -0.2 + rate]) - total([0.3, -0.2 - rate])) / (2 * rate)]
    np.testing.assert_allclose(moved, slopes, atol=2e-3)


def test_bias_and_kernel_are_all_the_weights():
    layer = FeedForwardAttention(use_bias=True)
    layer.build((None, 150, 300))
    assert layer.count_params() == 450
    assert [weight.shape for weight in layer.weights] == [(300,), (150,)]
    kernel, bias = layer.get_weights()
    assert not bias.any()
    limit = np.sqrt(6.0 / (300 + 300))
    assert 0.9 * limit < np.abs(kernel).max() <= limit


def test_a_shorter_batch_uses_the_first_biases():
    layer = attention([0.0, 0.0], [0.1, 0.9, -0.3, 0.5])
    inputs = random_inputs(2, 4, 2)
    _, weights = layer(inputs[:, :2], return_attention_scores=True)
    np.testing.assert_allclose(
        numpy_of(weights),
        numpy_of(attention([0.0, 0.0], [0.1, 0.9])(inputs[:, :2], return_attention_scores=True)[1]),
        atol=1e-6,
    )


def test_max_timesteps_is_the_length_of_the_bias():
    known = FeedForwardAttention(use_bias=True, max_timesteps=7)
    known.build((None, 5, 2))
    assert known.bias.shape == (7,)
    unknown = FeedForwardAttention(use_bias=True, max_timesteps=7)
    assert unknown(keras.Input((None, 2))).shape == (None, 2)
    assert unknown.bias.shape == (7,)


def test_a_batch_longer_than_the_bias_is_refused():
    layer = attention([0.0, 0.0], [0.1, 0.2], name="pooled")
    message = "pooled: a batch of 3 timesteps is longer than the bias of 2; truncate the texts or"
    with pytest.raises(ValueError, match=message):
        layer(random_inputs(1, 3, 2))
    with pytest.raises(ValueError, match=message):
        layer(keras.Input((3, 2)))


def test_a_bias_needs_a_length():
    with pytest.raises(ValueError, match="timesteps are not known; set max_timesteps"):
        FeedForwardAttention(use_bias=True)(keras.Input((None, 2)))


def test_regularizers_and_constraints_take_effect():
    layer = attention(
        [2.0, -1.0], [3.0], kernel_regularizer=keras.regularizers.L1(1.0), bias_regularizer="l2"
    )
    np.testing.assert_allclose(
        [numpy_of(loss) for loss in layer.losses], [3.0, 0.01 * 9.0], rtol=1e-6
    )
    layer = attention(
        [2.0, -1.0], [-3.0, 0.5], kernel_constraint="non_neg", bias_constraint="unit_norm"
    )
    # a step, which moves nothing
    gradient(layer, np.zeros((1, 2, 2), np.float32), np.array([[True, True]]))
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(kernel, [2.0, 0.0])
    np.testing.assert_allclose(np.linalg.norm(bias), 1.0, rtol=1e-4)


def test_symbolic_shapes_are_those_of_the_values():
    layer = FeedForwardAttention()
    symbol, value = keras.Input((None, 3)), random_inputs(2, 5, 3)
    assert layer(symbol).shape == (None, 3)
    assert [output.shape for output in layer(symbol, return_attention_scores=True)] == [
        (None, 3),
        (None, None),
    ]
    assert tuple(layer(value).shape) == (2, 3)
    assert [tuple(output.shape) for output in layer(value, return_attention_scores=True)] == [
        (2, 3),
        (2, 5),
    ]
    assert layer.compute_output_shape((None, None, 3)) == (None, 3)


def test_config_round_trip():
    layer = FeedForwardAttention(
        use_bias=True,
        max_timesteps=9,
        kernel_initializer=keras.initializers.HeNormal(seed=3),
        bias_initializer="ones",
        kernel_regularizer=keras.regularizers.L2(0.1),
        bias_regularizer=keras.regularizers.L1(0.2),
        kernel_constraint="non_neg",
        bias_constraint=keras.constraints.MaxNorm(2),
        name="attention",
        dtype="mixed_float16",
    )
    again = FeedForwardAttention.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.use_bias, again.max_timesteps, again.name) == (True, 9, "attention")
    assert isinstance(again.kernel_initializer, keras.initializers.HeNormal)
    assert isinstance(again.bias_initializer, keras.initializers.Ones)
    assert isinstance(again.kernel_regularizer, keras.regularizers.L2)
    assert isinstance(again.bias_regularizer, keras.regularizers.L1)
    assert isinstance(again.kernel_constraint, keras.constraints.NonNeg)
    assert isinstance(again.bias_constraint, keras.constraints.MaxNorm)
