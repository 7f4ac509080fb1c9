import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from regard.text.label_cells import (
    as_override,
    clean_label,
    find_variants,
    label_key,
    match_labels,
)


@pytest.mark.parametrize(
    ("cell", "cleaned"),
    [
        ("positive ", "positive"),
        ("\u00a0a b\u3000", "a b"),
        ("\ufeffyes\u200b", "yes"),
        ("cafe\u0301", "caf\u00e9"),
        ("a  b", "a  b"),
    ],
)
def test_a_clean_label_has_no_differences_that_nobody_sees(cell, cleaned):
    assert clean_label(cell) == cleaned


@pytest.mark.parametrize(
    "cells",
    [
        ("Positive", "positive ", "POSITIVE"),
        ("1", "1.0", "01", "1.", "\uff11"),
        ("0", "-0.0", "0.00"),
        ("New York", "new  york", "New\u00a0York"),
        ("stra\u00dfe", "STRASSE"),
        ("NaN", "nan"),
    ],
)
def test_labels_of_one_value_share_a_key(cells):
    assert len(set(map(label_key, cells))) == 1


@given(st.text(max_size=8))
def test_the_key_of_a_clean_label_is_that_of_the_label(cell):
    assert label_key(clean_label(cell)) == label_key(cell)
    assert clean_label(clean_label(cell)) == clean_label(cell)


def test_labels_match_equal_values_first():
    assert match_labels(["b", "A ", "x"], ["a", "b"]).tolist() == [1, 0, -1]
    assert match_labels(["1.0", "0"], ["0", "1"]).tolist() == [1, 0]


def test_spellings_that_are_both_named_stay_apart():
    assert match_labels(["Yes", "yes", "YES"], ["Yes", "yes"]).tolist() == [0, 1, -1]


@given(st.lists(st.text(max_size=4), min_size=1, max_size=6, unique=True))
def test_every_label_matches_itself(values):
    assert np.array_equal(match_labels(values, values), np.arange(len(values)))


def test_variants_are_listed_by_their_frequency():
    assert find_variants(["Yes", "yes", "yes", "no"]) == [["yes", "Yes"]]
    assert find_variants(["a", "b"]) == []


def test_a_list_of_labels_is_read_back_by_yaml():
    labels = ["sea", "no", "New York", "1", "", "a,b", "off", "true"]
    assert yaml.safe_load(as_override(labels)) == labels
