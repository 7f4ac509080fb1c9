import itertools

import numpy as np
import pytest
from helpers.predictions import label_problems
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.metrics.registry import METRICS, score
from regard.metrics.thresholds import tune
from regard.metrics.thresholds.columns import tune_columns
from regard.tasks import MultiLabel, Targets


def test_the_threshold_of_each_label_by_hand():
    task, targets = (
        MultiLabel(("a", "b")),
        Targets(np.array([[0, 0], [1, 0], [1, 1]], np.float32)),
    )
    outputs = np.array([[0.25, 0.625], [0.375, 0.75], [0.5, 0.875]], np.float32)
    assert tune("f1_macro", task, targets, outputs).tolist() == [0.3125, 0.8125]
    shared = tune("f1_macro", task, targets, outputs, per_label=False)
    assert shared.tolist() == [0.3125, 0.3125]  # (1 + 1/2) / 2; what is best for b, (0 + 1) / 2


@pytest.mark.parametrize("per_label", [True, False])
@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "f1_micro", "f1_weighted"])
def test_a_metric_is_tuned_alike_if_it_is_not_known_to_be_a_ratio(metric, per_label):
    random = np.random.default_rng(0)
    labels = (random.random((40, 3)) < 0.4).astype(np.float32)
    outputs = 1 / (1 + np.exp(1.5 - 2 * labels + random.normal(size=labels.shape)))
    targets = Targets(labels, random.uniform(0.5, 2.0, 40))
    scores_of = METRICS[metric].from_confusion
    found = [
        tune_columns(each, MultiLabel(("a", "b", "c")), targets, outputs, per_label=per_label)
        for each in (scores_of, lambda counts: scores_of(counts))
    ]
    assert found[0].tolist() == found[1].tolist()
    assert found[0].tolist() != [0.5, 0.5, 0.5]


def cuts(values):
    """Return every way to cut some values in two: at each of them, and above all."""
    return [*np.unique(values).astype(np.float64), 9.0]


@pytest.mark.slow
@pytest.mark.parametrize("per_label", [True, False])
@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "f1_micro", "f1_weighted"])
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_the_thresholds_of_labels_are_the_best_possible(metric, per_label, data):
    task, targets, outputs = data.draw(label_problems("multi_label", most=5))
    task = MultiLabel(task.label_names[:2])
    targets, outputs = Targets(targets.labels[:, :2], targets.weights), outputs[:, :2]
    tried = (
        itertools.product(*map(cuts, outputs.T)) if per_label else ([cut] for cut in cuts(outputs))
    )
    best = max(score(metric, task, targets, outputs, np.array(thresholds)) for thresholds in tried)
    found = tune(metric, task, targets, outputs, per_label=per_label)
    assert score(metric, task, targets, outputs, found) == pytest.approx(best)
