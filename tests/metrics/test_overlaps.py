"""Metrics against scikit-learn, on random labels and probabilities."""

import math
import warnings

import numpy as np
import pytest
from helpers.predictions import label_problems, problems
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from regard.metrics.confusion import Confusion
from regard.metrics.overlaps import balanced_accuracy, f_beta_of_labels
from regard.metrics.registry import score
from regard.tasks import TASKS, Targets

BETA = 2.0
ZERO = {"zero_division": 0}
ONE_LABEL = ("binary", "multi_class", "ordinal")

# Name and kinds of task -> the score of scikit-learn.
LABELS = {
    ("balanced_accuracy", ONE_LABEL): ("balanced_accuracy_score", {}),
    ("f_2", ("binary",)): ("fbeta_score", {"beta": BETA, **ZERO}),
    ("f_2_macro", ONE_LABEL): ("fbeta_score", {"beta": BETA, "average": "macro", **ZERO}),
    ("f_2_macro", ("multi_label",)): ("fbeta_score", {"beta": BETA, "average": "macro", **ZERO}),
    ("f_2_micro", ("multi_label",)): ("fbeta_score", {"beta": BETA, "average": "micro", **ZERO}),
    ("f_2_samples", ("multi_label",)): (
        "fbeta_score",
        {"beta": BETA, "average": "samples", **ZERO},
    ),
    ("f1_samples", ("multi_label",)): ("f1_score", {"average": "samples", **ZERO}),
    ("jaccard", ("binary",)): ("jaccard_score", ZERO),
    ("jaccard_macro", (*ONE_LABEL, "multi_label")): ("jaccard_score", {"average": "macro", **ZERO}),
    ("jaccard_micro", ("multi_label",)): ("jaccard_score", {"average": "micro", **ZERO}),
    ("jaccard_samples", ("multi_label",)): ("jaccard_score", {"average": "samples", **ZERO}),
    ("exact_match", ("multi_label",)): ("accuracy_score", {}),
    ("hamming_loss", ("multi_label",)): ("hamming_loss", {}),
    ("cohen_kappa", ONE_LABEL): ("cohen_kappa_score", {}),
    ("linear_weighted_kappa", ("ordinal",)): ("cohen_kappa_score", {"weights": "linear"}),
}
NUMBERS = {
    "mse": "mean_squared_error",
    "median_absolute_error": "median_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "r2": "r2_score",
    "rmsle": "root_mean_squared_log_error",
}


def test_scores_of_labels_by_hand():
    found = Confusion(*(np.array([[part]]) for part in (3.0, 4.0, 6.0)), n_rows=9.0)
    assert f_beta_of_labels(found, 2.0).tolist() == [[5 * 3 / (4 * 6 + 4)]]
    recalls = Confusion(*(np.array([part]) for part in ([1.0, 0.0], [1.0, 1], [2.0, 0])), 2.0)
    assert balanced_accuracy(recalls).tolist() == [0.5]  # nobody has the second label


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kinds"), LABELS)
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_metrics_of_labels_agree_with_scikit_learn(name, kinds, data):
    function, arguments = LABELS[name, kinds]
    task, targets, outputs = data.draw(label_problems(data.draw(st.sampled_from(kinds))))
    decided = task.decide(outputs)
    if task.kind != "multi_label":
        labels, decided = targets.labels.reshape(-1).astype(int), decided.reshape(-1)
        if "kappa" in name:
            assume(len(np.unique(decided)) > 1)
            n = max(len(task.classes), 2)
            arguments = {**arguments, "labels": list(range(n))}
    else:
        assume(targets.labels.shape[1] > 1)
        labels = targets.labels.astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that only predictions have
        expected = getattr(sklearn_metrics, function)(
            labels, decided, sample_weight=targets.weights, **arguments
        )
    assert score(name, task, targets, outputs) == pytest.approx(expected)


@pytest.mark.parametrize("name", NUMBERS)
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_metrics_of_numbers_agree_with_scikit_learn(name, data):
    task, targets, outputs = data.draw(problems("regression"))
    assume(len(outputs) > 1)
    true, found = targets.labels.astype(float), task.numbers(outputs)
    expected = getattr(sklearn_metrics, NUMBERS[name])(true, found)
    assert score(name, task, targets, outputs) == pytest.approx(expected)


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_gini_and_brier_of_binary_labels_agree_with_scikit_learn(data):
    task, targets, outputs = data.draw(label_problems("binary"))
    labels, found = targets.labels[:, 0].astype(int), outputs[:, 0]
    expected = sklearn_metrics.brier_score_loss(labels, found, sample_weight=targets.weights)
    assert score("brier", task, targets, outputs) == pytest.approx(expected)
    if len(np.unique(labels)) > 1:
        auc = sklearn_metrics.roc_auc_score(labels, found, sample_weight=targets.weights)
        assert score("gini", task, targets, outputs) == pytest.approx(2 * auc - 1)
    else:
        assert math.isnan(score("gini", task, targets, outputs))


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_the_smape_is_between_0_and_2_and_symmetric(data):
    task, targets, outputs = data.draw(problems("regression"))
    found = score("smape", task, targets, outputs)
    assert 0 <= found <= 2
    exchanged = type(targets)(outputs)
    assert score("smape", task, exchanged, targets.labels) == pytest.approx(found)


def test_a_label_of_minus_1_has_no_logarithmic_error_and_one_row_no_r2():
    task = TASKS["regression"](("n",), ((-2.0, 5.0),))
    outputs = np.array([[0.0], [2.0]])
    assert math.isnan(score("rmsle", task, Targets(np.array([[-1.0], [2.0]])), outputs))
    assert math.isnan(score("r2", task, Targets(np.array([[1.0]])), outputs[:1]))
