import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.metrics.thresholds.candidates import (
    best_candidate,
    candidate_thresholds,
    is_better,
    tables_of_cuts,
    weights_below,
)

HALF = np.array([0.5])


def test_candidates_are_between_values_and_above_all():
    values, labels = np.array([0.2, 0.4, 0.8]), np.array([0, 0, 1])
    found = candidate_thresholds(values, labels, HALF)
    np.testing.assert_allclose(found, [0.2, 0.3, 0.5, 0.6, 0.8])
    assert found[-1] > 0.8


def test_many_values_have_few_candidates_of_each_label():
    values = np.linspace(0, 1, 20_000)
    labels = (values > 0.999).astype(int)
    found = candidate_thresholds(values, labels, HALF)
    assert len(found) < 1003
    assert (found > 0.999).sum() >= labels.sum()


def test_weights_below_candidates():
    values, labels = np.array([0.2, 0.4, 0.8]), np.array([0, 0, 1])
    found = weights_below(np.array([0.3, 0.6]), values, labels, None, 2)
    assert found.tolist() == [[1, 0], [2, 0], [2, 1]]
    weighted = weights_below(np.array([0.3, 0.6]), values, labels, np.array([1.0, 2.0, 4.0]), 2)
    assert weighted.tolist() == [[1, 0], [3, 0], [3, 4]]


@given(st.integers(0, 100), st.integers(0, 2), st.integers(0, 2))
@settings(max_examples=20, deadline=None)
def test_tables_of_cuts_are_confusion_tables(seed, low, more):
    dice = np.random.default_rng(seed)
    values, labels = dice.integers(0, 5, 30) / 4, dice.integers(0, 3, 30)
    grid = np.array([0.2, 0.5, 0.6, 0.9, 1.1])
    below = weights_below(grid, values, labels, None, 3)
    (found,) = tables_of_cuts(below, np.array([[low, low + more]]))
    predicted = np.searchsorted(grid[[low, low + more]], values, side="right")
    expected = np.zeros((3, 3))
    np.add.at(expected, (predicted, labels), 1)
    assert found.tolist() == expected.tolist()


def test_the_candidate_nearest_the_default_wins_among_equals():
    scores, candidates = np.array([0.8, 0.9, 0.9, 0.9 - 1e-12]), np.array([0.1, 0.2, 0.3, 0.45])
    assert best_candidate(scores, candidates, 0.5) == 3
    assert best_candidate(scores, candidates, 0.0) == 1


def test_a_difference_by_rounding_is_not_better():
    assert is_better(0.5 + 1e-9, 0.5)
    assert not is_better(0.5 + 1e-12, 0.5)
