import math

import numpy as np
import pytest
from helpers.predictions import CASES, problems
from hypothesis import given, settings

from regard.metrics.probabilities import quick_roc_auc
from regard.metrics.registry import score
from regard.tasks import Binary, MultiClass, SoftLabels, Targets

TOXIC = Binary(("toxic",))
CLASSES = MultiClass(("a", "b", "c"))
SHARES = SoftLabels(("a", "b"))
EXCLUSIVE = SoftLabels(("a", "b"), exclusive=True)


def test_the_bias_of_two_subgroups_by_hand():
    labels = np.array([[1], [1], [0], [0], [1], [0]], np.float32)
    outputs = np.array([[0.9], [0.3], [0.4], [0.1], [0.8], [0.35]], np.float32)
    subgroups = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [0, 0]], bool)
    within = [1 / 2, 1]  # 0.9 and 0.3 against 0.4; 0.8 against 0.1
    # its negatives against their positives: 0.4 against 0.8; 0.1 against 0.9 and 0.3
    other_positives = [1, 1]
    other_negatives = [3 / 4, 1]  # 0.9 and 0.3 against 0.1 and 0.35; 0.8 against 0.4 and 0.35
    overall = 7 / 9  # 0.3 is below 0.4 and 0.35
    means = [
        (sum(auc**-5 for auc in aucs) / 2) ** (-1 / 5)
        for aucs in (within, other_positives, other_negatives)
    ]
    found = score("bias_roc_auc", TOXIC, Targets(labels, None, subgroups), outputs)
    assert found == pytest.approx((overall + sum(means)) / 4)


def test_subgroups_with_an_undefined_auc_do_not_count():
    task, targets, outputs = CASES["binary"]
    nobody, one_negative = np.zeros((5, 1), bool), np.array([[1], [0], [0], [0], [0]], bool)
    # The only negative of a subgroup, 0.1, is below every positive; the subgroup has no AUC by
    # itself, and no positives.
    both = Targets(targets.labels, None, np.hstack([targets.subgroups, one_negative]))
    assert score("bias_roc_auc", task, both, outputs) == pytest.approx((4 / 6 + 3) / 4)
    assert math.isnan(score("bias_roc_auc", task, Targets(targets.labels, None, nobody), outputs))


def test_a_subgroup_that_is_all_wrong_spoils_its_mean():
    labels = np.array([[0], [1], [0], [1]], np.float32)
    outputs = np.array([[0.9], [0.1], [0.2], [0.8]], np.float32)
    subgroups = np.array([[1], [1], [0], [0]], bool)
    # Only 0.8 against 0.2 is right: in the subgroup 0.1 against 0.9 is not, nor is either of them
    # against the other rows.
    found = score("bias_roc_auc", TOXIC, Targets(labels, None, subgroups), outputs)
    assert found == pytest.approx(0.25 / 4)


def test_the_log_loss_of_exclusive_columns_is_a_mean_over_rows():
    targets = Targets(np.array([[0.25, 0.75], [1.0, 0.0]], np.float32))
    outputs = np.array([[0.5, 0.5], [0.8, 0.2]], np.float32)
    by_row = -(math.log(0.5) + math.log(0.8)) / 2
    assert score("log_loss", EXCLUSIVE, targets, outputs) == pytest.approx(by_row)
    by_cell = -(0.25 * math.log(0.5) + 0.75 * math.log(0.5) + math.log(0.8)) / 2
    assert score("log_loss", SHARES, targets, outputs) == pytest.approx(by_cell)


def test_certain_and_wrong_is_a_large_loss_but_not_infinite():
    positive, second = Targets(np.array([[1.0]], np.float32)), Targets(np.array([1], np.int32))
    found = [
        score("log_loss", CLASSES, second, np.array([[1.0, 0.0, 0.0]], np.float32)),
        score("log_loss", TOXIC, positive, np.array([[0.0]], np.float32)),
        score("log_loss", SoftLabels(("target",)), positive, np.array([[0.0]], np.float32)),
    ]
    assert all(15 < loss < 50 for loss in found)


def test_rows_that_do_not_quite_sum_to_one_are_normalised():
    targets = Targets(np.array([0, 1], np.int32))
    outputs = np.array([[0.25, 0.155, 0.1], [0.1, 0.9, 0.0]], np.float32)
    expected = -(math.log(0.25 / 0.505) + math.log(0.9)) / 2
    assert score("log_loss", CLASSES, targets, outputs) == pytest.approx(expected)


def test_a_tie_counts_half():
    targets = Targets(np.array([[1], [1], [0], [0]], np.float32))
    outputs = np.array([[0.4], [0.9], [0.4], [0.1]])
    assert quick_roc_auc(TOXIC, targets, outputs) == 3.5 / 4


@given(problems("multi_label"))
@settings(max_examples=20, deadline=None)
def test_the_quick_auc_is_the_metric(drawn):
    expected = score("mean_column_roc_auc", *drawn)
    assert quick_roc_auc(*drawn) == pytest.approx(expected, nan_ok=True)


def scores(drawn, names):
    return {name: score(name, *drawn) for name in names}


@pytest.mark.slow
@given(problems("multi_class"))
@settings(max_examples=20, deadline=None)
def test_probabilities_of_classes_agree_with_scikit_learn(drawn):
    from sklearn import metrics

    _, targets, outputs = drawn
    rows, labels = outputs.astype(np.float64), targets.labels
    every_class = list(range(rows.shape[1]))
    sum_to_one = rows / rows.sum(axis=1, keepdims=True)
    expected = {"log_loss": metrics.log_loss(labels, sum_to_one, labels=every_class)}
    if len(set(labels)) == len(every_class):
        # Its own one-versus-rest mode wants rows that sum to one, and normalising breaks ties.
        aucs = [metrics.roc_auc_score(labels == label, rows[:, label]) for label in every_class]
        expected["roc_auc"] = np.mean(aucs)
    assert scores(drawn, expected) == pytest.approx(expected)


@pytest.mark.slow
@given(problems("binary"))
@settings(max_examples=20, deadline=None)
def test_binary_probabilities_agree_with_scikit_learn(drawn):
    from sklearn import metrics

    _, targets, outputs = drawn
    labels, found = targets.labels[:, 0], outputs[:, 0].astype(np.float64)
    expected = {"log_loss": metrics.log_loss(labels, found, labels=[0, 1])}
    if len(set(labels)) == 2:
        expected["roc_auc"] = metrics.roc_auc_score(labels, found)
        expected["pr_auc"] = metrics.average_precision_score(labels, found)
    assert scores(drawn, expected) == pytest.approx(expected)


@pytest.mark.slow
@given(problems("multi_label"))
@settings(max_examples=20, deadline=None)
def test_probabilities_of_several_labels_agree_with_scikit_learn(drawn):
    from sklearn import metrics

    _, targets, outputs = drawn
    labels, found = targets.labels, outputs.astype(np.float64)
    columns = range(labels.shape[1])
    losses = [metrics.log_loss(labels[:, at], found[:, at], labels=[0, 1]) for at in columns]
    expected = {"log_loss": np.mean(losses)}
    columns = [at for at in columns if len(set(labels[:, at])) == 2]
    if columns:
        kept = labels[:, columns], found[:, columns]
        expected["mean_column_roc_auc"] = metrics.roc_auc_score(*kept, average="macro")
        expected["pr_auc"] = metrics.average_precision_score(*kept, average="macro")
    assert scores(drawn, expected) == pytest.approx(expected)
