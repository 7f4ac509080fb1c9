import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.text.sentences import SENTENCE_ENDS, ends_sentence, sentence_end_ids
from regard.text.tokenizer import tokenize


@pytest.mark.parametrize(
    "token",
    [
        ".",
        "!",
        "?",
        "?!",
        "...",
        "\u2026",
        "\u3002",
        "\uff01",
        "\u061f",
        "\u0964",
        "\u06d4",
        "\u1362",
    ],
)
def test_these_tokens_end_a_sentence(token):
    assert ends_sentence(token)


@pytest.mark.parametrize("token", ["", "a", ",", ";", "3.5", "e.g.", "<pad>", "<unk>", ":)", "、"])
def test_these_tokens_do_not(token):
    assert not ends_sentence(token)


def test_ids_are_those_of_the_vocabulary():
    assert sentence_end_ids(["<pad>", "<unk>", "a", ".", "b.", "?"]) == (3, 5)
    assert sentence_end_ids(["<pad>", "<unk>", "a"]) == ()


@given(st.text())
def test_no_letter_or_number_ends_a_sentence(token):
    assert not (ends_sentence(token) and any(map(str.isalnum, token)))


def test_they_are_marks_and_none_is_listed_twice():
    assert {unicodedata.category(mark) for mark in SENTENCE_ENDS} <= {"Po", "Lo", "Sk"}
    assert all(len(mark) == 1 for mark in SENTENCE_ENDS)


def test_the_tokenizer_leaves_them_alone():
    tokens = tokenize("One here. Two?! Three…", [])
    assert [token for token in tokens if ends_sentence(token)] in (
        [".", "?", "!", "…"],
        [".", "?", "!", ".", ".", "."],
    )
