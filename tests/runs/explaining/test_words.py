import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.runs.explaining import words as module
from regard.runs.explaining.words import (
    aligned,
    row_words,
    sum_by_word,
    without,
    without_all,
    words_in,
)
from regard.text.words import Word

LETTERS = st.text("ab-, '\u4e2d", max_size=20)


def test_the_weights_of_tokens_are_summed_by_word():
    weights = np.array([0.25, 0.5, 0.25])
    assert sum_by_word(weights, [1, 0, 2, 4]).tolist() == [0.25, 0, 0.75, 0]
    assert sum_by_word(weights, []).tolist() == []
    assert sum_by_word(np.zeros(2), [1, 1]).tolist() == [0, 0]


def test_a_space_keeps_the_words_around_apart():
    assert without("well-known", Word("-", 4, 5, 1)) == "well known"


@settings(deadline=None)
@given(LETTERS)
def test_without_all_words_nothing_is_left(text):
    words = words_in(text, [])
    assert not without_all(text, words).strip()
    assert without_all(text, []) == text
    rest = words_in(without_all(text, words[::2]), [])
    assert [word.text for word in rest] == [word.text for word in words[1::2]]


def test_words_without_a_position_are_those_of_the_raw_text(monkeypatch):
    monkeypatch.setattr(module, "words_of", lambda text, steps: [Word("x", 0, 0, 1)])
    assert [word.text for word in words_in("One, two", [])] == ["One", ",", "two"]


def test_weights_of_other_words_move_to_the_words_that_cover_their_start():
    one = [("text", Word("a-b", 0, 3, 1)), ("text", Word("c", 4, 5, 1))]
    parts = row_words({"text": "a-b c"}, [])
    assert aligned((one, np.array([1.0, 2.0])), parts).tolist() == [1, 0, 0, 2]
    assert aligned((parts, np.array([1.0, 0.5, 0.25, 2.0])), one).tolist() == [1.75, 2]
    other = [("title", word) for _, word in one]
    assert aligned((other, np.ones(2)), one).tolist() == [0, 0]
    assert aligned(([("text", Word("c", 0, 0, 1))], np.ones(1)), one) is None
