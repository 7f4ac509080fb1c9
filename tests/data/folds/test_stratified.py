import warnings

import numpy as np
import pytest
from helpers.folds import label_counts
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.folds import assign_folds, check_enough_groups, check_enough_rows
from regard.errors import DataError

seeds = st.integers(0, 2**31 - 1)


def test_every_fold_has_its_share_of_every_label():
    strata = np.array([0, 0, 0, 0, 1, 1, 0, 0, 1, 1])
    folds = assign_folds(strata, np.arange(10), n_folds=2, seed=1)
    assert folds.dtype == np.int32
    assert label_counts(strata, folds).tolist() == [[3, 2], [3, 2]]


def test_identical_texts_share_a_fold():
    groups = np.array([0, 1, 0, 3, 1, 5, 6, 7])
    for seed in range(20):
        folds = assign_folds(np.zeros(8, np.int64), groups, n_folds=4, seed=seed)
        assert folds[0] == folds[2]
        assert folds[1] == folds[4]
        assert np.bincount(folds).tolist() == [2, 2, 2, 2]


def test_small_groups_even_out_large_ones():
    groups = np.concatenate([np.repeat(np.arange(4), [30, 20, 10, 5]), np.arange(100, 235)])
    strata = np.arange(200) % 2
    counts = label_counts(strata, assign_folds(strata, groups, n_folds=5, seed=3))
    assert counts.sum(axis=1).tolist() == [40] * 5
    assert np.ptp(counts, axis=0).max() <= 2


def test_rare_strata_are_merged():
    strata = np.concatenate([np.zeros(40, np.int64), np.arange(1, 11)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        folds = assign_folds(strata, np.arange(50), n_folds=5, seed=0)
    assert label_counts((strata > 0).astype(int), folds).tolist() == [[8, 2]] * 5


def test_rows_with_several_labels_are_stratified_by_the_rarest():
    labels = np.zeros((40, 2), bool)
    labels[:4] = True
    labels[4:20, 0] = True
    folds = assign_folds(labels, np.arange(40), n_folds=4, seed=1)
    assert label_counts(labels, folds).tolist() == [[5, 1]] * 4
    assert np.bincount(folds).tolist() == [10] * 4


def test_folds_depend_on_the_seed_only():
    strata = np.arange(60) % 3
    first, again, other = (
        assign_folds(strata, np.arange(60), n_folds=3, seed=seed) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert (np.sort(first) != first).any()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30)), min_size=20, max_size=60),
    n_folds=st.integers(2, 5),
    seed=seeds,
)
def test_every_row_is_held_out_once_and_groups_stay_whole(rows, n_folds, seed):
    strata, groups = np.array(rows).T
    n_groups = len(np.unique(groups))
    if n_groups < n_folds:
        return
    folds = assign_folds(strata, groups, n_folds=n_folds, seed=seed)
    assert folds.shape == (len(rows),)
    assert sorted(set(folds.tolist())) == list(range(n_folds))
    assert len(set(zip(groups.tolist(), folds.tolist(), strict=True))) == n_groups


@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(st.integers(5, 60), min_size=1, max_size=5),
    n_folds=st.integers(2, 5),
    seed=seeds,
)
def test_shares_are_even_for_any_order_of_rows(counts, n_folds, seed):
    in_order = np.repeat(np.arange(len(counts)), counts)
    shuffled = np.random.default_rng(seed).permutation(in_order)
    for strata in (in_order, shuffled):
        folds = assign_folds(strata, np.arange(len(strata)), n_folds=n_folds, seed=seed)
        found = label_counts(strata, folds)
        assert np.ptp(found, axis=0).max() <= 2
        assert np.ptp(found.sum(axis=1)) <= 4


def test_label_with_too_few_rows_is_refused_with_a_possible_number_of_folds():
    strata = np.array([0] * 9 + [1] * 3)
    check_enough_rows(strata, np.arange(12), ["ham", "spam"], n_folds=3)
    message = r"label 'spam' has 3 rows, too few for folds\.n_folds=5; set folds\.n_folds=3"
    with pytest.raises(DataError, match=message):
        check_enough_rows(strata, np.arange(12), ["ham", "spam"], n_folds=5)


def test_identical_texts_count_as_one_row_of_a_label():
    strata = np.array([0, 0, 1, 1, 1])
    groups = np.array([0, 1, 2, 2, 2])
    message = r"'b' has 3 rows in 1 groups.*; merge or remove that label"
    with pytest.raises(DataError, match=message):
        check_enough_rows(strata, groups, ["a", "b"], n_folds=2)


def test_fewer_groups_than_folds_are_refused():
    with pytest.raises(DataError, match=r"4 rows in 2 groups.*folds\.n_folds=3"):
        assign_folds(np.zeros(4, np.int64), np.array([0, 0, 1, 1]), n_folds=3, seed=0)


def test_enough_groups():
    check_enough_groups(np.array([0, 0, 4]), column="author", n_folds=2)
    with pytest.raises(DataError, match=r"'author' form 2 groups, .* set folds.n_folds=2, or set"):
        check_enough_groups(np.array([0, 0, 4]), column="author", n_folds=3)
