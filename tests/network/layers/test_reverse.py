import keras
import numpy as np
import pytest
from helpers.layers import numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from regard.network.layers.reverse import ReverseWithinLength

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def test_a_text_is_reversed_within_its_length():
    inputs = np.array([[[1.0], [2.0], [3.0], [9.0]], [[4.0], [9.0], [8.0], [7.0]]])
    outputs = numpy_of(ReverseWithinLength()(inputs, mask=right_padded([3, 1], 4)))
    assert outputs[:, :, 0].tolist() == [[3.0, 2.0, 1.0, 9.0], [4.0, 9.0, 8.0, 7.0]]


@settings(max_examples=15, deadline=None)
@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_each_text_is_reversed_independently_and_twice_is_the_identity(lengths):
    inputs = random_inputs(len(lengths), 5, 3)
    mask = right_padded(lengths, 5)
    reverse = ReverseWithinLength()
    outputs = reverse(inputs, mask=mask)
    for length, row, text in zip(lengths, numpy_of(outputs), inputs, strict=True):
        np.testing.assert_array_equal(row, [*text[:length][::-1], *text[length:]])
    np.testing.assert_array_equal(numpy_of(reverse(outputs, mask=mask)), inputs)


def test_gradients_are_reversed_too():
    token_ids = keras.Input((4,), dtype="int32")
    embedding = keras.layers.Embedding(8, 1, embeddings_initializer="zeros")
    reversed_texts = ReverseWithinLength()(embedding(token_ids), mask=ops.not_equal(token_ids, 0))
    model = keras.Model(token_ids, reversed_texts)
    slopes = np.array([[[1.0], [20.0], [300.0], [4000.0]]])
    model.compile(keras.optimizers.SGD(1.0), loss=lambda slope, output: -ops.sum(slope * output))
    model.train_on_batch(np.array([[5, 6, 7, 0]]), slopes)
    np.testing.assert_allclose(
        embedding.get_weights()[0][[5, 6, 7, 0], 0], [300.0, 20.0, 1.0, 4000.0]
    )
