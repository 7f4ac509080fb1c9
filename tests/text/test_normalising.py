import unicodedata

import pytest
from helpers.tokens import as_lists
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.linear.ngrams import count_ngrams
from regard.text import index_texts, normalise, tokenize
from regard.text.normalising import compatibility_forms

USUAL = ["html_unescape", "lower_case"]


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("cafe\u0301 A\u030a", "caf\u00e9 \u00c5"),
        ("don\u2019t \u201cyes\u201d \u2018no\u2019", "don't \"yes\" 'no'"),
        ("co\u00adop zero\u200bwidth \ufeffx\u2060y", "coop zerowidth xy"),
        ("\uff21\uff22\uff43\uff11\uff01", "ABc1!"),
        ("\u30ab\uff9e \uff76\uff9e", "\u30ac \u30ac"),
        ("1\u00a0000\u202f000\u3000x", "1 000 000 x"),
        ("of\ufb01ce \ufb04", "office ffl"),
        ("well\u2011known \u22125", "well-known -5"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u062e"),
        ("\u0643\u0640\u0640\u062a", "\u0643\u062a"),
        ("\ufedb\ufe97\ufe8e\ufe8f", "\u0643\u062a\u0627\u0628"),
        (
            "\u0627\u0644\u0633\u0651\u064e\u0645\u064e\u0643\u064f",
            "\u0627\u0644\u0633\u0645\u0643",
        ),
        ("\u0627\u0653\u0628", "\u0622\u0628"),
        ("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd \ufb2a", "\u05e9\u05dc\u05d5\u05dd \u05e9"),
        ("\u2764\ufe0f \U0001f469\u200d\U0001f4bb", "\u2764 \U0001f469\U0001f4bb"),
        ("x\u00b2 \u2122 \u2026", "x\u00b2 \u2122 \u2026"),
        ('plain `text\' "here"', 'plain `text\' "here"'),
    ],
)
def test_one_spelling(raw, plain):
    assert normalise(raw) == plain
    assert tokenize(raw, USUAL) == tokenize(plain, USUAL)


def test_compatibility_characters_are_a_step():
    assert compatibility_forms("x\u00b2 \u2460 \u2122") == "x2 1 TM"
    assert tokenize("x\u00b2 \u2460", ["nfkc"]) == tokenize("x2 1", [])


def test_entities_have_the_same_spelling():
    assert tokenize("don&rsquo;t soft&shy;ly caf&eacute; e&#769;", USUAL) == [
        "don't",
        "softly",
        "caf\u00e9",
        "\u00e9",
    ]


any_text = st.text(max_size=40) | st.text("aZ\u00e9\u0130\u0131\u0e17\u6211'\"- .1", max_size=40)


@given(text=any_text)
@settings(max_examples=200, deadline=None)
def test_a_normal_text_stays(text):
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    if text.isascii():
        assert once is text


def decomposed(text):
    return unicodedata.normalize("NFD", text)


def with_joiners(text):
    return "".join(letter + "\u200b\u00ad\u200d" * letter.isalpha() for letter in text)


def curly(text):
    return text.replace("'", "\u2019").replace('"', "\u201d")


def wide(text):
    return "".join(
        chr(ord(one) + 0xFEE0) if "!" <= one <= "~" and one not in "<>&#;" else one for one in text
    )


def other_spaces(text):
    return text.replace(" ", "\u00a0")


SPELLINGS = [decomposed, with_joiners, curly, wide, other_spaces]
LETTERS = "abcdeEIiXZ'1\u00e9\u00fc\u00df\u0130\u0131\u043f\u0439\u6211\u3054\u0e17"
words = st.text(LETTERS, max_size=8)


@given(texts=st.lists(st.lists(words, max_size=5).map(" ".join), min_size=1, max_size=4))
@pytest.mark.parametrize("spelling", SPELLINGS)
@settings(max_examples=40, deadline=None)
def test_texts_that_differ_by_their_spelling_are_the_same(spelling, texts):
    # Compared with the same text in one spelling: a joiner between a letter and its accent may
    # compose them.
    texts = list(map(normalise, texts))
    others = list(map(spelling, texts))
    assert [tokenize(text, USUAL) for text in others] == [tokenize(text, USUAL) for text in texts]
    found = index_texts([*texts, *others], USUAL)
    assert as_lists(found.ragged)[: len(texts)] == as_lists(found.ragged)[len(texts) :]
    for own, other in zip(
        count_ngrams([texts], USUAL, characters=True, paired=False),
        count_ngrams([others], USUAL, characters=True, paired=False),
        strict=True,
    ):
        assert own.terms == other.terms
        assert (own.counts[0] != other.counts[0]).nnz == 0
