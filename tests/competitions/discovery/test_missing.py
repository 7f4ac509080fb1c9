import random

import pytest
from helpers.tables import cycle, find_doubts, guess_settings, make_tables, sentences

N = 240


def drawn(values, weights=None):
    return random.Random(0).choices(values.split(" "), weights, k=N)


def settings_of(labels, sample, **inputs):
    return guess_settings(make_tables(labels, sample, n=N, **inputs))


@pytest.mark.parametrize(
    "word", ["", "nan", "NaN", "None", "null", "NULL", "NA", "N/A", "?", "-", "#N/A"]
)
def test_words_for_a_missing_label_next_to_numbers(word):
    labels = [*cycle("0.0 1.0", N - 20), *[word] * 20]
    tables = make_tables({"label": labels}, {"label": "0"}, n=N)
    found = guess_settings(tables)
    assert (found["label_missing"], found["task"], found["submit"]) == ([word], "binary", "labels")
    assert "20 rows have no label (lines 222, 223, 224" in find_doubts(tables)


@pytest.mark.parametrize(
    ("name", "values", "sample", "task"),
    [
        ("toxic", "-1 0 1", "0.5", "binary"),
        ("label", "-1 0 1", "0.5", "binary"),
        ("is_spam", "-1 0 1", "0", "binary"),
        ("label", "-1 0 1", "0", "binary"),  # texts that do not tell -1 from the others
        ("label", "255 0 1", "0", "binary"),
        ("label", "-999 0 1", "0", "binary"),
        ("rating", "-1 1 2 3 4 5", "3", "ordinal"),
        ("price", "-1 3.5 4.25 7.75", "3.5", "regression"),
        ("price", "-999 3.5 4.25 7.75", "3.5", "regression"),
        ("share", "-1 0.0 0.5 1.0", "0.5", "soft_labels"),
    ],
)
def test_a_number_that_stands_out_is_a_missing_label(name, values, sample, task):
    found = settings_of({name: drawn(values)}, {name: sample})
    assert (found["label_missing"], found["task"]) == ([values.split()[0]], task)


@pytest.mark.parametrize(
    ("name", "values", "sample"),
    [
        ("sentiment", "-1 0 1", "0"),
        ("stance", "-1 0 1", "1"),
        ("label", "-1 1", "1"),
        ("change", "-1.5 -1 2.5", "0.5"),
        ("amount", "80 99 100", "80"),
        ("topic", "none favor against", "none"),
    ],
)
def test_a_label_like_the_others_stays(name, values, sample):
    assert not settings_of({name: drawn(values)}, {name: sample}).get("label_missing")


def test_texts_that_tell_a_class_from_the_others_keep_it():
    labels = cycle("-1 0 1", N)
    words = {"-1": "storm", "0": "table", "1": "party"}
    texts = [f"{text} {words[label]}" for text, label in zip(sentences(N), labels, strict=True)]
    tables = make_tables({"label": labels}, {"label": "0"}, n=N, text=texts + sentences(20))
    assert not guess_settings(tables).get("label_missing")
    assert "write label_missing: [-1], task: binary" in find_doubts(tables)


@pytest.mark.parametrize("is_class", [False, True])
def test_texts_tell_whether_n_a_is_a_class(is_class):
    labels = drawn("sea wood N/A", [4, 4, 2])
    texts = sentences(N + 20)
    for row, label in enumerate(labels if is_class else ()):
        texts[row] += f" {label}"
    found = settings_of({"topic": labels}, {"topic": "sea"}, text=texts)
    assert found.get("label_missing", []) == ([] if is_class else ["N/A"])


def test_a_word_next_to_amounts_is_no_class():
    labels = [*cycle("3.5 4.25 7.75", N - 20), *["NA"] * 20]
    doubts = find_doubts(make_tables({"price": labels}, {"price": "1"}, n=N))
    assert "20 rows have no label" in doubts
    assert "is a class" not in doubts


def test_rows_without_any_of_several_labels():
    rows = [("-1", "-1"), ("0", "1"), ("1", "1"), ("0", "0")]
    labels = {"a": [rows[i % 4][0] for i in range(N)], "b": [rows[i % 4][1] for i in range(N)]}
    found = settings_of(labels, {"a": "0.5", "b": "0.5"})
    assert (found["label_missing"], found["task"]) == (["-1"], "multi_label")


def test_empty_cells_next_to_crosses_are_no_missing_labels():
    found = settings_of({"a": drawn("x "), "b": drawn("x  ")}, {"a": "", "b": ""})
    assert "label_missing" not in found
    assert found["task"] == "multi_label"


def test_crosses_in_one_column_and_words_in_another():
    labels = {"a": drawn("yes no"), "b": drawn("x "), "c": drawn("1 0")}
    found = settings_of(labels, dict.fromkeys("abc", "0.5"))
    assert "label_missing" not in found
    assert found["task"] == "multi_label"


def test_an_empty_cell_next_to_1_alone_is_a_doubt():
    tables = make_tables({"label": drawn("1 ")}, {"label": "0.5"}, n=N)
    assert guess_settings(tables)["task"] == "binary"
    assert "empty cells are assumed to mean no" in find_doubts(tables)


def test_none_may_be_a_class_or_a_missing_label():
    labels = {"stance": drawn("none favor against")}
    assert "write label_missing: ['none']" in find_doubts(
        make_tables(labels, {"stance": "favor"}, n=N)
    )
    assert "none is assumed" not in find_doubts(make_tables(labels, {"stance": "none"}, n=N))


def test_a_review_is_no_view():
    found = settings_of({"review_label": drawn("-1 0 1")}, {"review_label": "0"})
    assert found["label_missing"] == ["-1"]
