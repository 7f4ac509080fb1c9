import json

import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition
from hypothesis import given
from hypothesis import strategies as st

from regard.tasks import Binary, MultiClass, MultiLabel, Regression
from regard.tasks.spelling import Spelling, find_spelling, match_spellings, spelling_from
from regard.tasks.submission import make_submission, submitted_values


@pytest.mark.parametrize(
    ("values", "cells", "expected"),
    [
        (["0.0", "1.0"], ["0"], {"0.0": "0", "1.0": "1"}),
        (["False", "True"], ["0"], {"False": "0", "True": "1"}),
        (["false", "true"], ["FALSE"], {"false": "FALSE", "true": "TRUE"}),
        (["0", "1"], ["False"], {"0": "False", "1": "True"}),
        (["0", "1"], ["0.0"], {"0": "0.0", "1": "1.0"}),
        (["", "x"], ["0"], {"": "0", "x": "1"}),
        (["no", "yes"], ["1"], {"no": "0", "yes": "1"}),
        (["1.0", "2.0", "3.0"], ["1"], {"1.0": "1", "2.0": "2", "3.0": "3"}),
        (["1", "2.5"], ["1.0"], {"1": "1.0"}),
        (["01", "02"], ["1"], {"01": "1", "02": "2"}),
        (["negative", "positive"], ["Negative"], {"negative": "Negative", "positive": "Positive"}),
        (["a b", "c"], ["A B", "C"], {"a b": "A B", "c": "C"}),
        (["0", "1"], ["0"], {}),
        (["ham", "spam"], ["?"], {}),
        (["ham", "spam"], [], {}),
        (["1", "0"], ["0"], {}),
    ],
)
def test_labels_are_spelled_as_in_the_sample(values, cells, expected):
    assert match_spellings(values, cells) == expected


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=6, unique=True))
def test_a_sample_in_the_spelling_of_train_changes_nothing(values):
    assert match_spellings(values, values) == {}


def sample_of(*cells, name="label"):
    return pd.DataFrame({"id": list(map(str, range(len(cells)))), name: cells}, dtype="str")


def test_true_and_false_are_submitted_as_0_and_1():
    task = Binary(("label",), ("False", "True"))
    settings = competition(task="binary", metric="accuracy")
    outputs = np.array([[0.9], [0.2]], np.float32)
    found = make_submission(outputs, ["0", "1"], sample_of("0", "0"), task, settings)
    assert found["label"].tolist() == ["1", "0"]


def test_numbers_get_the_decimal_mark_of_the_sample():
    task = Regression(("label",), ((0.0, 9.0),))
    outputs = np.array([[2.5], [3.25]], np.float32)
    for decimal, cell, expected in [(",", "3,0", ["2,5", "3,25"]), (",", "3.0", [2.5, 3.25])]:
        settings = competition(task="regression", decimal=decimal)
        found = make_submission(outputs, ["0", "1"], sample_of(cell, cell), task, settings)
        assert found["label"].tolist() == expected


def test_a_sample_without_fractions_has_the_mark_of_the_files():
    task = Regression(("label",), ((0.0, 9.0),))
    settings = competition(task="regression", decimal=",")
    assert find_spelling(sample_of("3", ""), task, settings).decimal == ","


def test_tags_are_joined_as_in_the_sample():
    task = MultiLabel(("food", "sky"), joiner=", ")
    settings = competition(task="multi_label", metric="f1_micro", label_separator=",")
    outputs = np.array([[0.9, 0.8], [0.1, 0.6]])
    spelling = find_spelling(sample_of("Food,Sky", ""), task, settings)
    assert submitted_values(outputs, task, settings, None, spelling).tolist() == [
        ["Food,Sky"],
        ["Sky"],
    ]
    bars = find_spelling(sample_of("sky|food", "sky"), task, settings)
    assert bars.joiner == "|"
    plain = find_spelling(sample_of("food", "food"), task, settings)
    assert submitted_values(outputs, task, settings, None, plain)[0].tolist() == ["food, sky"]


def test_columns_of_classes_are_spelled_as_in_the_sample():
    task = MultiClass(("a", "b"), ("False", "True"))
    settings = competition(label_columns=["a", "b"])
    sample = pd.DataFrame({"id": ["0"], "a": ["0"], "b": ["1"]})
    found = make_submission(np.array([[0.7, 0.3]]), ["0"], sample, task, settings)
    assert found.iloc[0].tolist() == ["0", "1", "0"]


def test_a_spelling_comes_back_from_json():
    spelling = Spelling({"1.0": "1"}, ",", "; ")
    stored = json.loads(json.dumps(spelling.__dict__))
    assert spelling_from(stored) == spelling


def test_no_rows_are_spelled():
    assert Spelling({"a": "b"}).write(np.empty((0, 2), dtype=object)).shape == (0, 2)
    assert Spelling(decimal=",").write(np.empty((0, 2))).shape == (0, 2)
