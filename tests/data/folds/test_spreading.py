import numpy as np
import pytest
from helpers.folds import label_counts, random_labels

from regard.data.folds import assign_folds
from regard.data.folds.spreading import spread_labels


def test_label_of_one_fold_is_spread_to_both():
    labels = [np.array(each, np.int64) for each in ([0], [0], [], [])]
    folds = np.array([0, 0, 1, 1])
    spread_labels(folds, labels, np.ones(4, np.int64), 1, seed=0)
    assert folds[0] != folds[1]
    assert np.bincount(folds).tolist() == [2, 2]


def test_small_groups_make_up_for_a_large_group_that_brings_a_label():
    # Only two groups of 9 rows in fold 1 have label 0. Each fold has one row of label 1 and should
    # keep it.
    labels = [np.array(each, np.int64) for each in [[1], *[[]] * 17, [0], [0], [1]]]
    sizes = np.array([1] * 18 + [9, 9, 1])
    for seed in range(10):
        folds = np.array([0] * 18 + [1] * 3)
        spread_labels(folds, labels, sizes, 2, seed=seed)
        assert sorted(folds[[18, 19]]) == [0, 1]
        assert sorted(folds[[0, 20]]) == [0, 1]
        assert np.ptp(np.bincount(folds, sizes)) == 1


@pytest.mark.slow
def test_as_few_labels_as_possible_are_missing():
    # Three groups in two folds: two labels need groups 0 and 1 in different folds, two labels need
    # groups 1 and 2 in different folds, and only one label needs groups 0 and 2 in different folds.
    labels = [np.array(each) for each in ([0, 1, 4], [0, 1, 2, 3], [2, 3, 4])]
    for seed in range(8):
        folds = np.array([0, 0, 1])
        spread_labels(folds, labels, np.array([1, 1, 1]), 5, seed=seed)
        assert folds[0] == folds[2] != folds[1]


@pytest.mark.slow
def test_every_frequent_label_is_in_every_fold():
    for case in range(1000):
        labels, groups, n_folds = random_labels(case)
        folds = assign_folds(labels, groups, n_folds=n_folds, seed=case)
        pairs = set(zip(groups.tolist(), folds.tolist(), strict=True))
        assert len(pairs) == len(np.unique(groups)), case
        labels_of_groups = np.zeros((groups.max() + 1, labels.shape[1]), bool)
        np.logical_or.at(labels_of_groups, groups, labels)
        is_frequent = labels_of_groups.sum(axis=0) >= n_folds
        assert (label_counts(labels, folds)[:, is_frequent] > 0).all(), case
        fold_sizes = np.bincount(folds, minlength=n_folds)
        assert len(fold_sizes) == n_folds, case
        assert fold_sizes.min() > 0, case
        assert np.ptp(fold_sizes) <= 2 * np.bincount(groups).max(), case


def test_label_that_cannot_be_in_every_fold_is_logged(caplog):
    # Three rows in two folds: two rows have each label, and no split has all three labels on both
    # sides.
    labels = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]], bool)
    folds = assign_folds(labels, np.arange(3), n_folds=2, seed=0)
    assert "1 labels occur in enough groups of rows, but no exchange was found" in caplog.text
    assert (label_counts(labels, folds) > 0).all(axis=0).sum() == 2
