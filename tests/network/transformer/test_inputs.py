import numpy as np
import pytest
from helpers.encoders import write_encoder
from hypothesis import given
from hypothesis import strategies as st

from regard.data.inputs import Inputs, joined
from regard.network.batching import batch_inputs
from regard.network.transformer.inputs import NO_JOINTS, Joints, PieceInputs, kept_pieces
from regard.network.transformer.tokenizer import PieceTokenizer
from regard.text import RaggedTokens

BERT = Joints((101,), (102,), (102,))


def ragged(*texts):
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    return RaggedTokens(np.array([piece for text in texts for piece in text], np.int32), offsets)


def inputs_of(*columns, joints=BERT, **options):
    texts = tuple(ragged(*column) for column in columns)
    n_rows = len(columns[0])
    numbers, categories = np.zeros((n_rows, 0), np.float32), np.zeros((n_rows, 0), np.int32)
    return PieceInputs(texts, numbers, categories, joints=joints, **options)


def batch(inputs, length, rows=None, swapped=False, truncate="head"):
    rows = np.arange(len(inputs)) if rows is None else np.array(rows)
    found = batch_inputs(inputs, rows, np.array([length]), swapped, truncate=truncate)
    assert {array.dtype for array in found.values()} == {np.dtype(np.int32)}
    return found["token_ids"].tolist(), found["segments"].tolist()


def test_a_text_has_special_tokens_and_padding():
    inputs = inputs_of([[7, 8], []], pad_id=1)
    token_ids, segments = batch(inputs, 5)
    assert token_ids == [[101, 7, 8, 102, 1], [101, 102, 1, 1, 1]]
    assert segments == [[1, 1, 1, 1, 0], [1, 1, 0, 0, 0]]
    assert inputs.lengths(np.array([1, 0]), 128).tolist() == [[2], [4]]


def test_two_texts_are_two_segments():
    inputs = inputs_of([[7, 8]], [[9]])
    token_ids, segments = batch(inputs, 7)
    assert token_ids == [[101, 7, 8, 102, 9, 102, 0]]
    assert segments == [[1, 1, 1, 1, 2, 2, 0]]


def test_the_texts_of_a_pair_change_places():
    inputs = inputs_of([[7, 8], [5]], [[9], [6]])
    token_ids, segments = batch(inputs, 6, swapped=np.array([True, False]))
    assert token_ids == [[101, 9, 102, 7, 8, 102], [101, 5, 102, 6, 102, 0]]
    assert segments == [[1, 1, 1, 2, 2, 2], [1, 1, 1, 2, 2, 0]]


@pytest.mark.parametrize(
    ("truncate", "kept"), [("head", [1, 2, 3]), ("tail", [3, 4, 5]), ("both", [1, 2, 5])]
)
def test_a_long_text_is_cut(truncate, kept):
    inputs = inputs_of([[1, 2, 3, 4, 5]])
    assert batch(inputs, 5, truncate=truncate)[0] == [[101, *kept, 102]]
    assert inputs.lengths(np.array([0]), 5).tolist() == [[5]]


def test_without_special_tokens_an_empty_text_is_one_token():
    inputs = inputs_of([[], [4]], joints=NO_JOINTS, pad_id=3)
    assert batch(inputs, 2) == ([[3, 3], [4, 3]], [[1, 0], [1, 0]])
    assert inputs.lengths(np.array([0, 1]), 9).tolist() == [[1], [1]]


def test_rows_that_are_taken_and_joined_keep_the_encoder():
    inputs = inputs_of([[7], [8, 9]], pad_id=1)
    both = joined(inputs.take(np.array([1])), inputs)
    assert isinstance(both, PieceInputs)
    assert batch(both, 4)[0] == [[101, 8, 9, 102], [101, 7, 102, 1], [101, 8, 9, 102]]
    words = Inputs(both.texts, both.numbers, both.categories)
    assert type(words.take(np.array([0]))) is Inputs


@pytest.mark.parametrize(
    ("n_pieces", "budget", "expected"),
    [
        ([10, 2], 8, [6, 2]),
        ([10, 9], 8, [4, 4]),
        ([3, 9, 9], 10, [3, 3, 4]),
        ([2, 2], 9, [2, 2]),
        ([0, 5], 3, [0, 3]),
    ],
)
def test_the_longest_texts_are_cut_first(n_pieces, budget, expected):
    assert kept_pieces(np.array([n_pieces]), budget).tolist() == [expected]


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=3),
    st.integers(0, 40),
)
def test_the_budget_is_used_and_not_exceeded(n_pieces, budget):
    kept = kept_pieces(np.array([n_pieces]), budget)[0]
    assert kept.sum() == min(sum(n_pieces), budget)
    assert (kept <= n_pieces).all()
    # A text that is cut keeps as much as any other one, but for a remainder of one piece.
    assert kept[kept < n_pieces].min(initial=kept.max()) >= kept.max() - 1


WORDS = st.lists(st.sampled_from(["ship", "wave", "moss", "zzz", "a"]), max_size=6).map(" ".join)


@given(first=WORDS, second=WORDS)
def test_rows_are_joined_as_by_the_tokenizer_itself(first, second, tmp_path_factory):
    reader = _reader(tmp_path_factory)
    expected = reader.tokenizer.encode(first, second)
    pieces = [reader.pieces([text])[0].tolist() for text in (first, second)]
    inputs = inputs_of([pieces[0]], [pieces[1]], joints=reader.joints)
    token_ids, segments = batch(inputs, len(expected.ids))
    assert token_ids == [expected.ids]
    assert [segment - 1 for segment in segments[0]] == expected.type_ids
    alone = inputs_of([pieces[0]], joints=reader.joints)
    single = reader.tokenizer.encode(first).ids
    assert batch(alone, len(single))[0] == [single]


_READERS = []


def _reader(tmp_path_factory):
    if not _READERS:
        _READERS.append(PieceTokenizer(write_encoder(tmp_path_factory.mktemp("encoder"))))
    return _READERS[0]
