import math

import numpy as np
import pytest
from helpers.predictions import CASES, problems
from hypothesis import given, settings

from regard.metrics.registry import score
from regard.tasks import Ordinal, Regression, Targets

RANKS = Ordinal(("1", "2", "4"))
NUMBERS = Regression(("a", "b"), ranges=((0.0, 4.0), (0.0, 10.0)))


def test_names_that_are_no_numbers_stand_for_their_rank():
    task = Ordinal(("bad", "fair", "good"))
    _, targets, outputs = CASES["ordinal"]
    assert score("mae", task, targets, outputs) == pytest.approx((0.25 + 0.25 + 0.75 + 0.25) / 4)


@pytest.mark.parametrize("name", ["spearman", "pearson"])
def test_a_constant_has_no_correlation(name):
    targets = Targets(np.array([[1, 10], [2, 4], [4, 2]], np.float32))
    constant_column = np.array([[1, 3], [2, 3], [3, 3]], np.float32)
    assert math.isnan(score(name, NUMBERS, targets, constant_column))
    one_row = Targets(targets.labels[:1])
    assert math.isnan(score(name, NUMBERS, one_row, np.array([[1, 3]], np.float32)))
    constant_labels = Targets(np.array([1, 1]))
    outputs = np.array([[0.2, 0.1], [0.4, 0.3]], np.float32)
    assert math.isnan(score(name, RANKS, constant_labels, outputs))


@given(problems("regression"))
@settings(max_examples=20, deadline=None)
def test_errors_of_numbers_are_those_of_their_definition(drawn):
    task, targets, outputs = drawn
    errors = (outputs.astype(np.float64) - targets.labels).T.tolist()
    cells = [error for column in errors for error in column]
    by_column = [math.sqrt(sum(error**2 for error in column) / len(column)) for column in errors]
    expected = {
        "rmse": math.sqrt(sum(error**2 for error in cells) / len(cells)),
        "mae": sum(map(abs, cells)) / len(cells),
        "mcrmse": np.mean(by_column),
    }
    found = {name: score(name, task, targets, outputs) for name in expected}
    assert found == pytest.approx(expected)


@pytest.mark.slow
@given(problems("ordinal"))
@settings(max_examples=20, deadline=None)
def test_the_rmse_of_ranks_agrees_with_scikit_learn(drawn):
    from sklearn import metrics

    task, targets, outputs = drawn
    ranks = outputs.astype(np.float64).sum(axis=1)
    expected = metrics.root_mean_squared_error(targets.labels, ranks)
    assert score("rmse", task, targets, outputs) == pytest.approx(expected)
