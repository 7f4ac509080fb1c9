import re

import pytest
from helpers.tables import (
    BASE,
    confused_texts,
    cycle,
    find_doubts,
    guess_settings,
    guess_task_and_metric,
    make_tables,
    numbered,
    sentences,
)

from regard.competitions.discovery import discover
from regard.errors import DataError


@pytest.mark.parametrize(
    ("order", "task"), [([0, 1, 2, 3, 4], "ordinal"), ([2, 0, 4, 1, 3], "multi_class")]
)
def test_confused_neighbours_show_an_order(order, task):
    texts, labels = confused_texts(order)
    tables = make_tables({"label": labels}, {"label": "2"}, n=900, text=texts + sentences(20))
    guesses = discover(tables, base=BASE, pages={})
    (guess,) = (guess for guess in guesses if guess.key == "task")
    assert guess.value == task
    assert re.search(
        r"mistakes of a quick model are nearer .* than in \d+% of other label orders", guess.reason
    )
    assert ("too few for a scale" in guess.reason) == (task == "multi_class")


def test_too_few_rows_for_an_order():
    tables = make_tables({"label": cycle("0 1 2 3", 8)}, {"label": "0"}, n=8)
    assert guess_task_and_metric(tables)[0] == "ordinal"
    assert "too few rows" in find_doubts(tables)


def test_unclear_positive_value():
    tables = make_tables({"label": cycle("ham ham spam", 60)}, {"label": "ham"})
    assert guess_settings(tables)["label_values"] == ["ham", "spam"]
    assert "spam is assumed to be the positive label, not ham" in find_doubts(tables)
    numbers = make_tables({"label": cycle("1 2", 60)}, {"label": "1"})
    assert guess_settings(numbers)["label_values"] == ["1", "2"]


def test_word_among_labels_that_are_numbers():
    tables = make_tables({"label": [*cycle("1 2 3 4 5", 59), "x"]}, {"label": "1"})
    assert guess_settings(tables)["task"] == "multi_class"
    assert "the labels are numbers except in 1 of 60 cells (first: 'x')" in find_doubts(tables)


def test_many_words_among_labels_that_are_numbers():
    tables = make_tables({"label": [*cycle("1 2 3 4 5", 50), *["x"] * 10]}, {"label": "1"})
    assert "the labels are numbers" not in find_doubts(tables)


@pytest.mark.parametrize(
    ("labels", "sample", "parts"),
    [
        ({"label": ["1"] * 60}, {"label": "0"}, ["label", "'1' in every row"]),
        (
            {"label": [f"w{row}" for row in range(60)]},
            {"label": "0"},
            ["60 different words", "too many for classes"],
        ),
        (
            {"label": [*numbered(0, 59), "abc"]},
            {"label": "0"},
            ["holds numbers except in 1 of 60 cells (first: 'abc')"],
        ),
        (
            {"a": cycle("x y", 60), "b": cycle("x z", 60)},
            {"a": "x", "b": "x"},
            ["a, b", "one of them"],
        ),
    ],
    ids=["constant", "free text", "a word among numbers", "two columns of words"],
)
def test_no_task(labels, sample, parts):
    with pytest.raises(DataError) as error:
        guess_settings(make_tables(labels, sample))
    assert "\n" not in str(error.value)
    for part in parts:
        assert part in str(error.value)
