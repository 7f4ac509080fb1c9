import sys

import pytest
from helpers.tokens import as_lists
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.errors import ArtefactError, ConfigError
from regard.text import Tokenizer, fit_tokenizer, index_texts, tokenize
from regard.text.segmenting import (
    SEGMENTERS,
    characters_of,
    fit_unigram,
    has_unspaced,
    runs_of,
)

ZH = ["我们今天下雨", "今天下雨了", "我们吃面条", "面条和番茄", "今天我们吃番茄"] * 8
TH = "วันนี้ฝนตกหนักมาก"


def test_runs_of_letters_without_spaces():
    texts = ["我用iPhone手机。", "plain", f"{TH} 2024", "ひらがなとカタカナー", "한국어 문장"]
    assert list(runs_of(texts)) == ["我用", "手机", TH, "ひらがなとカタカナー"]


def test_a_few_such_texts_do_not_count():
    assert has_unspaced(["yes", "我们"])
    assert not has_unspaced(["yes"] * 99 + ["我们"])
    assert not has_unspaced([])


@pytest.mark.parametrize(
    ("run", "letters"),
    [
        ("我们", ["我", "们"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("\u1781\u17d2\u1798\u17c2\u179a", ["\u1781\u17d2\u1798\u17c2", "\u179a"]),
    ],
)
def test_letters_keep_their_signs(run, letters):
    assert characters_of(run) == letters


def test_words_of_other_scripts_stay_whole():
    tokenizer = Tokenizer((), segmenter="characters")
    assert tokenizer.tokenize("我用iPhone 15, don't笑 1,000元") == [
        *("我", "用", "iPhone", "15", ",", "don't", "笑", "1,000", "元")
    ]
    assert tokenizer.tokenize("plain text's") == ["plain", "text's"]


def test_unigram_learns_the_words_of_the_texts():
    tokenizer = fit_tokenizer(["lower_case"], ZH, lambda: ZH)
    assert tokenizer.segmenter == "unigram"
    assert tokenizer.language == "zh"
    assert 1 < len(tokenizer.tokenize(ZH[0])) <= 6
    assert "".join(tokenizer.tokenize(ZH[0])) == ZH[0]
    again = fit_tokenizer(["lower_case"], ZH, lambda: ZH)
    assert again == tokenizer
    assert Tokenizer.from_dict(again.to_dict(), ["lower_case"]).tokenize("鱼今天") == [
        *tokenizer.tokenize("鱼今天")
    ]


@pytest.mark.parametrize("text", ["我", "我们" * 2, "我" * 3000, "今天" * 2000])
def test_texts_of_any_size_are_learnt(text):
    tokenizer = fit_tokenizer([], [text], lambda: [text])
    assert "".join(tokenizer.tokenize(text)) == text


def test_words_are_chosen_where_spaces_part_them():
    texts = ["Das ist ein schöner Tag", "über die Straße gehen"] * 5
    tokenizer = fit_tokenizer([], texts, lambda: texts)
    assert (tokenizer.segmenter, tokenizer.language, tokenizer.state) == ("words", "de", "")


def test_ascii_texts_are_read_as_ever():
    assert fit_tokenizer(["lower_case"], ["Good day"], list) == Tokenizer(("lower_case",))


letters = st.text("我们今天下雨了ทนี่ิあかカ한a1'. \u0301\u3099", max_size=20)


@given(
    texts=st.lists(letters, min_size=1, max_size=5),
    segmenter=st.sampled_from(["unigram", "characters"]),
)
@settings(max_examples=60, deadline=None)
def test_index_agrees_and_no_letter_is_lost(texts, segmenter):
    state = fit_unigram(runs_of(ZH)) if segmenter == "unigram" else ""
    tokenizer = Tokenizer((), segmenter=segmenter, state=state)
    tokens = [tokenizer.tokenize(text) for text in texts]
    indexed = index_texts(texts, tokenizer)
    found = [[indexed.tokens[token] for token in row] for row in as_lists(indexed.ragged)]
    assert found == tokens
    for text, of_text in zip(texts, tokens, strict=True):
        assert "".join(of_text) == "".join(tokenize(text, []))


def test_a_missing_package_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "rjieba", None)
    with pytest.raises(ConfigError, match=r"=jieba needs the package rjieba") as error:
        fit_tokenizer([], ZH, lambda: ZH, segmenter="jieba")
    assert "\n" not in str(error.value)
    assert fit_tokenizer([], ZH, lambda: ZH, segmenter="unigram").segmenter == "unigram"


@pytest.mark.parametrize("name", ["jieba", "pythainlp", "budoux"])
def test_packages_part_runs(name):
    pytest.importorskip({"jieba": "rjieba"}.get(name, name))
    text = {"pythainlp": TH, "jieba": ZH[0], "budoux": "今日は天気がよかったので歩きました"}[name]
    tokens = Tokenizer((), segmenter=name).tokenize(text)
    assert "".join(tokens) == text
    assert 1 < len(tokens) < len(text)


def test_a_damaged_model_is_one_line():
    with pytest.raises(ArtefactError, match="tokenizer of the run is damaged") as error:
        SEGMENTERS["unigram"].load("AAAA")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"language": "en", "segmenter": "none", "state": ""},
        {"language": 1, "segmenter": "words", "state": ""},
    ],
)
def test_values_of_no_tokenizer(values):
    with pytest.raises((KeyError, TypeError)):
        Tokenizer.from_dict(values, [])
