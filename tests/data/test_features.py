import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.features import (
    OTHER,
    Features,
    FeatureSpace,
    build_features,
    find_features,
    means_and_stds,
)
from regard.errors import DataError


def frame(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype=str)


def features_of(
    train: pd.DataFrame, rows: pd.DataFrame, statistics: tuple[str, ...] = (), **columns: list[str]
) -> Features:
    """Build the features of rows from those that are found in train."""
    settings = competition(**columns)
    space = find_features(train, settings)
    return build_features(rows, space, settings, statistics, file="new.csv")


def test_features_are_found_in_train():
    train = frame(age=["1", ""], size=["1", "2"], kind=["b", "b"], place=["a", "b"])
    columns = {"numeric_columns": ["age", "size"], "categorical_columns": ["kind", "place"]}
    space = find_features(train, competition(**columns))
    assert space == FeatureSpace(with_empty_cells=("age",), values=(("b",), ()))
    assert space.n_values == (2, 1)


def test_numbers_and_which_cells_are_empty():
    train = frame(age=["3", " 4.5 ", ""], text=["a"] * 3)
    features = features_of(train, train, numeric_columns=["age"])
    assert features.number_names == ("age", "age is empty")
    np.testing.assert_array_equal(features.numbers, np.float32([[3, 0], [4.5, 0], [np.nan, 1]]))
    assert features.numbers.dtype == np.float32
    assert features.categories.shape == (3, 0)
    test = features_of(train, frame(age=["-1e2"], text=["a"]), numeric_columns=["age"])
    assert test.number_names == features.number_names
    np.testing.assert_array_equal(test.numbers, np.float32([[-100, 0]]))


def test_column_without_empty_cells_in_train_has_no_column_for_them():
    train = frame(age=["3", "4"], text=["a"] * 2)
    features = features_of(train, frame(age=["", "5"], text=["a"] * 2), numeric_columns=["age"])
    assert features.number_names == ("age",)
    np.testing.assert_array_equal(features.numbers, np.float32([[np.nan], [5]]))


def test_categories_are_values_that_occur_twice_in_train():
    train = frame(kind=["b", "a", "b", "a", "once", ""], text=["x"] * 6)
    features = features_of(train, train, categorical_columns=["kind"])
    assert features.categories[:, 0].tolist() == [2, 1, 2, 1, OTHER, OTHER]
    assert features.categories.dtype == np.int32
    test = frame(kind=["a", "new"], text=["x"] * 2)
    found = features_of(train, test, categorical_columns=["kind"])
    assert found.categories[:, 0].tolist() == [1, OTHER]
    assert find_features(train, competition(categorical_columns=["kind"])).n_values == (3,)


def test_empty_cells_are_no_category_however_many_there_are():
    train = frame(kind=["", "", "a", "a"], text=["x"] * 4)
    features = features_of(train, train, categorical_columns=["kind"])
    assert features.categories[:, 0].tolist() == [OTHER, OTHER, 1, 1]


def test_column_without_repeated_values_has_one_category():
    train = frame(kind=["a", "b"], text=["x", "x"])
    rows = frame(kind=["a", "b", "c"], text=["x"] * 3)
    features = features_of(train, rows, categorical_columns=["kind"])
    assert features.categories[:, 0].tolist() == [OTHER] * 3
    assert find_features(train, competition(categorical_columns=["kind"])).n_values == (1,)


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from(["", "1", "2.5"]), st.sampled_from("abc ")), min_size=1))
@settings(max_examples=40, deadline=None)
def test_row_has_the_same_features_whatever_rows_are_beside_it(cells):
    train = frame(age=["1", "", "2"], kind=["a", "b", "a"], text=["x"] * 3)
    columns = {"numeric_columns": ["age"], "categorical_columns": ["kind"]}
    ages, kinds = zip(*cells, strict=True)
    rows = frame(age=list(ages), kind=list(kinds), text=[f"{kind}!" for kind in kinds])
    together = features_of(train, rows, ("punctuation",), **columns)
    for row in range(len(rows)):
        alone = features_of(train, rows.iloc[[row]], ("punctuation",), **columns)
        np.testing.assert_array_equal(alone.numbers[0], together.numbers[row])
        assert alone.categories[0].tolist() == together.categories[row].tolist()


def test_means_and_stds_ignore_nan_and_replace_zero_stds():
    numbers = np.array([[1, 5], [3, 5], [np.nan, 5]])
    assert means_and_stds(numbers) == ([2, 5], [1, 1])


def test_cells_that_are_not_numbers_are_listed_with_their_rows():
    train = frame(age=["3", "three", "nan", "inf"], text=["a"] * 4)
    message = (
        r"train\.csv: 3 cells of .* 'age' are not numbers "
        r"\(first: 'three', 'nan', 'inf' in rows 2, 3, 4\)"
    )
    with pytest.raises(DataError, match=message):
        find_features(train, competition(numeric_columns=["age"]))


def test_file_with_cells_that_are_not_numbers_is_named():
    train = frame(age=["3", "4"], text=["a"] * 2)
    rows = frame(age=["3", "four"], text=["a"] * 2)
    with pytest.raises(DataError, match=r"new\.csv: 1 cells .*first: 'four' in rows 2\)") as error:
        features_of(train, rows, numeric_columns=["age"])
    assert "\n" not in str(error.value)
