import dataclasses

import numpy as np
import pytest
from helpers.comparison_cases import compared_run, comparison
from hypothesis import given
from hypothesis import strategies as st

from regard.report.comparison.differences import (
    agreement,
    by_label,
    difference_of,
    even_odds,
    most_different,
    paired_folds,
)
from regard.tasks import Binary, Regression

LABELS = np.array([[0], [1], [1], [0]], np.float32)


def of_outputs(first, second, labels=LABELS, **changes):
    return comparison(
        Binary(("y",)),
        labels,
        np.array(first, np.float32)[:, None],
        np.array(second, np.float32)[:, None],
        **changes,
    )


def test_difference_and_its_draws():
    # The second run is right in one more of four rows, and never wrong where the first is right.
    data = of_outputs([0.1, 0.9, 0.1, 0.9], [0.1, 0.9, 0.9, 0.9])
    found = difference_of(data)
    assert found.scores == (0.5, 0.75)
    assert found.value == 0.25
    # Row 2 is among four drawn ones with a probability of 1 - 0.75^4 = 0.684.
    assert found.share == pytest.approx(0.684, abs=0.04)
    assert (found.low, found.high) == (0.0, 0.75)
    assert not found.is_clear
    assert found.n_draws == 1000
    again = difference_of(data)
    np.testing.assert_array_equal(again.draws, found.draws)


def test_exchanged_runs_have_the_opposite_difference():
    data = of_outputs([0.1, 0.9, 0.1, 0.9], [0.1, 0.9, 0.9, 0.9])
    found = difference_of(data)
    other = difference_of(dataclasses.replace(data, first=data.second, second=data.first))
    np.testing.assert_allclose(other.draws, -found.draws)
    assert (other.low, other.high) == pytest.approx((-found.high, -found.low))


def test_lower_is_better_for_log_loss():
    data = of_outputs([0.4, 0.6, 0.6, 0.4], [0.1, 0.9, 0.9, 0.1], metric="log_loss")
    found = difference_of(data)
    assert found.value < 0
    assert found.share == 1.0
    assert found.is_clear


def test_draws_of_many_rows_have_the_spread_of_all():
    random = np.random.default_rng(0)
    labels = np.zeros((40_000, 1), np.float32)
    first, second = random.random((2, 40_000, 1)).astype(np.float32)
    found = difference_of(comparison(Binary(("y",)), labels, first, second))
    # The difference of two independent shares of one half: sqrt(2 * 0.25 / 40,000) = 0.0035.
    assert found.draws.std() == pytest.approx(0.0035, rel=0.15)


def test_score_that_is_not_defined_has_no_interval():
    data = of_outputs([0.1, 0.2], [0.3, 0.4], labels=np.zeros((2, 1)), metric="roc_auc")
    found = difference_of(data)
    assert np.isnan(found.low)
    assert found.n_draws == 0


def test_folds_are_paired_by_their_numbers():
    runs = [
        compared_run("a", scores={"fold_scores": [0.1, 0.2, 0.3], "folds": [0, 1, 2]}),
        compared_run("b", scores={"fold_scores": [0.5, 0.4], "folds": [2, 0]}),
    ]
    data = dataclasses.replace(of_outputs([0.1] * 4, [0.2] * 4), first=runs[0], second=runs[1])
    assert paired_folds(data) == [(0, 0.1, 0.4), (2, 0.3, 0.5)]
    assert paired_folds(dataclasses.replace(data, has_same_folds=False)) == []


def test_decisions_are_counted():
    found = agreement(of_outputs([0.1, 0.9, 0.1, 0.9], [0.1, 0.9, 0.9, 0.2]))
    assert found == {"same": 0.5, "both": 2, "first": 0, "second": 2, "neither": 0, "p": 0.5}


def test_numbers_are_counted_by_the_nearer_run():
    task = Regression(("u",), ranges=((-9.0, 9.0),))
    first, second = np.array([[1.0], [2.0], [3.0]]), np.array([[1.5], [2.0], [5.0]])
    found = agreement(comparison(task, np.array([[1.0], [2.0], [5.0]]), first, second))
    assert (found["first"], found["second"], found["neither"]) == (1, 1, 1)
    assert found["same"] == pytest.approx(np.corrcoef(first[:, 0], second[:, 0])[0, 1])


@given(st.integers(0, 30), st.integers(0, 30))
def test_even_odds_is_a_probability_and_symmetric(first, second):
    assert 0 < even_odds(first, second) <= 1
    assert even_odds(first, second) == pytest.approx(even_odds(second, first))


def test_even_odds_of_no_rows():
    assert even_odds(0, 6) == 0.03125
    assert even_odds(0, 0) == 1.0


def test_classes_are_compared_one_by_one():
    names, rows = by_label(of_outputs([0.1, 0.9, 0.1, 0.9], [0.1, 0.9, 0.9, 0.9]))
    if names == ["recall", "precision"]:
        assert [row["count"] for row in rows] == [2, 2]
        assert rows[1]["pairs"] == [(0.5, 1.0), (0.5, 2 / 3)]


def test_rows_with_the_greatest_difference_come_first():
    data = of_outputs([0.1, 0.9, 0.1, 0.9], [0.2, 0.9, 0.9, 0.5], n_shown=2)
    assert most_different(data).tolist() == [2, 3]
