import numpy as np
import pytest
from helpers.texts import awkward_texts, cleaning_steps
from helpers.tokens import as_lists
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.text import IndexedTexts, identical_rows, index_texts, indexing, tokenize


def tokens_of(indexed: IndexedTexts) -> list[list[str]]:
    return [[indexed.tokens[token_id] for token_id in row] for row in as_lists(indexed.ragged)]


def test_index_texts():
    texts = ["the cat, the dog", "a cat", "", "the cat, the dog", "Unseen"]
    indexed = index_texts(texts, ["lower_case"])
    assert indexed.tokens == ["the", "cat", ",", "dog", "a", "unseen"]
    assert as_lists(indexed.ragged) == [[0, 1, 2, 0, 3], [4, 1], [], [0, 1, 2, 0, 3], [5]]
    assert indexed.identical.tolist() == [0, 1, 2, 0, 4]
    assert (indexed.ragged.token_ids.dtype, indexed.identical.dtype) == (np.int32, np.int64)


def test_token_is_stemmed_once():
    indexed = index_texts(["running runs", "run"], ["stemming"])
    assert indexed.tokens == ["run"]
    assert indexed.identical.tolist() == [0, 1]
    word = "internationally"
    assert index_texts([word], ["stemming"]).tokens == tokenize(word, ["stemming"])


def test_identical_rows():
    # Each row has two texts: (a, b), (c, d), (b, a), (a, x) in train and (c, d) in test.
    first = ["a", "c", "b", "a"]
    second = ["b", "d", "a", "x"]
    identical = index_texts([*first, *second, "c", "d"], []).identical
    assert identical_rows(identical, 4, 2, any_order=True).tolist() == [0, 1, 0, 3, 1]
    assert identical_rows(identical, 4, 2, any_order=False).tolist() == [0, 1, 2, 3, 1]


def test_identical_rows_of_one_text():
    identical = index_texts(["a", "b", "a"], []).identical
    assert identical_rows(identical, 2, 1, any_order=False).tolist() == [0, 1, 0]


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(max_size=30), max_size=8), steps=cleaning_steps)
def test_index_texts_agrees_with_tokenize(texts, steps):
    indexed = index_texts(texts, steps)
    tokens = [tokenize(raw, steps) for raw in texts]
    assert tokens_of(indexed) == tokens
    assert indexed.identical.tolist() == [tokens.index(row) for row in tokens]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(texts=awkward_texts, steps=cleaning_steps)
def test_index_texts_agrees_with_tokenize_on_awkward_texts(texts, steps):
    indexed = index_texts(texts, steps)
    tokens = [tokenize(raw, steps) for raw in texts]
    assert tokens_of(indexed) == tokens
    assert indexed.tokens == list(dict.fromkeys(token for row in tokens for token in row))


@settings(max_examples=40, deadline=None)
@given(texts=awkward_texts, block_rows=st.integers(1, 4), steps=cleaning_steps)
def test_block_size_does_not_matter(texts, block_rows, steps):
    expected = index_texts(texts, steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexing, "_BLOCK_ROWS", block_rows)
        indexed = index_texts(texts, steps)
    assert indexed.tokens == expected.tokens
    assert as_lists(indexed.ragged) == as_lists(expected.ragged)
    assert indexed.identical.tolist() == expected.identical.tolist()
