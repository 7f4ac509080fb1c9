import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.text import STEPS, Tokenizer, tokenize
from regard.text.words import raw_words, words_of

USUAL = ["html_unescape", "lower_case", "contractions", "urls", "numbers", "repeated_characters"]


def counted(text, steps):
    return [(word.text, word.n_tokens) for word in words_of(text, steps)]


def test_words_stand_as_in_the_text():
    assert counted("The Cat, the DOG!", ["lower_case"]) == [
        ("The", 1),
        ("Cat", 1),
        (",", 1),
        ("the", 1),
        ("DOG", 1),
        ("!", 1),
    ]
    assert [(word.start, word.end) for word in words_of(" a  bc", [])] == [(1, 2), (4, 6)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't", [("I", 1), ("don't", 2)]),
        ("see (http://a.org/b), ok", [("see", 1), ("(", 1), ("http://a.org/b", 1), (")", 1)]),
        ("I ca n't go", [("I", 1), ("ca", 1), ("n't", 1), ("go", 1)]),
        ("sooo good", [("sooo", 1), ("good", 1)]),
        ("no!!!! 1,000.5", [("no", 1), ("!", 1), ("!", 1), ("!", 0), ("!", 0), ("1,000.5", 1)]),
        ("I &lt;3 it", [("I", 1), ("&lt;", 1), ("3", 1), ("it", 1)]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_words_that_cleaning_changes(text, expected):
    assert counted(text, USUAL)[: len(expected)] == expected


def test_dropped_words_have_no_tokens():
    steps = ["lower_case", "strip_special_characters", "stop_words"]
    assert counted("The well-known cat!", steps) == [
        ("The", 0),
        ("well", 0),
        ("-", 0),
        ("known", 1),
        ("cat", 1),
        ("!", 0),
    ]


def test_tokens_that_cannot_be_traced_are_the_words(monkeypatch):
    monkeypatch.setitem(STEPS, "reverse", type(STEPS["urls"])(lambda text: text[::-1]))
    words = words_of("ab cd ef gh", ["reverse"])
    assert [(word.text, word.start, word.end) for word in words] == [
        (token, 0, 0) for token in ("hg", "fe", "dc", "ba")
    ]


def test_words_of_a_text_that_is_not_cleaned():
    assert [word.text for word in raw_words("No, no")] == ["No", ",", "no"]


@given(
    text=st.text(max_size=40) | st.text("aB n't'3.,!<>&;/:\u0301 \u200b\u4e2d", max_size=40),
    steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=5, unique=True),
)
@settings(max_examples=100, deadline=None)
def test_every_token_belongs_to_one_word_in_order(text, steps):
    words = words_of(text, steps)
    assert sum(word.n_tokens for word in words) == len(tokenize(text, steps))
    if any(word.end for word in words):
        assert all(text[word.start : word.end] == word.text for word in words)
        ends = [0, *(word.end for word in words)]
        assert all(word.start >= end for word, end in zip(words, ends, strict=False))
        assert all(word.text.strip() for word in words)


def test_words_of_a_script_without_spaces():
    tokenizer = Tokenizer(("lower_case",), segmenter="characters")
    assert counted("我用iPhone。", tokenizer) == [("我", 1), ("用", 1), ("iPhone", 1), ("。", 1)]
    assert counted("ｶﾞ食", tokenizer) == [("ｶﾞ", 1), ("食", 1)]
    assert counted("ที่\u200bนี่ ok", tokenizer) == [("ที่", 1), ("นี่", 1), ("ok", 1)]


def test_words_that_are_spelt_otherwise_stand_as_in_the_text():
    raw = "Cafe\u0301 don\u2019t co\u00adop \uff21\uff22"
    assert counted(raw, ["lower_case"]) == [(word, 1) for word in raw.split(" ")]


@given(text=st.text("我们今天ทนี่ิあカｶﾞ\u3099\u200b\u00ada1'. &;", max_size=30))
@settings(max_examples=80, deadline=None)
def test_tokens_of_scripts_without_spaces_are_traced(text):
    tokenizer = Tokenizer(("html_unescape", "lower_case"), segmenter="characters")
    words = words_of(text, tokenizer)
    assert sum(word.n_tokens for word in words) == len(tokenizer.tokenize(text))
    if any(word.end for word in words):
        assert all(text[word.start : word.end] == word.text for word in words)
        ends = [0, *(word.end for word in words)]
        assert all(word.start >= end for word, end in zip(words, ends, strict=False))
