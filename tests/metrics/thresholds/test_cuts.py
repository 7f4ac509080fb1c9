import itertools

import numpy as np
import pytest
from helpers.predictions import label_problems, noisy_predictions
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.metrics.registry import METRICS, score
from regard.metrics.thresholds import is_tuned, tune
from regard.tasks import Binary, Ordinal, Targets

TOXIC = Binary(("toxic",))
BINARY_METRICS = [name for name in METRICS if is_tuned(name, TOXIC)]


def test_the_threshold_of_f1_by_hand():
    targets = Targets(np.array([[0], [0], [1], [1]], np.float32))
    outputs = np.array([[0.125], [0.25], [0.375], [0.75]], np.float32)
    found = tune("f1", TOXIC, targets, outputs)
    assert found.tolist() == [0.3125]  # the middle of 0.25 and 0.375
    assert found.dtype == np.float64
    assert score("f1", TOXIC, targets, outputs, found) == 1.0


def test_the_cut_points_of_ranks_by_hand():
    task, targets = Ordinal(("1", "2", "3")), Targets(np.array([0, 0, 1, 1, 2]))
    outputs = np.array(
        [[0.5, 0.25], [0.5, 0.375], [0.75, 0.25], [1.0, 0.25], [1.0, 0.375]], np.float32
    )
    found = tune("quadratic_weighted_kappa", task, targets, outputs)
    assert found.tolist() == [0.9375, 1.3125]
    assert score("quadratic_weighted_kappa", task, targets, outputs, found) == 1.0


def cuts(values):
    """Return every way to cut some values in two: at each of them, and above all."""
    return [*np.unique(values).astype(np.float64), 9.0]


@pytest.mark.slow
@pytest.mark.parametrize("metric", BINARY_METRICS)
@given(st.data())
@settings(max_examples=12, deadline=None)
def test_the_threshold_of_a_binary_label_is_the_best_possible(metric, data):
    task, targets, outputs = data.draw(label_problems("binary"))
    best = max(score(metric, task, targets, outputs, np.array([cut])) for cut in cuts(outputs))
    found = tune(metric, task, targets, outputs)
    assert score(metric, task, targets, outputs, found) == pytest.approx(best)


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["quadratic_weighted_kappa", "accuracy"])
def test_the_cut_points_of_three_ranks_are_the_best_possible(metric):
    for seed in range(5):
        task, targets, outputs = noisy_predictions("ordinal", 20, n_names=3, seed=seed)
        ways = itertools.combinations_with_replacement(cuts(task.cut_values(outputs)), 2)
        best = max(score(metric, task, targets, outputs, np.array(way)) for way in ways)
        assert (
            score(metric, task, targets, outputs, tune(metric, task, targets, outputs))
            >= best - 1e-9
        )


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["f1", "matthews_correlation"])
def test_more_values_than_candidates_cost_next_to_nothing(metric):
    task, targets, outputs = noisy_predictions("binary", 6000)
    dense = max(
        score(metric, task, targets, outputs, np.array([cut])) for cut in np.linspace(0, 1, 200)
    )
    found = tune(metric, task, targets, outputs)
    assert score(metric, task, targets, outputs, found) > dense - 1e-3


def test_a_rare_label_is_searched_where_its_rows_are():
    dice = np.random.default_rng(0)
    labels = np.zeros((20_000, 1), np.float32)
    labels[:15] = 1
    outputs = dice.uniform(0, 0.01, (20_000, 1)).astype(np.float32)
    outputs[:15] += np.float32(0.01)  # above all the others
    found = tune("f1", TOXIC, Targets(labels), outputs)
    assert score("f1", TOXIC, Targets(labels), outputs, found) == 1.0
