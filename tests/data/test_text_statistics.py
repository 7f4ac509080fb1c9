import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.text_statistics import STATISTICS, text_statistics


def frame(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=str)


def test_text_statistics():
    texts = frame(text=["Oh NO! Oh?", ""])
    statistics = ["length", "capitals", "punctuation", "unique_words"]
    found = text_statistics(texts, competition(), statistics)
    expected = {
        "words of text": [np.log(4), 0],
        "characters of text": [np.log(11), 0],
        "capitals of text": [4 / 6, 0],
        "punctuation of text": [2 / 10, 0],
        "exclamation marks of text": [np.log(2), 0],
        "question marks of text": [np.log(2), 0],
        "unique words of text": [2 / 3, 0],
    }
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, err_msg=name)


def test_joined_texts_share_statistics_and_separate_texts_do_not():
    texts = frame(title=["A"], body=["b c"])
    columns = {"text_columns": ["title", "body"]}
    joined = text_statistics(texts, competition(**columns), ["capitals"])
    assert list(joined) == ["capitals of text"]
    separate = text_statistics(texts, competition(**columns, texts="separate"), ["capitals"])
    assert {name: value.tolist() for name, value in separate.items()} == {
        "capitals of title": [1],
        "capitals of body": [0],
    }


def test_shared_words_of_a_pair():
    pair = competition(text_columns=["one", "two"], texts="pair", symmetric_pairs=False)
    texts = frame(one=["The sea, the ship"], two=["the SEA is salt"])
    assert text_statistics(texts, pair, ["shared_words"])["shared words"].tolist() == [2 / 5]
    assert "words of one" in text_statistics(texts, pair, ["length"])


def test_joined_texts_have_no_shared_words():
    joined = competition(text_columns=["one", "two"])
    assert text_statistics(frame(one=["a"], two=["a"]), joined, ["shared_words"]) == {}


words = st.lists(st.sampled_from(["sea", "Wood", "TOWN", "a", "!"]), max_size=6).map(" ".join)


@given(words, words)
@settings(max_examples=40, deadline=None)
def test_statistics_of_a_symmetric_pair_ignore_its_order(first, second):
    texts = frame(one=[first, second], two=[second, first])
    pair = competition(text_columns=["one", "two"], texts="pair")
    found = text_statistics(texts, pair, ["length", "capitals", "shared_words"])
    for name, values in found.items():
        assert values[0] == values[1], name


def statistics_of(text: str, *names: str, **columns: str) -> dict[str, float]:
    """Return the statistics of one text."""
    rows = frame(text=[text], **{name: [cell] for name, cell in columns.items()})
    settings = competition(prompt_column=next(iter(columns), None))
    return {
        name.removesuffix(" of text"): value[0]
        for name, value in text_statistics(rows, settings, names).items()
    }


def test_sentences_and_vocabulary_by_hand():
    found = statistics_of("It rains. Stay at home, stay!", "sentences", "vocabulary")
    expected = {
        "sentences": np.log(3),
        "words per sentence": np.log(4),
        "letters per word": 21 / 6,
        "distinct words": np.log(6),
        "distinct words by root": 5 / np.sqrt(6),
        "distinct words in windows": 5 / 6,
    }
    assert found == pytest.approx(expected)


def test_distinct_words_in_windows_do_not_fall_with_the_length():
    text = " ".join(f"w{word % 60}" for word in range(600))
    found = statistics_of(text, "vocabulary", "unique_words")
    assert found["distinct words in windows"] == 1.0
    assert found["unique words"] == 0.1


def test_overlap_needs_a_prompt():
    assert statistics_of("the sea", "prompt_overlap") == {}
    found = statistics_of("the sea", "prompt_overlap", prompt="The sea is deep")
    assert found["words of the prompt"] == 1.0
    assert found["share of the prompt"] == 0.5


def test_overlap_of_a_symmetric_pair():
    pair = competition(text_columns=["one", "two"], texts="pair", prompt_column="prompt")
    rows = frame(one=["sea", "town"], two=["town", "sea"], prompt=["the sea"] * 2)
    found = text_statistics(rows, pair, ["prompt_overlap"])
    assert found["mean words of the prompt"].tolist() == [0.5, 0.5]
    assert found["difference of words of the prompt"].tolist() == [1, 1]


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_statistics_are_finite(text, prompt):
    names = [name for name in STATISTICS if name != "syllables"]
    for name, value in statistics_of(text, *names, prompt=prompt).items():
        assert np.isfinite(value), name
