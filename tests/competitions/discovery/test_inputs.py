import random
from dataclasses import replace

import pytest
from helpers.tables import (
    cycle,
    find_doubts,
    guess_settings,
    make_pairs,
    make_tables,
    numbered,
    sentences,
)

from regard.errors import DataError

BINARY = {"label": cycle("0 1", 60)}


def test_kinds_of_inputs():
    rng = random.Random(1)
    inputs = {
        "keyword": [f"key{rng.randrange(4)}" for _ in range(80)],
        "location": [rng.choice(["", f"place {row}"]) for row in range(80)],
        "text": sentences(80),
        "likes": [str(rng.randrange(1000)) for _ in range(79)] + [""],
        "session_id": numbered(0, 80),
        "constant": ["x"] * 80,
    }
    tables = make_tables({"target": cycle("0 1", 60)}, {"target": "0"}, **inputs)
    settings = guess_settings(tables)
    assert settings["text_columns"] == ["text"]
    assert settings["categorical_columns"] == ["keyword"]
    assert settings["numeric_columns"] == ["likes"]
    for name in ("location", "session_id", "constant"):
        assert name in find_doubts(tables)


@pytest.mark.parametrize(
    ("first", "second", "mode", "symmetric"),
    [
        ("question1", "question2", "pair", None),
        ("sentence_A", "sentence_B", "pair", None),
        ("s1", "s2", "pair", None),
        ("text", "text2", "pair", None),
        ("left_text", "right_text", "pair", None),
        ("premise", "hypothesis", "pair", False),
        ("hypothesis", "premise", "pair", False),
        ("anchor", "target", "pair", False),
        ("title", "abstract", "joined", None),
        ("product_title", "product_description", "joined", None),
        ("body", "bodies", "joined", None),
    ],
)
def test_names_decide_between_pair_and_joined(first, second, mode, symmetric):
    settings = guess_settings(make_pairs(first, second))
    assert settings["texts"] == mode
    assert settings.get("symmetric_pairs") is symmetric
    assert settings["text_columns"] == (
        ["premise", "hypothesis"] if "premise" in (first, second) else [first, second]
    )


def test_texts_without_spaces():
    rng = random.Random(0)
    texts = ["".join(rng.choices("的一是不了人我在有他这", k=12)) for _ in range(80)]
    tables = make_tables(BINARY, {"label": "0"}, body=texts)
    assert guess_settings(tables)["text_columns"] == ["body"]


def test_word_among_numbers():
    likes = numbered(0, 80)
    likes[50] = "n/a"
    texts = ["two\nlines", *sentences(79)]
    tables = make_tables(BINARY, {"label": "0"}, text=texts, likes=likes)
    assert "numeric_columns" not in guess_settings(tables)
    assert "categorical_columns" not in guess_settings(tables)
    doubts = find_doubts(tables)
    assert "likes has numbers except 'n/a' in line 53 of the train file" in doubts
    assert "add numeric_columns: [likes]" in doubts


def test_word_among_numbers_of_test():
    likes = cycle("3 14 15 9 26 5 35", 80)
    likes[70] = "?"
    tables = make_tables(BINARY, {"label": "0"}, text=sentences(80), likes=likes)
    assert "'?' in line 12 of the test file" in find_doubts(tables)


def test_many_words_among_numbers():
    likes = ["?"] * 40 + ["1"] * 40
    assert guess_settings(make_tables(BINARY, {"label": "0"}, text=sentences(80), likes=likes))


def test_no_text():
    with pytest.raises(DataError, match=r"no column that train and test share .* age"):
        guess_settings(make_tables(BINARY, {"label": "0"}, age=numbered(0, 80)))


def test_names_of_columns_that_differ_in_case_are_told():
    tables = make_tables(BINARY, {"label": "0"}, text=sentences(80))
    renamed = replace(tables, train=tables.train.rename(columns={"text": "Text\u00a0"}))
    with pytest.raises(DataError, match=r"train calls 'Text\\xa0' what test calls 'text'"):
        guess_settings(renamed)
