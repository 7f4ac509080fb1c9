import numpy as np
import pytest
from helpers.tokens import as_lists, ragged
from hypothesis import given
from hypothesis import strategies as st

from regard.text import RaggedTokens, concatenate

TEXTS = [[5, 6], [7], [], [8, 9, 4]]
texts_strategy = st.lists(st.lists(st.integers(0, 99), max_size=4), min_size=1, max_size=6)


def test_texts_share_one_array():
    tokens = ragged(TEXTS)
    assert tokens.token_ids.tolist() == [5, 6, 7, 8, 9, 4]
    assert tokens.offsets.tolist() == [0, 2, 3, 3, 6]
    assert tokens.lengths.tolist() == [2, 1, 0, 3]
    assert len(tokens) == 4
    assert tokens[-1].tolist() == [8, 9, 4]


def test_rows_take_and_concatenate():
    tokens = ragged(TEXTS)
    assert as_lists(tokens.rows(1, 3)) == [[7], []]
    assert as_lists(tokens.take(np.array([3, 0, 0]))) == [[8, 9, 4], [5, 6], [5, 6]]
    assert as_lists(concatenate(tokens.rows(0, 2), tokens.rows(3, 4))) == [[5, 6], [7], [8, 9, 4]]


def test_memory_mapped_arrays(tmp_path):
    tokens = ragged(TEXTS)
    np.save(tmp_path / "ids.npy", tokens.token_ids)
    np.save(tmp_path / "offsets.npy", tokens.offsets)
    mapped = RaggedTokens(
        np.load(tmp_path / "ids.npy", mmap_mode="r"),
        np.load(tmp_path / "offsets.npy", mmap_mode="r"),
    )
    assert as_lists(mapped) == TEXTS
    assert mapped.lengths.tolist() == [2, 1, 0, 3]


@given(texts=texts_strategy, data=st.data())
def test_take_returns_texts_in_order(texts, data):
    rows = data.draw(st.lists(st.integers(0, len(texts) - 1), min_size=1, max_size=8))
    assert as_lists(ragged(texts).take(np.array(rows))) == [texts[row] for row in rows]


def test_row_out_of_range_is_an_index_error():
    with pytest.raises(IndexError):
        ragged(TEXTS)[len(TEXTS)]
