import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regard.data.folds import (
    assign_folds,
    check_enough_rows,
    check_groups,
    choosing_rows,
    group_rows,
    held_out_rows,
    ready_made_folds,
    time_ordered_folds,
    training_rows,
)
from regard.data.folds.spreading import spread_labels
from regard.errors import DataError

seeds = st.integers(0, 2**31 - 1)


def shares(strata: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Rows of each stratum in each fold, `(folds, strata)`."""
    return np.stack(
        [
            np.bincount(strata[folds == fold], minlength=strata.max() + 1)
            for fold in range(folds.max() + 1)
        ]
    )


def test_every_fold_has_its_share_of_every_label():
    strata = np.array([0, 0, 0, 0, 1, 1, 0, 0, 1, 1])
    folds = assign_folds(strata, np.arange(10), n_folds=2, seed=1)
    assert folds.dtype == np.int32
    assert shares(strata, folds).tolist() == [[3, 2], [3, 2]]


def test_identical_texts_share_a_fold():
    groups = np.array([0, 1, 0, 3, 1, 5, 6, 7])
    for seed in range(20):
        folds = assign_folds(np.zeros(8, np.int64), groups, n_folds=4, seed=seed)
        assert folds[0] == folds[2]
        assert folds[1] == folds[4]
        assert np.bincount(folds).tolist() == [2, 2, 2, 2]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), min_size=20, max_size=60),
    n_folds=st.integers(2, 5),
    seed=seeds,
)
def test_every_row_is_held_out_exactly_once_and_groups_stay_whole(rows, n_folds, seed):
    strata, groups = np.array(rows).T
    n_groups = len(np.unique(groups))
    if n_groups < n_folds:
        return
    folds = assign_folds(strata, groups, n_folds=n_folds, seed=seed)
    assert folds.shape == (len(rows),)
    assert sorted(set(folds.tolist())) == list(range(n_folds))
    assert len({(group, fold) for group, fold in zip(groups, folds, strict=True)}) == n_groups


@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(st.integers(5, 60), min_size=1, max_size=5),
    n_folds=st.integers(2, 5),
    seed=seeds,
)
def test_shares_are_as_even_as_can_be_without_groups_in_any_order_of_rows(counts, n_folds, seed):
    ordered = np.repeat(np.arange(len(counts)), counts)
    shuffled = np.random.default_rng(seed).permutation(ordered)
    for strata in (ordered, shuffled):
        table = shares(
            strata, assign_folds(strata, np.arange(len(strata)), n_folds=n_folds, seed=seed)
        )
        assert np.ptp(table, axis=0).max() <= 2
        assert np.ptp(table.sum(axis=1)) <= 4


def test_large_groups_are_evened_out_by_small_ones():
    groups = np.concatenate([np.repeat(np.arange(4), [30, 20, 10, 5]), np.arange(100, 235)])
    strata = np.arange(200) % 2
    table = shares(strata, assign_folds(strata, groups, n_folds=5, seed=3))
    assert table.sum(axis=1).tolist() == [40] * 5
    assert np.ptp(table, axis=0).max() <= 2


def test_rare_combinations_are_spread_as_one():
    strata = np.concatenate([np.zeros(40, np.int64), np.arange(1, 11)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        folds = assign_folds(strata, np.arange(50), n_folds=5, seed=0)
    assert shares((strata > 0).astype(int), folds).tolist() == [[8, 2]] * 5


def test_folds_are_made_by_their_seed_alone():
    strata, groups = np.arange(60) % 3, np.arange(60)
    first, again, other = (assign_folds(strata, groups, n_folds=3, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()
    assert (np.sort(first) != first).any()


def test_a_group_is_rows_that_are_linked_by_text_or_by_column():
    identical = np.array([0, 0, 2, 3, 4, 5])
    assert group_rows(identical, None).tolist() == [0, 0, 2, 3, 4, 5]
    groups = group_rows(identical, ["", "a", "a", "b", "", ""])
    assert groups.dtype == np.int64
    assert groups[0] == groups[1] == groups[2]
    assert len(set(groups.tolist())) == 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["", "a", "b", "c"])), min_size=1, max_size=10
    )
)
def test_groups_are_the_connected_components(rows):
    texts, values = zip(*rows, strict=True)
    groups = group_rows(np.array([texts.index(text) for text in texts]), values)
    label = list(range(len(rows)))
    for _ in rows:  # the slow, plain way: spread the smallest number along the links
        for a in range(len(rows)):
            for b in range(len(rows)):
                if texts[a] == texts[b] or (values[a] == values[b] != ""):
                    label[a] = label[b] = min(label[a], label[b])
    assert ((groups[:, None] == groups) == (np.array(label)[:, None] == np.array(label))).all()


def test_ready_made_folds_keep_the_order_of_numbers(caplog):
    assert ready_made_folds(
        ["10", "2", "10", "3"], column="fold", groups=np.arange(4)
    ).tolist() == [2, 0, 2, 1]
    folds = ready_made_folds(["b", "a", "b"], column="fold", groups=np.array([0, 1, 0]))
    assert folds.tolist() == [1, 0, 1]
    assert folds.dtype == np.int32
    assert not caplog.records


def test_ready_made_folds_that_tear_groups_apart_are_kept_with_a_warning(caplog):
    folds = ready_made_folds(
        ["0", "1", "1", "0", "1"], column="fold", groups=np.array([7, 7, 7, 8, 8])
    )
    assert folds.tolist() == [0, 1, 1, 0, 1]
    assert "2 groups" in caplog.text
    assert "'fold'" in caplog.text


@pytest.mark.parametrize(
    ("values", "words"),
    [(["0", "", " "], ["2 rows", "first in row 2"]), (["0", "0"], ["'0' in every row"])],
)
def test_ready_made_folds_that_cannot_be_used_are_refused(values, words):
    with pytest.raises(DataError) as error:
        ready_made_folds(values, column="fold", groups=np.arange(len(values)))
    for word in ["'fold'", *words]:
        assert word in str(error.value)


def test_a_label_with_too_few_rows_is_refused_with_the_folds_that_would_do():
    strata = np.array([0] * 9 + [1] * 3)
    with pytest.raises(
        DataError, match=r"label 'spam' has 3 rows, too few.*folds\.n_folds=5; set folds\.n_folds=3"
    ):
        check_enough_rows(strata, np.arange(12), ["ham", "spam"], n_folds=5)
    check_enough_rows(strata, np.arange(12), ["ham", "spam"], n_folds=3)


def test_identical_texts_count_once_towards_the_rows_of_a_label():
    with pytest.raises(
        DataError, match=r"'b' has 3 rows in 1 groups.*; merge or remove that label"
    ):
        check_enough_rows(
            np.array([0, 0, 1, 1, 1]), np.array([0, 1, 2, 2, 2]), ["a", "b"], n_folds=2
        )


def test_fewer_groups_than_folds_are_refused():
    with pytest.raises(DataError, match=r"4 rows in 2 groups.*folds\.n_folds=3"):
        assign_folds(np.zeros(4, np.int64), np.array([0, 0, 1, 1]), n_folds=3, seed=0)


def label_table(cells: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Rows of each label in each fold."""
    return np.stack([cells[folds == fold].sum(axis=0) for fold in range(folds.max() + 1)])


def test_rows_of_several_labels_are_dealt_out_by_their_rarest():
    cells = np.zeros((40, 2), bool)
    cells[:4], cells[4:20, 0] = True, True
    folds = assign_folds(cells, np.arange(40), n_folds=4, seed=1)
    assert label_table(cells, folds).tolist() == [[5, 1]] * 4
    assert np.bincount(folds).tolist() == [10] * 4


def generated_cells(case: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Rows with labels of any rate, correlated or not; groups of a row, a few rows, or some of many; how many folds."""
    dice = np.random.default_rng(case)
    n_rows, n_labels, n_folds = (
        int(dice.integers(low, high)) for low, high in ((20, 401), (1, 13), (2, 11))
    )
    rates = np.exp(dice.uniform(np.log(0.01), np.log(0.6), n_labels))
    shared = dice.choice([0.0, 0.4, 0.8])
    luck = (1 - shared) * dice.random((n_rows, n_labels)) + shared * dice.random((n_rows, 1))
    n_groups = max(n_rows // 3, 12)
    of_a_few = np.concatenate([np.arange(n_groups), dice.integers(0, n_groups, n_rows - n_groups)])
    sizes = dice.choice([1, 1, 1, 2, 3, max(2, n_rows // (4 * n_folds))], n_rows)
    groups = (
        np.arange(n_rows),
        of_a_few,
        dice.permutation(np.repeat(np.arange(n_rows), sizes)[:n_rows]),
    )[case % 3]
    return luck < rates, groups, n_folds


@pytest.mark.slow
def test_every_label_of_enough_positives_stands_in_every_fold():
    for case in range(1000):
        cells, groups, n_folds = generated_cells(case)
        folds = assign_folds(cells, groups, n_folds=n_folds, seed=case)
        assert folds.shape == groups.shape
        assert len(set(zip(groups.tolist(), folds.tolist(), strict=True))) == len(
            np.unique(groups)
        ), case
        of_groups = np.zeros((groups.max() + 1, cells.shape[1]), bool)
        np.logical_or.at(of_groups, groups, cells)
        enough = of_groups.sum(axis=0) >= n_folds
        assert (label_table(cells, folds)[:, enough] > 0).all(), case
        fold_sizes, largest = np.bincount(folds, minlength=n_folds), np.bincount(groups).max()
        assert len(fold_sizes) == n_folds, case
        assert fold_sizes.min() > 0, case
        assert np.ptp(fold_sizes) <= 2 * largest, case


def test_a_large_group_that_brings_a_label_is_made_up_for_by_small_ones():
    # Label 0 stands in two groups of 9 rows of fold 1; of label 1 each fold has one row, and should
    # keep it.
    members = [np.array(labels, np.int64) for labels in [[1], *[[]] * 17, [0], [0], [1]]]
    sizes = np.array([1] * 18 + [9, 9, 1])
    for seed in range(10):
        folds = np.array([0] * 18 + [1] * 3)
        spread_labels(folds, members, sizes, 2, seed=seed)
        assert sorted(folds[[18, 19]]) == [0, 1]
        assert sorted(folds[[0, 20]]) == [0, 1]
        assert np.ptp(np.bincount(folds, sizes)) == 1


@pytest.mark.slow
def test_where_not_all_labels_can_be_in_every_fold_the_fewest_are_lacking():
    # Three groups in two folds: two labels want the first and the second apart, two the last two,
    # only one the others.
    members = [np.array(labels) for labels in ([0, 1, 4], [0, 1, 2, 3], [2, 3, 4])]
    for seed in range(8):
        folds = np.array([0, 0, 1])
        spread_labels(folds, members, np.array([1, 1, 1]), 5, seed=seed)
        assert folds[0] == folds[2] != folds[1]


def test_a_label_that_cannot_stand_in_every_fold_is_told(caplog):
    # Two folds and three rows: each label is in two of them, and no cut in two has all three labels
    # on both sides.
    cells = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], bool)
    folds = assign_folds(cells, np.arange(3), n_folds=2, seed=0)
    assert "1 labels stand in enough groups of rows, but no exchange was found" in caplog.text
    assert (label_table(cells, folds) > 0).all(axis=0).sum() == 2


def test_folds_in_time_follow_one_another_and_rows_of_one_time_stay_together():
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
    assert [training_rows(folds, fold, kind="time").tolist() for fold in (0, 1)] == [
        [1, 3],
        [0, 1, 3, 5],
    ]
    assert [held_out_rows(folds, fold).tolist() for fold in (0, 1)] == [[0, 5], [2, 4]]
    assert training_rows(np.array([0, 1, 0, 2]), 0, kind="stratified").tolist() == [1, 3]


def test_times_of_very_unequal_rows_make_no_empty_block():
    months = np.repeat(np.arange(6), [100, 120, 90, 110, 300, 80])
    assert (
        time_ordered_folds(months.astype(str).tolist(), column="month", n_folds=5) == months - 1
    ).all()
    assert time_ordered_folds(["1"] * 50 + ["2", "3"], column="t", n_folds=2).tolist() == [
        -1
    ] * 50 + [0, 1]


def test_dates_far_away_keep_their_order():
    assert time_ordered_folds(
        ["2024-01-01", "9999-12-31", "1500-06-01"], column="t", n_folds=2
    ).tolist() == [0, 1, -1]


def test_times_may_be_numbers():
    assert time_ordered_folds(["10", "9", "100", "-1.5"], column="t", n_folds=3).tolist() == [
        1,
        0,
        2,
        -1,
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=20, max_size=80), st.integers(1, 3))
def test_no_row_is_predicted_by_a_model_of_its_own_time_or_later(times, n_folds):
    assume(len(set(times)) > n_folds)
    folds = time_ordered_folds(list(map(str, times)), column="t", n_folds=n_folds)
    assert set(folds.tolist()) == set(range(-1, n_folds))
    for fold in range(n_folds):
        trained = np.array(times)[training_rows(folds, fold, kind="time")]
        assert trained.max() < np.array(times)[held_out_rows(folds, fold)].min()


@pytest.mark.parametrize(
    ("values", "words"),
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
def test_times_that_cannot_be_used_are_refused(values, words):
    with pytest.raises(DataError, match=words):
        time_ordered_folds(values, column="t", n_folds=2)


def test_too_few_times_are_refused_with_the_folds_that_would_do():
    with pytest.raises(
        DataError,
        match=r"3 different times.*5 folds.*; set folds\.n_folds=2 or fewer, or set folds\.kind",
    ):
        time_ordered_folds(["1", "2", "3"], column="t", n_folds=5)
    time_ordered_folds(["1", "2", "3"], column="t", n_folds=2)


def test_ready_made_folds_must_keep_the_groups_of_a_column_together():
    folds = np.array([0, 1, 0, 1, 1])
    check_groups(["a", "b", "a", "", ""], folds, column="author", fold_column="part")
    check_groups(["a", "b", "", "", "b"], folds, column="author", fold_column="part")
    with pytest.raises(
        DataError,
        match=r"^2 values of the group column 'author' .* of 'part' \(first: 'a' in rows 1 and 3, 'b'",
    ):
        check_groups(
            ["a", "b", "a", "b", "c"],
            np.array([0, 0, 1, 1, 1]),
            column="author",
            fold_column="part",
        )


@pytest.mark.parametrize(
    ("folds", "fold", "chosen"),
    [
        ([0, 1, 2, 1, 0], 2, [1, 3]),
        ([0, 1, 2, 1, 0], 0, [2]),
        ([-1, -1, 0, 1, 2], 1, [2]),
        ([-1, -1, 0, 1, 2], 2, [3]),
        ([-1, -1, 0, 0, 1], 0, None),
        ([0, 1, 0, 1], 1, None),
    ],
)
def test_a_folds_settings_are_chosen_by_the_rows_of_the_fold_before(folds, fold, chosen):
    folds = np.array(folds)
    rows = training_rows(folds, fold, kind="time" if -1 in folds else "stratified")
    found = choosing_rows(folds, rows, fold)
    assert (None if found is None else rows[found].tolist()) == chosen
