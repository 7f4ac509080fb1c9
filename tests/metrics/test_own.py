import math
import sys

import numpy as np
import pytest
from helpers.cases import competition
from helpers.predictions import CASES, noisy_predictions

from regard.config import ThresholdsConfig
from regard.errors import ConfigError
from regard.metrics import own
from regard.metrics.own import try_own
from regard.metrics.registry import METRICS, check_metric, metric_identity, score
from regard.metrics.thresholds import is_tuned, score_at_best, tune
from regard.tasks import Targets

MODULE = """
import numpy as np
from sklearn.metrics import f1_score

LIMIT = 3


def distance(labels, predictions, weights=None):
    return np.average(np.abs(labels - predictions), weights=weights)


distance.greater_is_better = False


def rare(labels, predictions, names):
    assert names == ["toxic"]
    return f1_score(labels, predictions)


rare.greater_is_better, rare.compares = True, "labels"


def same(labels, predictions):
    return np.mean(labels == predictions)


same.greater_is_better, same.compares = True, "labels"


def broken(labels, predictions):
    return labels / 0 + undefined


def wide(labels, predictions):
    return predictions


def nothing(labels, predictions):
    return float("nan")


def word(labels, predictions):
    return "good"


def one(labels):
    return 1.0
"""


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    """Write the module of a user's project into the current folder, and forget it afterwards."""
    (tmp_path / "my_scores.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(own, "_REGISTERED", {})
    yield tmp_path
    sys.modules.pop("my_scores", None)


def named(function, task="regression", **settings):
    return competition(metric=f"my_scores:{function}", task=task, **settings)


def test_a_function_of_numbers_scores_by_name():
    found = named("distance")
    check_metric(found)
    assert (found.submit, METRICS[found.metric].greater_is_better) == ("numbers", False)
    task, targets, _ = noisy_regression()
    assert score(found.metric, task, targets, targets.labels + 1.0) == pytest.approx(1.0)
    weighted = Targets(np.array([[0.0], [1.0]]), np.array([3.0, 1.0]))
    assert score(found.metric, task, weighted, np.array([[0.0], [0.0]])) == 0.25


def noisy_regression():
    task, targets, _ = CASES["regression"]
    wide = type(task)(("n",), ((0.0, 99.0),))
    return wide, Targets(targets.labels[:, :1].astype(float)), targets.labels[:, :1]


def test_thresholds_are_tuned_for_a_function_of_labels():
    name = named("rare", "binary", label_columns=["toxic"]).metric
    task, targets, outputs = noisy_predictions("binary", 300)
    task = type(task)(("toxic",))
    assert is_tuned(name, task)
    thresholds = tune(name, task, targets, outputs)
    assert score(name, task, targets, outputs, thresholds) > score(name, task, targets, outputs)
    # Nearly as good as the search over confusion counts.
    best = score_at_best(ThresholdsConfig(True, True), "f1", task, targets, outputs)
    assert score(name, task, targets, outputs, thresholds) > best - 0.02


@pytest.mark.parametrize("kind", ["multi_class", "ordinal", "multi_label"])
def test_thresholds_of_every_kind_are_at_least_as_good_as_the_default(kind):
    task, targets, outputs = noisy_predictions(kind, 200)
    name = named(
        "same", kind, label_columns=list(task.label_names) if kind == "multi_label" else ["label"]
    ).metric
    gained = score(name, task, targets, outputs, tune(name, task, targets, outputs))
    assert gained >= score(name, task, targets, outputs)


def test_the_settings_stand_in_for_the_attributes():
    found = named("wide", "binary", greater_is_better=True, metric_compares="probabilities")
    assert (found.submit, METRICS[found.metric].greater_is_better) == ("probabilities", True)
    lower = named("wide", "binary", greater_is_better=False, metric_compares="labels")
    assert (lower.submit, METRICS[lower.metric].greater_is_better) == ("labels", False)


def test_the_source_and_the_direction_are_part_of_the_fingerprint(module):
    before = metric_identity(named("distance"))
    assert before != metric_identity(named("distance", greater_is_better=True))
    assert before == metric_identity(named("distance"))
    (module / "my_scores.py").write_text(MODULE + "# changed\n")
    assert before != metric_identity(named("distance"))
    assert metric_identity(competition(metric="accuracy")) == ["accuracy", []]


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("my_scors:distance", r"No module named 'my_scors' here or installed; did you mean 'my_s"),
        ("my_scores:distanse", r"my_scores has no function 'distanse'; did you mean 'distance'\?"),
        ("my_scores:LIMIT", r"my_scores has no function 'LIMIT'; there are: broken, distance"),
        ("my_scores:", r"my_scores has no function ''; there are: "),
        ("my_scores:one", r"cannot be called with labels and predictions \(too many positional"),
        ("my_scores:wide", r"not known whether a greater score is better; set competition\.gre"),
        ("my_scores:rare", None),
    ],
)
def test_a_function_that_cannot_be_used(metric, message):
    if message is None:
        competition(metric=metric, task="binary")
        return
    with pytest.raises(ConfigError, match=message) as caught:
        competition(metric=metric, task="regression")
    assert "\n" not in str(caught.value)


def test_a_task_with_labels_needs_to_know_what_is_compared():
    with pytest.raises(ConfigError, match=r"compares labels or probabilities; set competition\.m"):
        named("distance", "binary")
    with pytest.raises(ConfigError, match=r"set competition\.metric_compares to one of labels, r"):
        named("distance", "binary", metric_compares="label")


def test_a_module_with_an_error_is_named(module):
    (module / "broken_scores.py").write_text("1 / 0\n")
    with pytest.raises(ConfigError, match=r"broken_scores cannot be imported \(ZeroDivisionErr"):
        competition(metric="broken_scores:f", task="regression")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("broken", r"my_scores:broken raised NameError: name 'undefined' is not defined \(labels"),
        ("wide", r"my_scores:wide returned shape \(3,\) instead of one number"),
        ("word", r"my_scores:word returned str instead of one number"),
        ("nothing", r"my_scores:nothing returns NaN for the rows of train; return a number"),
    ],
)
def test_a_trial_finds_the_errors_of_a_function(function, message):
    name = named(function, greater_is_better=True).metric
    task, targets, _ = noisy_regression()
    with pytest.raises(ConfigError, match=message) as caught:
        try_own(name, task, targets)
    assert "\n" not in str(caught.value)


def test_a_trial_warns_of_the_wrong_direction():
    task, targets, _ = noisy_regression()
    name = named("distance", greater_is_better=True).metric
    assert "greater is better; see competition.greater_is_better" in try_own(name, task, targets)
    assert try_own(named("distance").metric, task, targets) == ""
    assert try_own("rmse", task, targets) == ""


def test_a_score_may_be_nan():
    task, targets, outputs = noisy_regression()
    assert math.isnan(
        score(named("nothing", greater_is_better=True).metric, task, targets, outputs)
    )


def test_a_function_of_an_installed_package_will_do():
    found = competition(
        metric="sklearn.metrics:max_error", task="regression", greater_is_better=False
    )
    task, targets, _ = noisy_regression()
    assert score(found.metric, task, targets, targets.labels + 2.0) == pytest.approx(2.0)


def test_a_missing_module_in_an_empty_folder(module):
    (module / "my_scores.py").unlink()
    with pytest.raises(ConfigError, match=r"here or installed; there is no \.py file$"):
        competition(metric="my_scores:f", task="regression")
