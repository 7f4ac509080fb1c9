import numpy as np
import pytest

from regard.runs.explaining.overlap import agreement_of_methods, kendall_tau, overlap


def test_tau_counts_pairs_in_the_same_order():
    assert kendall_tau(np.array([1, 2, 3]), np.array([1, 3, 2])) == pytest.approx(1 / 3)
    assert kendall_tau(np.array([1, 2, 3]), np.array([3, 2, 1])) == -1
    assert np.isnan(kendall_tau(np.array([1, 1]), np.array([1, 2])))
    assert np.isnan(kendall_tau(np.array([1]), np.array([1])))


def test_overlap_is_of_the_words_with_the_most_weight():
    assert overlap(np.array([3, 1, 2, 0]), np.array([0, 1, 2, 3]), 0.5) == 0.5
    assert overlap(np.array([3, 1]), np.array([2, 0]), 0.1) == 1  # at least one word


def test_each_pair_of_methods_is_compared_over_rows():
    weights = {
        "one": [np.array([1.0, 2.0]), np.array([1.0, 1.0])],
        "two": [np.array([2.0, 1.0]), np.array([1.0, 0.0])],
    }
    table = agreement_of_methods(weights, 0.5)
    assert table.to_dict("records") == [
        {"method": "one", "other": "two", "tau": -1.0, "overlap": 0.5}
    ]
    assert agreement_of_methods({"one": []}, 0.5).empty
