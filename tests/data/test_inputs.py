import numpy as np
import pytest
from helpers.cases import competition

from regard.data.inputs import (
    Inputs,
    joined,
    joined_texts,
    only_texts,
    read_inputs,
    read_tokens,
    write_inputs,
)
from regard.errors import ArtefactError
from regard.text import RaggedTokens

PAIR = competition(text_columns=["a", "b"], texts="pair")


def ragged(*texts):
    offsets = np.cumsum([0, *map(len, texts)])
    return RaggedTokens(np.concatenate([np.array(text, np.int32) for text in texts]), offsets)


def lists(tokens):
    return [tokens[row].tolist() for row in range(len(tokens))]


@pytest.fixture
def folder(tmp_path):
    """Write the inputs of two rows with two texts each."""
    texts = (ragged([5, 6], [7]), ragged([8], [9]))
    numbers = np.arange(2, dtype=np.float32)[:, None]
    write_inputs(tmp_path, Inputs(texts, numbers, np.array([[1], [0]], np.int32)))
    return tmp_path


def test_inputs_are_read_as_they_were_written(folder):
    train = read_inputs(folder, PAIR)
    assert [lists(text) for text in train.texts] == [[[5, 6], [7]], [[8], [9]]]
    assert train.numbers.tolist() == [[0], [1]]
    assert train.categories.tolist() == [[1], [0]]
    assert len(train) == 2


def test_tokens_of_all_texts_column_by_column(folder):
    assert lists(read_tokens(folder)) == [[5, 6], [7], [8], [9]]
    assert lists(joined_texts(read_inputs(folder, PAIR))) == [[5, 6], [7], [8], [9]]


def test_inputs_are_memory_mapped(folder):
    train = read_inputs(folder, PAIR)
    assert isinstance(train.texts[0].token_ids, np.memmap)
    assert isinstance(train.numbers, np.memmap)


@pytest.mark.parametrize(
    ("settings", "paired", "symmetric"),
    [
        ({"text_columns": ["a", "b"], "texts": "pair"}, True, True),
        ({"text_columns": ["a", "b"], "texts": "pair", "symmetric_pairs": False}, True, False),
        ({}, False, False),
    ],
)
def test_competition_says_whether_texts_are_paired(settings, paired, symmetric, folder):
    inputs = read_inputs(folder, competition(**settings))
    assert (inputs.paired, inputs.symmetric) == (paired, symmetric)


def test_rows_are_taken(folder):
    taken = read_inputs(folder, PAIR).take(np.array([1, 0, 1]))
    assert [lists(text) for text in taken.texts] == [[[7], [5, 6], [7]], [[9], [8], [9]]]
    assert taken.numbers.tolist() == [[1], [0], [1]]
    assert taken.categories.tolist() == [[0], [1], [0]]
    assert taken.paired
    assert taken.symmetric


def test_inputs_are_joined(folder):
    train = read_inputs(folder, PAIR)
    texts = (ragged([10]), ragged([11]))
    test = Inputs(texts, np.float32([[2]]), np.array([[2]], np.int32), paired=True, symmetric=True)
    both = joined(train, test)
    assert [lists(text) for text in both.texts] == [[[5, 6], [7], [10]], [[8], [9], [11]]]
    assert both.numbers.tolist() == [[0], [1], [2]]
    assert both.categories.tolist() == [[1], [0], [2]]
    assert both.paired
    assert both.symmetric


def test_only_texts_have_no_numbers():
    inputs = only_texts(ragged([5], [6, 7]))
    assert inputs.numbers.shape == inputs.categories.shape == (2, 0)
    assert (inputs.numbers.dtype, inputs.categories.dtype) == (np.float32, np.int32)
    assert not inputs.paired


def test_lengths_are_cut_and_those_of_a_pair_are_equal():
    first, second = ragged([1, 1, 1], [1]), ragged([1], [1, 1])
    numbers = np.empty((2, 0), np.float32)
    rows = np.arange(2)
    separate = Inputs((first, second), numbers, numbers.astype(np.int32))
    assert separate.lengths(rows, 2).tolist() == [[2, 1], [1, 2]]
    paired = Inputs((first, second), numbers, numbers.astype(np.int32), paired=True)
    assert paired.lengths(rows, 9).tolist() == [[3, 3], [2, 2]]


def test_missing_file_is_named(folder):
    (folder / "numbers.npy").unlink()
    with pytest.raises(ArtefactError, match=r"numbers\.npy: cannot be read"):
        read_inputs(folder, PAIR)
