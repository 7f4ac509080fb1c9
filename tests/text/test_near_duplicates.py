from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.text import RaggedTokens, index_texts
from regard.text.near_duplicates import groups_of, similar_pairs

ALPHABET = "a b c d e f g h i j"


def ragged(*texts):
    return index_texts(list(texts), []).ragged


def similarity(one, other):
    """Return the Jaccard similarity of two texts' words and pairs of words."""
    sets = []
    for text in (one, other):
        words = text.split()
        sets.append({*words, *pairwise(words)})
    common = len(sets[0] & sets[1])
    return common / (len(sets[0] | sets[1]) or 1)


def test_a_text_with_another_word_is_similar():
    texts = ragged(ALPHABET, ALPHABET.replace("j", "k"), "x y z")
    assert similarity(ALPHABET, ALPHABET.replace("j", "k")) == pytest.approx(17 / 21)
    assert similar_pairs([texts], 0.7).tolist() == [[0, 1]]
    assert similar_pairs([texts], 0.9).tolist() == []


def test_texts_of_few_tokens_are_similar_to_none():
    assert similar_pairs([ragged("", "", "a", "a b c", "a b c")], 0.5).tolist() == []
    assert similar_pairs([ragged("")], 0.5).tolist() == []
    assert (
        similar_pairs([RaggedTokens(np.empty(0, np.int32), np.zeros(1, np.int64))], 0.5).size == 0
    )


def test_every_text_of_a_row_counts():
    first = ragged(ALPHABET, ALPHABET, "k l m n o p q")
    assert similar_pairs([first], 0.9).tolist() == [[0, 1]]
    others = ragged("r s t u v w x", "k l m n o p q", "r s t u v w x")
    assert similar_pairs([first, others], 0.6).tolist() == []
    assert similar_pairs([first, ragged("x", "x", "x")], 0.9).tolist() == [[0, 1]]


def test_groups_are_named_by_their_first_row():
    assert groups_of(np.array([[0, 2], [2, 3]]), 5).tolist() == [0, 1, 0, 0, 4]
    assert groups_of(np.empty((0, 2), np.int64), 3).tolist() == [0, 1, 2]


def test_a_crowd_of_equal_texts_is_one_group_with_few_pairs():
    pairs = similar_pairs([ragged(*[ALPHABET] * 500)], 0.9)
    assert (groups_of(pairs, 500) == 0).all()
    assert len(pairs) < 1000


words = st.lists(st.sampled_from("abcdef"), max_size=12).map(" ".join)


@given(st.lists(words, min_size=1, max_size=30), st.sampled_from([0.5, 0.7, 1.0]))
@settings(max_examples=30, deadline=None)
def test_pairs_are_similar_and_groups_miss_no_very_similar_pair(texts, least):
    pairs = similar_pairs([ragged(*texts)], least)
    for one, other in pairs:
        assert one < other
        assert similarity(texts[one], texts[other]) >= least - 1e-9
    groups = groups_of(pairs, len(texts))
    for row, text in enumerate(texts):
        first = texts.index(text)
        # Identical ones are always found.
        assert len(text.split()) < 6 or groups[row] == groups[first]


@pytest.mark.slow
def test_nearly_all_planted_pairs_are_found():
    dice = np.random.default_rng(0)
    texts = [list(map(str, dice.integers(0, 5000, 40))) for _ in range(1000)]
    for text in texts[:300]:
        changed = list(text)
        changed[dice.integers(40)] = "new"
        texts.append(changed)
    pairs = similar_pairs([ragged(*map(" ".join, texts))], 0.7)
    assert {tuple(pair) for pair in pairs.tolist()} == {(row, 1000 + row) for row in range(300)}
