import keras
import numpy as np
import pytest
from helpers.layers import numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.network.layers.sentences import (
    IsAmong,
    SentenceAttention,
    Sentences,
    at_words,
    sentence_numbers,
)

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def numbers_of(ends: str, max_tokens: int) -> str:
    """The sentences of a text, of which "x" marks the tokens that end one."""
    marks = np.array([[mark == "x" for mark in ends]])
    return "".join(map(str, numpy_of(sentence_numbers(marks, max_tokens))[0]))


@pytest.mark.parametrize(
    ("ends", "max_tokens", "expected"),
    [
        (".xx...", 2, "001223"),
        ("......", 9, "000000"),
        ("......", 1, "012345"),
        ("..x..x.", 9, "0001112"),
        (".xxx.", 9, "00001"),  # as in "Why?!?"
        ("xx..x", 9, "00111"),
        ("..x....x.", 3, "000111223"),
        (".", 3, "0"),
    ],
)
def test_sentences_by_hand(ends, max_tokens, expected):
    assert numbers_of(ends, max_tokens) == expected


def numbers_by_loop(ends: list[bool], max_tokens: int) -> list[int]:
    """Number the sentences token by token."""
    numbers, number, length = [], 0, 0
    for index, _ in enumerate(ends):
        over = index > 0 and ends[index - 1] and not ends[index]
        if over or length == max_tokens:
            number, length = number + 1, 0
        numbers.append(number)
        length += 1
    return numbers


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(1, 5))
def test_sentences_are_those_of_a_loop(ends, max_tokens):
    found = numpy_of(sentence_numbers(np.array([ends]), max_tokens))[0]
    assert found.tolist() == numbers_by_loop(ends, max_tokens)


def test_each_real_token_is_in_one_sentence():
    mask = right_padded([5, 2, 0], 6)
    ends = np.array([[0, 1, 0, 1, 0, 0]] * 3, bool)
    found = numpy_of(Sentences(2, 9)(mask, ends=ends)).astype(int)
    # The third sentence of the first text is part of the last one that there is room for.
    assert found[0].tolist() == [[1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 0]]
    assert found[1].tolist() == [[1, 1, 0, 0, 0, 0], [0] * 6]
    assert not found[2].any()
    np.testing.assert_array_equal(found.sum(axis=1), mask)


def test_without_ends_sentences_have_their_greatest_length():
    found = numpy_of(Sentences(3, 2)(np.ones((1, 5), bool)))
    assert found.astype(int)[0].tolist() == [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]]


def test_tokens_are_found_among_ids():
    token_ids = np.array([[5, 2, 3, 0]], np.int32)
    assert numpy_of(IsAmong([2, 3])(token_ids)).tolist() == [[False, True, True, False]]
    assert not numpy_of(IsAmong([])(token_ids)).any()


SENTENCES = np.array([[[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]], bool)


def test_attention_within_sentences_by_hand():
    layer = SentenceAttention(1)
    layer.build((None, None, 2))
    layer.set_weights([np.array([[1.0], [0.0]]), np.array([[2.0]])])
    inputs = np.array([[[0.5, 4.0], [-0.5, 8.0], [1.0, 3.0], [99.0, 99.0]]], np.float32)
    vectors, weights = map(numpy_of, layer(inputs, SENTENCES))
    first = np.exp(2 * np.tanh([0.5, -0.5]))
    first /= first.sum()
    np.testing.assert_allclose(
        weights, [[[*first, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0] * 4]], atol=1e-6
    )
    expected = [[first @ inputs[0, :2], inputs[0, 2], [0.0, 0.0]]]
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_precision_and_poisoned_padding(dtype):
    layer = SentenceAttention(4, seed=1, dtype=dtype)
    inputs = random_inputs(1, 4, 6)
    vectors, weights = layer(inputs, SENTENCES)
    assert keras.backend.standardize_dtype(vectors.dtype) == dtype.removeprefix("mixed_")
    assert keras.backend.standardize_dtype(weights.dtype) == "float32"
    inputs[:, 3] = -1e4
    poisoned, _ = layer(inputs, SENTENCES)
    np.testing.assert_array_equal(numpy_of(poisoned), numpy_of(vectors))
    again = SentenceAttention.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


def test_the_weight_of_a_word_is_that_in_its_sentence_times_that_of_the_sentence():
    in_sentences = np.array([[[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]], np.float32)
    weights = np.array([[0.25, 0.75]], np.float32)
    expected = [[0.125, 0.125, 0.75]]
    np.testing.assert_allclose(numpy_of(at_words(weights, in_sentences)), expected)
    by_head = numpy_of(at_words(weights[:, None, :], in_sentences))
    np.testing.assert_allclose(by_head, [expected])
