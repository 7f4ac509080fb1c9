import keras
import numpy as np
import pytest
from helpers.layers import numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.network.layers.self_attention import SelfAttention, position_encodings

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def layer(**options) -> SelfAttention:
    return SelfAttention(2, 3, seed=1, **options)


def test_it_is_keras_multi_head_attention_with_a_residual():
    ours = layer()
    inputs = random_inputs(1, 4, 6)
    outputs, weights = ours(inputs, return_attention_scores=True)
    context, expected = ours.attention(inputs, inputs, return_attention_scores=True)
    np.testing.assert_allclose(numpy_of(weights), numpy_of(expected), atol=1e-6)
    mixed = inputs + numpy_of(context)
    centred = mixed - mixed.mean(axis=-1, keepdims=True)
    by_hand = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-3)
    np.testing.assert_allclose(numpy_of(outputs), by_hand, atol=1e-5)


@pytest.mark.parametrize("positions", [False, True])
@settings(max_examples=10, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 6), min_size=1, max_size=4),
    extra=st.integers(0, 3),
    poison=st.sampled_from([-1e30, 1e4, 1e30, np.nan]),
)
def test_masked_timesteps_do_not_matter(positions, lengths, extra, poison):
    mask = right_padded(lengths, 6)
    inputs = random_inputs(len(lengths), 6, 4)
    ours = layer(positions=positions)
    poisoned = np.where(mask[:, :, None], inputs, np.float32(poison))
    longer = np.pad(poisoned, [(0, 0), (0, extra), (0, 0)], constant_values=poison)
    longer_mask = np.pad(mask, [(0, 0), (0, extra)])
    outputs = numpy_of(ours(longer, mask=longer_mask))
    np.testing.assert_allclose(
        outputs[:, :6][mask], numpy_of(ours(inputs, mask=mask))[mask], rtol=1e-4, atol=1e-5
    )
    assert np.isfinite(outputs).all()


def test_weights_sum_to_one_over_the_real_tokens():
    mask = right_padded([3, 1, 0], 4)
    _, weights = layer()(random_inputs(3, 4, 6), mask=mask, return_attention_scores=True)
    weights = numpy_of(weights)
    assert weights.shape == (3, 2, 4, 4)
    sums = np.broadcast_to(mask[:, None], (3, 2, 4))
    np.testing.assert_allclose(weights.sum(axis=-1), sums, atol=1e-6)
    assert not weights[0, :, :, 3].any()
    assert weights[1, :, 0].tolist() == [[1.0, 0.0, 0.0, 0.0]] * 2


def test_only_positions_see_the_order():
    inputs = random_inputs(1, 5, 4)
    order = [3, 0, 4, 1, 2]
    plain, ordered = layer(), layer(positions=True)
    np.testing.assert_allclose(
        numpy_of(plain(inputs[:, order])), numpy_of(plain(inputs))[:, order], atol=1e-5
    )
    changed = numpy_of(ordered(inputs[:, order])) - numpy_of(ordered(inputs))[:, order]
    assert np.abs(changed).max() > 1e-2


def test_positions_are_waves():
    found = numpy_of(position_encodings(3, 4))
    angles = np.array([[t, t, t / 100, t / 100] for t in range(3)])
    expected = np.where([True, False, True, False], np.sin(angles), np.cos(angles))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert numpy_of(position_encodings(2, 5)).shape == (2, 5)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_texts_of_one_token_and_of_none_are_finite(dtype, dropout):
    ours = layer(dropout=dropout, dtype=dtype)
    for lengths, timesteps in (([1, 1], 1), ([0, 1], 1), ([0, 2], 3)):
        mask = right_padded(lengths, timesteps)
        for training in (False, True):
            outputs = ours(100 * random_inputs(2, timesteps, 4), mask=mask, training=training)
            assert keras.backend.standardize_dtype(outputs.dtype) == dtype.removeprefix("mixed_")
            assert np.isfinite(numpy_of(keras.ops.cast(outputs, "float32"))).all()


def test_the_seed_decides_weights_and_no_two_projections_are_alike():
    layers = [SelfAttention(2, 3, seed=seed) for seed in (1, 1, 2)]
    for one in layers:
        one.build((None, None, 6))
    first, again, other = (one.get_weights() for one in layers)
    kernels = [weight for weight in first if weight.shape == (6, 2, 3)]
    assert len({kernel.tobytes() for kernel in kernels}) == 3
    assert all((one == two).all() for one, two in zip(first, again, strict=True))
    assert any((one != two).any() for one, two in zip(first, other, strict=True))
    assert SelfAttention.from_config(layers[0].get_config()).get_config() == layers[0].get_config()
