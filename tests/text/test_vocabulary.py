import numpy as np
import pytest
from helpers.texts import awkward_texts
from helpers.tokens import as_lists
from hypothesis import given, settings
from hypothesis import strategies as st

from regard import text
from regard.text import (
    build_vocabulary,
    encode,
    index_texts,
    known_tokens,
    to_vocabulary,
    token_counts,
    tokenize,
)
from regard.text import (
    vocabulary as vocabulary_module,
)


def vocabulary_of(texts: list[str], *, max_size: int = 1000, min_count: int = 1) -> list[str]:
    indexed = index_texts(texts, [])
    counts = token_counts(indexed)
    return build_vocabulary(indexed.tokens, counts, max_size=max_size, min_count=min_count)


def test_texts_become_token_ids():
    indexed = index_texts(["The cat, the dog", "a cat", ""], ["lower_case"])
    counts = token_counts(indexed)
    assert dict(zip(indexed.tokens, counts.tolist(), strict=True)) == {
        "the": 2, "cat": 2, ",": 1, "dog": 1, "a": 1,
    }  # fmt: skip
    vocabulary = build_vocabulary(indexed.tokens, counts, max_size=6, min_count=1)
    assert vocabulary == ["<pad>", "<unk>", "cat", "the", ",", "a"]
    known = known_tokens(vocabulary)
    assert as_lists(to_vocabulary(indexed, known)) == [[3, 2, 4, 3, 1], [5, 2], [1]]
    others = ["the cat, the dog", "Unseen", "", "the cat, the dog"]
    tokens = to_vocabulary(index_texts(others, ["lower_case"]), known)
    assert as_lists(tokens) == [[3, 2, 4, 3, 1], [1], [1], [3, 2, 4, 3, 1]]
    assert (tokens.token_ids.dtype, tokens.offsets.dtype) == (np.int32, np.int64)


def test_known_tokens_are_all_but_pad_and_unk():
    assert known_tokens(["<pad>", "<unk>", "a", "b"]) == {"a": 2, "b": 3}
    assert known_tokens(["<pad>", "<unk>"]) == {}


def test_encode():
    assert as_lists(encode(["a b", "x"], ["<pad>", "<unk>", "a", "b"], [])) == [[2, 3], [1]]


def test_text_of_stop_words_becomes_one_unk():
    assert as_lists(encode(["The and"], ["<pad>", "<unk>", "and"], ["stop_words"])) == [[1]]


def test_pad_is_0_and_unk_is_1():
    assert (text.PAD, text.UNK) == (0, 1)
    assert vocabulary_of([]) == ["<pad>", "<unk>"]
    assert vocabulary_of(["b a"], max_size=3) == ["<pad>", "<unk>", "a"]


def test_literal_pad_and_unk_become_unk():
    texts = ["<pad> a <unk>"] * 3
    vocabulary = vocabulary_of(texts)
    assert vocabulary == ["<pad>", "<unk>", "a"]
    assert as_lists(encode(texts, vocabulary, []))[0] == [1, 2, 1]


def test_min_count_and_max_size():
    texts = ["d d d c c b b a"]
    assert vocabulary_of(texts, min_count=2)[2:] == ["d", "b", "c"]
    assert vocabulary_of(texts, max_size=4)[2:] == ["d", "b"]


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text("ab <>pdunk'&;", max_size=12), max_size=8), max_size=st.integers(3, 8)
)
def test_every_text_has_a_token_and_every_id_is_in_the_vocabulary(texts, max_size):
    vocabulary = vocabulary_of(texts, max_size=max_size)
    assert len(vocabulary) <= max_size
    assert len(set(vocabulary)) == len(vocabulary)
    tokens = encode(texts, vocabulary, [])
    assert len(tokens) == len(texts)
    assert (tokens.lengths >= 1).all()
    ids = {token: token_id for token_id, token in enumerate(vocabulary) if token_id >= 2}
    for raw, found in zip(texts, as_lists(tokens), strict=True):
        assert found == ([ids.get(token, 1) for token in tokenize(raw, [])] or [1])


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.text("abc ", max_size=8), max_size=6),
    random=st.randoms(use_true_random=False),
)
def test_order_of_rows_does_not_matter(texts, random):
    shuffled = list(texts)
    random.shuffle(shuffled)
    assert vocabulary_of(texts) == vocabulary_of(shuffled)


@settings(max_examples=40, deadline=None)
@given(texts=awkward_texts, block_size=st.integers(1, 4))
def test_block_size_does_not_matter(texts, block_size):
    indexed = index_texts(texts, [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary_module, "_ROWS_PER_BLOCK", block_size)
        patch.setattr(vocabulary_module, "_TOKENS_PER_BLOCK", block_size)
        counts = token_counts(indexed)
        tokens = to_vocabulary(indexed, known_tokens(["<pad>", "<unk>", *indexed.tokens]))
    expected = np.bincount(indexed.ragged.token_ids, minlength=len(indexed.tokens))
    assert counts.tolist() == expected.tolist()
    assert as_lists(tokens) == [
        [token_id + 2 for token_id in row] or [1] for row in as_lists(indexed.ragged)
    ]
