import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.folds import group_rows, held_out_rows, inner_valid_rows, training_rows


def test_rows_with_the_same_text_or_value_are_one_group():
    identical = np.array([0, 0, 2, 3, 4, 5])
    groups = group_rows(identical, ["", "a", "a", "b", "", ""])
    assert groups.dtype == np.int64
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups.tolist())) == 4


def test_without_a_group_column_identical_texts_are_groups():
    identical = np.array([0, 0, 2, 3, 4, 5])
    assert group_rows(identical, None).tolist() == [0, 0, 2, 3, 4, 5]


def test_training_and_held_out_rows_of_stratified_folds():
    folds = np.array([0, 1, 0, 2])
    assert training_rows(folds, 0, kind="stratified").tolist() == [1, 3]
    assert held_out_rows(folds, 0).tolist() == [0, 2]


def test_training_rows_of_folds_in_time_come_before_the_held_out_rows():
    folds = np.array([0, -1, 1, -1, 1, 0])
    assert training_rows(folds, 0, kind="time").tolist() == [1, 3]
    assert training_rows(folds, 1, kind="time").tolist() == [0, 1, 3, 5]
    assert held_out_rows(folds, 0).tolist() == [0, 5]
    assert held_out_rows(folds, 1).tolist() == [2, 4]


@pytest.mark.parametrize(
    ("folds", "fold", "expected"),
    [
        ([0, 1, 2, 1, 0], 2, [1, 3]),
        ([0, 1, 2, 1, 0], 0, [2]),
        ([-1, -1, 0, 1, 2], 1, [2]),
        ([-1, -1, 0, 1, 2], 2, [3]),
        ([-1, -1, 0, 0, 1], 0, None),
        ([0, 1, 0, 1], 1, None),
    ],
)
def test_inner_valid_rows_belong_to_the_preceding_fold(folds, fold, expected):
    folds = np.array(folds)
    rows = training_rows(folds, fold, kind="time" if -1 in folds else "stratified")
    is_valid = inner_valid_rows(folds, rows, fold)
    assert (None if is_valid is None else rows[is_valid].tolist()) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["", "a", "b", "c"])), min_size=1, max_size=10
    )
)
def test_groups_are_connected_components(rows):
    texts, values = zip(*rows, strict=True)
    groups = group_rows(np.array([texts.index(text) for text in texts]), values)
    # A slow reference: spread the smallest label along the links until nothing changes.
    labels = list(range(len(rows)))
    for _ in rows:
        for a in range(len(rows)):
            for b in range(len(rows)):
                if texts[a] == texts[b] or (values[a] == values[b] != ""):
                    labels[a] = labels[b] = min(labels[a], labels[b])
    expected = np.array(labels)
    assert ((groups[:, None] == groups) == (expected[:, None] == expected)).all()
