import numpy as np
import pytest
from helpers.predictions import label_problems, noisy_predictions
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.metrics.confusion import count_labels
from regard.metrics.record import Metric
from regard.metrics.registry import METRICS
from regard.metrics.thresholds import tune
from regard.metrics.thresholds.by_function import tune_by_function
from regard.tasks import Binary, Targets

KINDS = ("binary", "multi_class", "multi_label", "ordinal")


def called(name):
    """Return a metric of confusion counts as a function of all rows."""
    scores_of = METRICS[name].from_confusion

    def function(task, targets, decided):
        return float(scores_of(count_labels(task, targets, decided))[0])

    return Metric(KINDS, "labels", function)


def test_the_middle_between_two_outputs_is_found():
    task, targets = Binary(("y",)), Targets(np.array([[0], [0], [1], [1]], np.float32))
    outputs = np.array([[0.1], [0.2], [0.3], [0.4]], np.float32)
    assert tune_by_function(called("f1"), task, targets, outputs).tolist() == pytest.approx([0.25])


def test_outputs_that_are_all_alike_keep_the_default():
    for kind in KINDS:
        task, targets, outputs = noisy_predictions(kind, 20)
        alike = np.full_like(outputs, 0.25)
        found = tune_by_function(called("f1_macro"), task, targets, alike)
        assert found.shape == task.default_thresholds().shape


def test_a_lower_score_may_be_better():
    task, targets, outputs = noisy_predictions("multi_label", 300)
    losses = Metric(
        KINDS,
        "labels",
        lambda *arguments: -called("f1_micro").function(*arguments),
        greater_is_better=False,
    )
    found = tune_by_function(losses, task, targets, outputs)
    assert found.tolist() == tune_by_function(called("f1_micro"), task, targets, outputs).tolist()
    assert found[0] < 0.5  # its labels are rare


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
@settings(max_examples=15, deadline=None)
def test_the_score_is_at_least_that_of_the_default(kind, data):
    task, targets, outputs = data.draw(label_problems(kind))
    metric = called("f1_macro")
    found = tune_by_function(metric, task, targets, outputs)
    gain = metric.score(task, targets, task.decide(outputs, found))
    assert gain >= metric.score(task, targets, task.decide(outputs)) - 1e-9
    assert kind != "ordinal" or (np.diff(found) >= 0).all()


@pytest.mark.parametrize("kind", ["binary", "ordinal"])
def test_few_candidates_do_nearly_as_well_as_all(kind):
    name = "quadratic_weighted_kappa" if kind == "ordinal" else "f1"
    task, targets, outputs = noisy_predictions(kind, 1000)
    metric = called(name)
    few, every = (
        metric.score(task, targets, task.decide(outputs, thresholds))
        for thresholds in (
            tune_by_function(metric, task, targets, outputs),
            tune(name, task, targets, outputs),
        )
    )
    assert few > every - 0.02
