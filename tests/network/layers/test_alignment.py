import keras
import numpy as np
import pytest
from helpers.layers import numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from regard.network.layers.alignment import SoftAlignment, enhanced, other_texts

pytestmark = pytest.mark.slow  # importing Keras takes seconds

LN3 = float(np.log(3.0))
QUERIES = np.float32([[[0.0], [LN3]]])
KEYS = np.float32([[[0.0], [1.0], [50.0]]])
VALUES = np.float32([[[4.0], [8.0], [100.0]]])
MASK = np.array([[True, True, False]])
WEIGHTS = [[[0.5, 0.5, 0.0], [0.25, 0.75, 0.0]]]


def align(queries, keys, values, mask=None, **options):
    found = SoftAlignment(**options)(queries, keys, values, mask=mask, return_attention_scores=True)
    return [numpy_of(ops.cast(part, "float32")) for part in found]


def test_by_hand():
    aligned, weights = align(QUERIES, KEYS, VALUES, MASK)
    np.testing.assert_allclose(weights, WEIGHTS, atol=1e-6)
    np.testing.assert_allclose(aligned, [[[6.0], [7.0]]], atol=1e-5)


def test_scores_are_divided_by_the_root_of_the_number_of_features():
    four = [np.repeat(part, 4, axis=2) for part in (QUERIES, KEYS)]
    _, weights = align(*four, VALUES, MASK, scaled=True)  # 4 / sqrt(4) times the scores by hand
    np.testing.assert_allclose(weights, [[[0.5, 0.5, 0.0], [0.1, 0.9, 0.0]]], atol=1e-6)


def test_each_text_meets_the_other_one_of_its_pair():
    both = np.array([["a1"], ["a2"], ["b1"], ["b2"]]).astype("U2")
    order = numpy_of(other_texts(np.arange(4)[:, None]))[:, 0]
    assert both[order, 0].tolist() == ["b1", "b2", "a1", "a2"]


def test_tokens_are_followed_by_difference_and_product():
    found = enhanced(np.float32([[[2.0]]]), np.float32([[[3.0]]]))
    assert numpy_of(found).tolist() == [[[2.0, 3.0, -1.0, 6.0]]]


texts = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 6)), min_size=1, max_size=3)


@settings(max_examples=15, deadline=None)
@given(lengths=texts, extra=st.integers(0, 3), poison=st.sampled_from([1e3, -1e30, np.nan]))
def test_padding_of_the_other_text_does_not_matter(lengths, extra, poison):
    _, others = zip(*lengths, strict=True)
    queries = random_inputs(len(lengths), 5, 3)
    values = random_inputs(len(lengths), 6, 3)
    mask = right_padded(others, 6)
    expected, weights = align(queries, values, values, mask)
    np.testing.assert_allclose(weights.sum(axis=2), 1.0, rtol=1e-5)
    assert (weights[np.broadcast_to(~mask[:, None], weights.shape)] == 0.0).all()
    poisoned = np.where(mask[:, :, None], values, np.float32(poison))
    longer = np.pad(poisoned, [(0, 0), (0, extra), (0, 0)], constant_values=poison)
    found, _ = align(queries, longer, longer, np.pad(mask, [(0, 0), (0, extra)]))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_order_of_the_other_text_does_not_matter():
    queries, values = random_inputs(2, 3, 4), random_inputs(2, 5, 4)
    order = np.array([3, 0, 4, 1, 2])
    aligned, weights = align(queries, values, values)
    again, moved = align(queries, values[:, order], values[:, order])
    np.testing.assert_allclose(again, aligned, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(moved, weights[:, :, order], rtol=1e-5, atol=1e-7)


def test_the_only_token_of_the_other_text_is_returned_unchanged():
    queries, values = random_inputs(1, 3, 2), random_inputs(1, 4, 2)
    aligned, _ = align(queries, values, values, right_padded([1], 4))
    np.testing.assert_array_equal(aligned, np.repeat(values[:, :1], 3, axis=1))


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_without_a_real_token_in_the_other_text_there_is_nothing(dtype):
    inputs = random_inputs(2, 3, 2)
    aligned, weights = align(inputs, inputs, inputs, right_padded([0, 2], 3), dtype=dtype)
    assert not aligned[0].any()
    assert not weights[0].any()
    assert aligned[1].all()


def test_float16_handles_great_scores():
    inputs = np.float16([[[6e4, 6e4], [-6e4, 6e4]]])
    aligned, weights = align(inputs, inputs, inputs, dtype="mixed_float16")
    np.testing.assert_array_equal(weights, [np.eye(2)])
    np.testing.assert_array_equal(aligned, inputs)


def test_dtypes_under_mixed_precision():
    layer = SoftAlignment(dtype="mixed_float16")
    inputs = random_inputs(2, 3, 2)
    symbol = keras.Input((3, 2), dtype="float16")
    options = {"return_attention_scores": True}
    found = layer(inputs, inputs, inputs, **options)
    symbols = layer(symbol, symbol, symbol, **options)
    assert [part.dtype for part in symbols] == ["float16", "float32"]
    for part, expected in zip(found, symbols, strict=True):
        assert keras.backend.standardize_dtype(part.dtype) == expected.dtype
        assert part.shape[1:] == expected.shape[1:]


def test_a_saved_model_with_texts_of_two_lengths_loads(tmp_path):
    first, second = keras.Input((None, 2)), keras.Input((None, 2))
    mask = keras.Input((None,), dtype="bool")
    outputs = SoftAlignment(scaled=True, name="alignment")(
        first, second, second, mask=mask, return_attention_scores=True
    )
    assert [part.shape for part in outputs] == [(None, None, 2), (None, None, None)]
    model = keras.Model([first, second, mask], list(outputs))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    inputs = [random_inputs(2, 3, 2), random_inputs(2, 5, 2), right_padded([5, 2], 5)]
    for one, two in zip(model(inputs), again(inputs), strict=True):
        np.testing.assert_array_equal(numpy_of(one), numpy_of(two))
