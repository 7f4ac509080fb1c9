import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regard.data.folds import (
    check_groups,
    held_out_rows,
    predefined_folds,
    time_ordered_folds,
    training_rows,
)
from regard.errors import DataError


def test_predefined_folds_keep_the_order_of_numbers():
    folds = predefined_folds(["10", "2", "10", "3"], column="fold", groups=np.arange(4))
    assert folds.tolist() == [2, 0, 2, 1]
    assert folds.dtype == np.int32


def test_predefined_folds_with_names(caplog):
    folds = predefined_folds(["b", "a", "b"], column="fold", groups=np.array([0, 1, 0]))
    assert folds.tolist() == [1, 0, 1]
    assert not caplog.records


def test_predefined_folds_that_split_groups_are_kept_with_a_warning(caplog):
    values = ["0", "1", "1", "0", "1"]
    folds = predefined_folds(values, column="fold", groups=np.array([7, 7, 7, 8, 8]))
    assert folds.tolist() == [0, 1, 1, 0, 1]
    assert "fold column 'fold': 2 groups" in caplog.text


def test_blocks_follow_time_and_keep_equal_times_together():
    values = [
        "2024-02-01",
        "2023-05-07",
        "2024-03-09",
        "2023-05-07T00:00:00",
        "2024-03-09",
        "2024-02-01",
    ]
    folds = time_ordered_folds(values, column="day", n_folds=2)
    assert folds.tolist() == [0, -1, 1, -1, 1, 0]


def test_times_may_be_numbers():
    folds = time_ordered_folds(["10", "9", "100", "-1.5"], column="t", n_folds=3)
    assert folds.tolist() == [1, 0, 2, -1]


def test_dates_in_distant_centuries_keep_their_order():
    dates = ["2024-01-01", "9999-12-31", "1500-06-01"]
    assert time_ordered_folds(dates, column="t", n_folds=2).tolist() == [0, 1, -1]


def test_no_block_is_empty_when_times_have_unequal_numbers_of_rows():
    months = np.repeat(np.arange(6), [100, 120, 90, 110, 300, 80])
    folds = time_ordered_folds(months.astype(str).tolist(), column="month", n_folds=5)
    assert (folds == months - 1).all()
    folds = time_ordered_folds(["1"] * 50 + ["2", "3"], column="t", n_folds=2)
    assert folds.tolist() == [-1] * 50 + [0, 1]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=20, max_size=80), st.integers(1, 3))
def test_a_fold_trains_only_on_earlier_times(times, n_folds):
    assume(len(set(times)) > n_folds)
    folds = time_ordered_folds(list(map(str, times)), column="t", n_folds=n_folds)
    assert set(folds.tolist()) == set(range(-1, n_folds))
    for fold in range(n_folds):
        trained = np.array(times)[training_rows(folds, fold, kind="time")]
        assert trained.max() < np.array(times)[held_out_rows(folds, fold)].min()


@pytest.mark.parametrize(
    ("values", "fragments"),
    [(["0", "", " "], ["2 rows", "first in row 2"]), (["0", "0"], ["'0' in every row"])],
)
def test_unusable_predefined_folds_are_refused(values, fragments):
    with pytest.raises(DataError) as error:
        predefined_folds(values, column="fold", groups=np.arange(len(values)))
    for fragment in ["'fold'", *fragments]:
        assert fragment in str(error.value)


def test_predefined_folds_must_not_split_groups_of_a_column():
    folds = np.array([0, 1, 0, 1, 1])
    check_groups(["a", "b", "a", "", ""], folds, column="author", fold_column="part")
    check_groups(["a", "b", "", "", "b"], folds, column="author", fold_column="part")
    values = ["a", "b", "a", "b", "c"]
    message = (
        r"^2 values of the group column 'author' .* 'part' "
        r"\(first: 'a' in rows 1 and 3, 'b' in rows 2 and 4\)"
    )
    with pytest.raises(DataError, match=message):
        check_groups(values, np.array([0, 0, 1, 1, 1]), column="author", fold_column="part")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            ["1", "2", "soon", ""],
            r"'t' has 2 cells that are neither numbers nor dates .*'soon' in row 3, '' in row 4",
        ),
        (["01/02/2024", "2024-01-01", "2024-01-02"], r"'01/02/2024' in row 1"),
        (["now", "2024-01-01", "today"], r"2 cells .*'now' in row 1, 'today' in row 3"),
        (
            ["1", "1", "2", "2"],
            r"'t' has 2 different times, too few for 2 folds and a first block; set folds.kind=",
        ),
    ],
)
def test_unusable_times_are_refused(values, message):
    with pytest.raises(DataError, match=message):
        time_ordered_folds(values, column="t", n_folds=2)


def test_too_few_times_are_refused_with_a_possible_number_of_folds():
    message = r"3 different times.*5 folds.*; set folds\.n_folds=2 or fewer, or set folds"
    with pytest.raises(DataError, match=message):
        time_ordered_folds(["1", "2", "3"], column="t", n_folds=5)
    time_ordered_folds(["1", "2", "3"], column="t", n_folds=2)
