import numpy as np
import pytest
from helpers.predictions import label_problems, noisy_predictions
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.metrics.registry import score
from regard.metrics.thresholds import tune, tune_over_folds
from regard.tasks import MultiClass, Targets


def test_the_thresholds_of_classes_by_hand():
    task, targets = MultiClass(("a", "b")), Targets(np.array([0, 0, 0, 1]))
    outputs = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]], np.float32)
    # all rows are taken for the first
    assert score("f1_macro", task, targets, outputs) == pytest.approx(3 / 7)
    found = tune("f1_macro", task, targets, outputs)
    # With a row more of each class, one row of three is of the second. Any power from 0.6 to 1.2
    # separates them, since 0.4 / 0.6 > 0.5 ** power > 0.3 / 0.7; 0.85 is the least with five such
    # powers on either side.
    assert found == pytest.approx(np.array([1.0, 0.5**0.85]) / (1.0 + 0.5**0.85))
    assert score("f1_macro", task, targets, outputs, found) == 1.0
    assert tune("accuracy", task, targets, outputs).tolist() == [0.5, 0.5]


def test_a_class_without_rows_is_not_chosen_everywhere():
    task, targets = MultiClass(("a", "b", "c")), Targets(np.array([0, 0, 0, 1]))
    outputs = np.array([[0.9, 0.1, 0], [0.8, 0.2, 0], [0.7, 0.3, 0], [0.6, 0.4, 0]], np.float32)
    found = tune("f1_macro", task, targets, outputs)
    assert (found > 0).all()
    assert score("f1_macro", task, targets, outputs, found) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["f1_macro", "f1_weighted", "matthews_correlation"])
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_the_best_power_is_found_as_if_every_row_were_decided_at_every_power(metric, data):
    task, targets, outputs = data.draw(label_problems("multi_class"))
    counts = np.bincount(targets.labels, targets.weights, task.n_outputs)
    shares, powers = (
        (counts + 1) / (counts.sum() + task.n_outputs),
        np.linspace(-1, 1.5, 51).round(2),
    )
    tried = [shares**power / (shares**power).sum() for power in powers]
    scores = np.array([score(metric, task, targets, outputs, thresholds) for thresholds in tried])
    around = [
        np.mean(scores[np.clip(np.arange(place - 5, place + 6), 0, 50)]) for place in range(51)
    ]
    best = min(
        np.flatnonzero(around >= np.max(around) - 1e-10), key=lambda place: abs(powers[place])
    )
    expected = tried[best] if scores[best] > scores[20] + 1e-10 else task.default_thresholds()
    assert tune(metric, task, targets, outputs) == pytest.approx(expected)


def test_classes_that_are_chosen_too_often_are_chosen_less():
    task, targets, outputs = noisy_predictions("multi_class", 2000, n_names=4)
    balanced = outputs / np.bincount(targets.labels)
    balanced = (balanced / balanced.sum(axis=1, keepdims=True)).astype(np.float32)
    found = tune("matthews_correlation", task, targets, balanced)
    assert (np.diff(found) > 0).all()
    default, tuned = (
        score("matthews_correlation", task, targets, balanced, each) for each in (None, found)
    )
    assert tuned > default + 0.02


def test_a_class_of_one_fold_only_does_no_harm():
    task, targets, outputs = noisy_predictions("multi_class", 400, n_names=4)
    folds = np.where(targets.labels == 3, 0, np.arange(400) % 3)
    tuned = tune_over_folds("f1_macro", task, targets, outputs, folds, per_label=True)
    assert all(
        np.isfinite(part.honest_thresholds).all() and (part.honest_thresholds > 0).all()
        for part in tuned.by_fold
    )
    assert np.isfinite(tuned.honest_score)


@pytest.mark.parametrize("metric", ["f1_macro", "matthews_correlation"])
def test_rare_classes_gain_on_rows_that_were_not_tuned_on(metric):
    task, targets, outputs = noisy_predictions("multi_class", 3000, n_names=4)
    tuned = tune_over_folds(metric, task, targets, outputs, np.arange(3000) % 5, per_label=True)
    assert (np.diff(tuned.thresholds) < 0).all()  # the rarer, the less is needed
    assert tuned.honest_score > score(metric, task, targets, outputs) + 0.005
