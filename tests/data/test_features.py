import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.features import OTHER, build_features, text_statistics
from regard.errors import DataError


def frame(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=str)


def test_numbers_of_train_and_test_and_which_are_empty():
    train, test = frame(age=["3", " 4.5 ", ""], text=["a"] * 3), frame(age=["-1e2"], text=["a"])
    found = build_features(train, test, competition(numeric_columns=["age"]), [])
    assert found.number_names == ("age", "age is empty")
    np.testing.assert_array_equal(
        found.numbers, np.float32([[3, 0], [4.5, 0], [np.nan, 1], [-100, 0]])
    )
    assert found.categories.shape == (4, 0)


def test_values_seen_twice_in_train_are_categories_and_all_others_one():
    train, test = (
        frame(kind=["b", "a", "b", "a", "once", ""], text=["x"] * 6),
        frame(kind=["a", "new"], text=["x"] * 2),
    )
    found = build_features(train, test, competition(categorical_columns=["kind"]), [])
    assert found.categories[:, 0].tolist() == [2, 1, 2, 1, OTHER, OTHER, 1, OTHER]
    assert found.categories.dtype == np.int32
    assert found.n_values == (3,)


def test_a_column_without_a_repeated_value_has_one_category():
    train, test = frame(kind=["a", "b"], text=["x", "x"]), frame(kind=["a"], text=["x"])
    found = build_features(train, test, competition(categorical_columns=["kind"]), [])
    assert found.categories[:, 0].tolist() == [OTHER] * 3
    assert found.n_values == (1,)


def test_a_cell_that_is_no_number_is_told_with_its_row():
    train = frame(age=["3", "three", "nan", "inf"], text=["a"] * 4)
    with pytest.raises(
        DataError,
        match=r"train\.csv: 3 cells of .* 'age' are no numbers \(first: 'three', .* rows 2, 3, 4",
    ):
        build_features(train, train, competition(numeric_columns=["age"]), [])


def test_statistics_by_hand():
    texts = frame(text=["Oh NO! Oh?", ""])
    found = text_statistics(
        texts, competition(), ["length", "capitals", "punctuation", "unique_words"]
    )
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


def test_joined_texts_have_their_statistics_together_and_others_apart():
    texts = frame(title=["A"], body=["b c"])
    columns = {"text_columns": ["title", "body"]}
    assert list(text_statistics(texts, competition(**columns), ["capitals"])) == [
        "capitals of text"
    ]
    apart = text_statistics(texts, competition(**columns, texts="separate"), ["capitals"])
    assert {name: value.tolist() for name, value in apart.items()} == {
        "capitals of title": [1],
        "capitals of body": [0],
    }


words = st.lists(st.sampled_from(["sea", "Wood", "TOWN", "a", "!"]), max_size=6).map(" ".join)


@given(words, words)
@settings(max_examples=40, deadline=None)
def test_statistics_of_a_symmetric_pair_say_nothing_of_its_order(first, second):
    texts = frame(one=[first, second], two=[second, first])
    pair = competition(text_columns=["one", "two"], texts="pair")
    for name, values in text_statistics(
        texts, pair, ["length", "capitals", "shared_words"]
    ).items():
        assert values[0] == values[1], name


def test_shared_words_by_hand():
    pair = competition(text_columns=["one", "two"], texts="pair", symmetric_pairs=False)
    found = text_statistics(
        frame(one=["The sea, the ship"], two=["the SEA is salt"]), pair, ["shared_words"]
    )
    assert found["shared words"].tolist() == [2 / 5]
    joined = competition(text_columns=["one", "two"])
    assert text_statistics(frame(one=["a"], two=["a"]), joined, ["shared_words"]) == {}
    assert "words of one" in text_statistics(frame(one=["a"], two=["b"]), pair, ["length"])
