import numpy as np
from helpers.report_cases import report_data
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.report.traits import Traits
from regard.text import RaggedTokens

EVERY = np.arange(4)


def test_traits_by_hand():
    # the tokens: a ship, a <unk>, a <unk>, <unk>
    data = report_data(texts=["A SHIP 12", "a tree", "x1", ""])
    traits = Traits(data, EVERY)
    assert traits.lengths.tolist() == [2, 2, 2, 1]
    assert traits.unknown.tolist() == [0.0, 0.5, 0.5, 1.0]
    assert traits.capitals.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert traits.digits.tolist() == [2 / 7, 0.0, 0.5, 0.0]
    assert {word: rows.tolist() for word, rows in traits.words.items()} == {
        "a": [True, True, True, False],
        "ship": [True, False, False, False],
    }
    assert traits.columns["country"].tolist() == ["de", "fr", "de", "fr"]


def test_some_rows():
    traits = Traits(report_data(), np.array([3, 0]))
    assert traits.lengths.tolist() == [1, 2]
    assert traits.unknown.tolist() == [1.0, 0.0]
    assert traits.columns["country"].tolist() == ["fr", "de"]


def test_words_count_without_tokens():
    traits = Traits(report_data(tokens=()), EVERY)
    assert traits.lengths.tolist() == [2, 2, 2, 0]
    assert traits.unknown.tolist() == [0.0] * 4
    assert traits.words == {}


def test_tokens_of_all_texts_count():
    text = RaggedTokens(np.array([2, 1]), np.array([0, 1, 2]))
    traits = Traits(report_data(tokens=[text, text]), np.array([0, 1]))
    assert traits.lengths.tolist() == [2, 2]
    assert traits.unknown.tolist() == [0.0, 1.0]


def test_very_frequent_words_part_nothing():
    text = RaggedTokens(np.array([2, 2, 2, 3, 2]), np.array([0, 1, 2, 4, 5]))
    assert list(Traits(report_data(tokens=[text]), EVERY).words) == ["ship"]


@given(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=6), min_size=4, max_size=4))
@settings(max_examples=50, deadline=None)
def test_shares_and_words_agree_with_the_rows(rows):
    tokens = RaggedTokens(
        np.concatenate([np.array(row) for row in rows]), np.cumsum([0, *map(len, rows)])
    )
    traits = Traits(report_data(tokens=[tokens]), EVERY)
    assert traits.unknown.tolist() == [row.count(1) / len(row) for row in rows]
    for word, holds in traits.words.items():
        token = {"a": 2, "ship": 3}[word]
        assert holds.tolist() == [token in row for row in rows]
