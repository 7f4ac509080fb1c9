import math
import subprocess
import sys

import numpy as np
import pytest
from helpers.cases import competition
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regard.config.competition import LABEL_METRICS, METRIC_OF_TASK, TASKS
from regard.errors import ConfigError
from regard.metrics.registry import (
    METRICS,
    check_metric,
    greater_is_better,
    needs_labels,
    score,
)
from regard.tasks import (
    TASKS,
    Binary,
    MultiClass,
    MultiLabel,
    Ordinal,
    Regression,
    SoftLabels,
    Targets,
)

CLASSES = MultiClass(("a", "b", "c"))
YES_OR_NO = Binary(("toxic",))
CELLS = MultiLabel(("a", "b", "c"))
RANKS = Ordinal(("1", "2", "4"))
NUMBERS = Regression(("a", "b"), ranges=((0.0, 4.0), (0.0, 10.0)))
SHARE = SoftLabels(("target",))
SHARES = SoftLabels(("a", "b"))
EXCLUSIVE = SoftLabels(("a", "b"), exclusive=True)

CASES = {
    "multi_class": (
        CLASSES,
        Targets(np.array([0, 0, 1, 2], np.int32)),
        # 0 1 1 2
        np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.8, 0.1], [0.1, 0.3, 0.6]], np.float32),
    ),
    "binary": (
        YES_OR_NO,
        Targets(
            np.array([[0], [1], [1], [0], [1]], np.float32),
            None,
            np.array([[1], [1], [0], [0], [0]], bool),
        ),
        np.array([[0.1], [0.9], [0.5], [0.6], [0.2]], np.float32),  # no yes yes yes no
    ),
    "multi_label": (
        CELLS,
        Targets(np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]], np.float32)),
        np.array([[0.9, 0.4, 0.2], [0.7, 0.3, 0.6], [0.6, 0.8, 0.1], [0.2, 0.1, 0.1]], np.float32),
    ),
    "ordinal": (
        RANKS,
        Targets(np.array([0, 1, 2, 2], np.int32)),
        # 0 1 1 2; 1.25 1.75 2.75 3.5
        np.array([[0.25, 0.0], [0.75, 0.0], [0.75, 0.5], [1.0, 0.75]], np.float32),
    ),
    "regression": (
        NUMBERS,
        Targets(np.array([[1, 10], [2, 4], [4, 2]], np.float32)),
        np.array([[2, 12], [3, 4], [3, 6]], np.float32),  # 12 is out of range, so it counts as 10
    ),
    "soft_labels": (
        SHARE,
        Targets(
            np.array([[0.0], [0.5], [1.0], [0.25]], np.float32),
            None,
            np.array([[1], [1], [0], [0]], bool),
        ),
        np.array([[0.25], [0.5], [0.75], [0.5]], np.float32),
    ),
}
WORKED = {
    "multi_class": {
        "accuracy": 3 / 4,
        "log_loss": -math.log(0.7 * 0.2 * 0.8 * 0.6) / 4,
        "roc_auc": 1.0,  # in each column the rows of its class stand highest
        "f1_macro": (2 / 3 + 2 / 3 + 1) / 3,
        "f1_micro": 3 / 4,
        "f1_weighted": (2 * 2 / 3 + 1 * 2 / 3 + 1 * 1) / 4,
        # Gorodkin 2004
        "matthews_correlation": (3 * 4 - (2 * 1 + 1 * 2 + 1 * 1)) / (16 - (4 + 1 + 1)),
    },
    "binary": {
        "accuracy": 3 / 5,
        "log_loss": -math.log(0.9 * 0.9 * 0.5 * 0.4 * 0.2) / 5,
        "roc_auc": 4 / 6,  # of the pairs of a yes and a no, 0.5 and 0.2 stand below 0.6
        "pr_auc": (1 / 1 + 2 / 3 + 3 / 4) / 3,
        "f1": 2 / 3,
        "f1_macro": (2 / 3 + 1 / 2) / 2,
        "f1_micro": 3 / 5,
        "f1_weighted": (3 * 2 / 3 + 2 * 1 / 2) / 5,
        "matthews_correlation": (2 * 1 - 1 * 1) / math.sqrt(3 * 3 * 2 * 2),
        # the subgroup's yes is the highest, its no the lowest
        "bias_roc_auc": (4 / 6 + 1 + 1 + 1) / 4,
    },
    "multi_label": {
        "accuracy": 9 / 12,
        "log_loss": -math.log(0.9 * 0.3 * 0.6 * 0.8 * 0.6 * 0.3 * 0.8 * 0.9 * 0.8 * 0.4 * 0.9 * 0.9)
        / 12,
        "mean_column_roc_auc": (3 / 4 + 3 / 4) / 2,  # nobody has the third label
        "pr_auc": ((1 + 2 / 3) / 2 + (1 + 2 / 3) / 2) / 2,
        "f1_macro": (4 / 5 + 2 / 3 + 0) / 3,
        "f1_micro": 2 * 3 / (4 + 5),
        "f1_weighted": (4 / 5 + 2 / 3) / 2,
    },
    "ordinal": {
        "accuracy": 3 / 4,
        "f1_macro": (1 + 2 / 3 + 2 / 3) / 3,
        "f1_micro": 3 / 4,
        "f1_weighted": (1 * 1 + 1 * 2 / 3 + 2 * 2 / 3) / 4,
        "matthews_correlation": (3 * 4 - (1 * 1 + 1 * 2 + 2 * 1)) / (16 - (1 + 1 + 4)),
        "quadratic_weighted_kappa": 1 - 1 / ((1 * 1 + 2 * 4 + 2 * 1 + 4 * 1 + 1 * 4 + 1 * 1) / 4),
        "rmse": math.sqrt((0.25**2 + 0.25**2 + 1.25**2 + 0.5**2) / 4),
        "mae": (0.25 + 0.25 + 1.25 + 0.5) / 4,
        "spearman": 4.5 / math.sqrt(5 * 4.5),
        "pearson": 4.3125 / math.sqrt(6.75 * 3.046875),
    },
    "regression": {
        "rmse": math.sqrt((1 + 1 + 1 + 0 + 0 + 16) / 6),
        "mcrmse": (math.sqrt((1 + 1 + 1) / 3) + math.sqrt((0 + 0 + 16) / 3)) / 2,
        "mae": (1 + 1 + 1 + 0 + 0 + 4) / 6,
        "spearman": (1.5 / math.sqrt(2 * 1.5) + 1 / 2) / 2,
        "pearson": (12 / math.sqrt(42 * 6) + 192 / math.sqrt(312 * 168)) / 2,
    },
    "soft_labels": {
        "log_loss": -math.log(0.75 * 0.5 * 0.75 * 0.5) / 4,
        "roc_auc": 3.5 / 4,  # one half is a yes
        "mean_column_roc_auc": 3.5 / 4,
        "pr_auc": (1 + 2 / 3) / 2,
        "bias_roc_auc": (3.5 / 4 + 1 + 1 + 1 / 2) / 4,
        "rmse": math.sqrt(3 / 16 / 4),
        "mcrmse": math.sqrt(3 / 16 / 4),
        "mae": 3 / 16,
        "spearman": 4.5 / math.sqrt(5 * 4.5),
        "pearson": 0.25 / math.sqrt(0.546875 * 0.125),
    },
}
PAIRS = [(name, kind) for name in METRICS for kind in METRICS[name].tasks]


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_scores_by_hand(name, kind):
    assert score(name, *CASES[kind]) == pytest.approx(WORKED[kind][name])


def test_tasks_of_the_schema_have_metrics_and_their_usual_one_fits():
    assert {kind for _, kind in PAIRS} == set(TASKS)
    for kind, name in METRIC_OF_TASK.items():
        assert kind in METRICS[name].tasks
    assert "regression" in METRICS["mcrmse"].tasks


def test_the_schema_knows_which_metrics_compare_labels():
    assert {name for name in METRICS if needs_labels(name)} == set(LABEL_METRICS)


def test_only_of_losses_and_errors_a_smaller_one_is_better():
    assert {name for name in METRICS if not greater_is_better(name)} == {
        "log_loss",
        "rmse",
        "mcrmse",
        "mae",
    }


def test_thresholds_decide_what_metrics_of_labels_see():
    task, truth, outputs = CASES["binary"]
    assert score("accuracy", task, truth, outputs, np.array([0.15])) == pytest.approx(4 / 5)
    assert score("roc_auc", task, truth, outputs, np.array([0.15])) == pytest.approx(4 / 6)
    task, truth, outputs = CASES["ordinal"]
    assert score(
        "quadratic_weighted_kappa", task, truth, outputs, np.array([0.5, 1.0])
    ) == pytest.approx(1.0)
    task, truth, outputs = CASES["multi_label"]
    assert score("f1_micro", task, truth, outputs, np.array([0.8, 0.2, 0.9])) == pytest.approx(
        2 * 3 / (4 + 4)
    )


def test_the_bias_of_two_subgroups_by_hand():
    labels = np.array([[1], [1], [0], [0], [1], [0]], np.float32)
    found = np.array([[0.9], [0.3], [0.4], [0.1], [0.8], [0.35]], np.float32)
    subgroups = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [0, 0]], bool)
    within = [1 / 2, 1]  # 0.9 and 0.3 against 0.4; 0.8 against 0.1
    # its negatives against their positives: 0.4 against 0.8; 0.1 against 0.9 and 0.3
    other_positives = [1, 1]
    other_negatives = [3 / 4, 1]  # 0.9 and 0.3 against 0.1 and 0.35; 0.8 against 0.4 and 0.35
    overall = 7 / 9  # 0.3 stands below 0.4 and 0.35
    means = [
        (sum(auc**-5 for auc in aucs) / 2) ** (-1 / 5)
        for aucs in (within, other_positives, other_negatives)
    ]
    found_score = score("bias_roc_auc", YES_OR_NO, Targets(labels, None, subgroups), found)
    assert found_score == pytest.approx((overall + sum(means)) / 4)


def test_subgroups_whose_auc_is_not_defined_do_not_count():
    task, truth, outputs = CASES["binary"]
    nobody, one_no = np.zeros((5, 1), bool), np.array([[1], [0], [0], [0], [0]], bool)
    # The only no of a subgroup, 0.1, stands below every yes; it has no AUC of its own, and no
    # positives.
    both = Targets(truth.labels, None, np.hstack([truth.subgroups, one_no]))
    assert score("bias_roc_auc", task, both, outputs) == pytest.approx((4 / 6 + 3) / 4)
    assert math.isnan(score("bias_roc_auc", task, Targets(truth.labels, None, nobody), outputs))


def test_a_subgroup_that_is_all_wrong_spoils_its_mean():
    labels, found = (
        np.array([[0], [1], [0], [1]], np.float32),
        np.array([[0.9], [0.1], [0.2], [0.8]], np.float32),
    )
    subgroups = np.array([[1], [1], [0], [0]], bool)
    # Only 0.8 against 0.2 is right: in the subgroup 0.1 against 0.9 is not, nor is it against the
    # others' either.
    assert score(
        "bias_roc_auc", YES_OR_NO, Targets(labels, None, subgroups), found
    ) == pytest.approx(0.25 / 4)


def test_shares_that_exclude_one_another_are_scored_by_row():
    truth = Targets(np.array([[0.25, 0.75], [1.0, 0.0]], np.float32))
    outputs = np.array([[0.5, 0.5], [0.8, 0.2]], np.float32)
    by_row = -(math.log(0.5) + math.log(0.8)) / 2
    assert score("log_loss", EXCLUSIVE, truth, outputs) == pytest.approx(by_row)
    of_two = -(0.25 * math.log(0.5) + 0.75 * math.log(0.5) + math.log(0.8)) / 2
    assert score("log_loss", SHARES, truth, outputs) == pytest.approx(of_two)


def test_names_that_are_no_numbers_stand_for_their_rank():
    task = Ordinal(("bad", "fair", "good"))
    _, truth, outputs = CASES["ordinal"]
    assert score("mae", task, truth, outputs) == pytest.approx((0.25 + 0.25 + 0.75 + 0.25) / 4)


@pytest.mark.parametrize("name", ["spearman", "pearson"])
def test_what_is_constant_has_no_correlation(name):
    truth = Targets(np.array([[1, 10], [2, 4], [4, 2]], np.float32))
    assert math.isnan(score(name, NUMBERS, truth, np.array([[1, 3], [2, 3], [3, 3]], np.float32)))
    assert math.isnan(
        score(name, NUMBERS, Targets(truth.labels[:1]), np.array([[1, 3]], np.float32))
    )
    assert math.isnan(
        score(
            name, RANKS, Targets(np.array([1, 1])), np.array([[0.2, 0.1], [0.4, 0.3]], np.float32)
        )
    )


def test_kappa_of_one_rank_throughout_is_that_of_chance():
    low, high = np.array([[0.1, 0.0], [0.2, 0.0]]), np.array([[0.1, 0.0], [0.9, 0.0]])
    assert score("quadratic_weighted_kappa", RANKS, Targets(np.array([0, 0])), low) == 0.0
    assert score("quadratic_weighted_kappa", RANKS, Targets(np.array([0, 1])), low) == 0.0
    assert score(
        "quadratic_weighted_kappa", RANKS, Targets(np.array([0, 0])), high
    ) == pytest.approx(0.0)
    assert score(
        "quadratic_weighted_kappa", RANKS, Targets(np.array([0, 1])), high
    ) == pytest.approx(1.0)


def right_and_wrong(task, labels):
    """Outputs that are right, and outputs that are wrong, for a task."""
    if task.kind == "regression":
        return labels, labels.max(axis=0) - labels
    truth = np.eye(3)[labels] if task.kind == "multi_class" else labels
    if task.kind == "ordinal":
        truth = labels[:, None] > np.arange(2)
    return 0.1 + 0.8 * truth, 0.9 - 0.8 * truth


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_the_right_direction_is_that_of_the_truth(name, kind):
    task, truth, _ = CASES[kind]
    right, wrong = right_and_wrong(task, truth.labels)
    assert (score(name, task, truth, right) > score(name, task, truth, wrong)) == greater_is_better(
        name
    )


chance = st.integers(0, 20).map(lambda number: number / 20)  # few values, so that there are ties


@st.composite
def problems(draw, kind):
    """A task of this kind, labels, and outputs of few values; labels may be all alike."""
    n_rows, n_names = draw(st.integers(1, 12)), draw(st.integers(2, 4))
    names = tuple("abcd"[:n_names])
    if kind == "multi_class":
        raw = draw(arrays(np.float32, (n_rows, n_names), elements=st.integers(1, 20)))
        labels = draw(arrays(np.int32, n_rows, elements=st.integers(0, n_names - 1)))
        return TASKS[kind](names), Targets(labels), raw / raw.sum(axis=1, keepdims=True)
    if kind == "ordinal":
        labels = draw(arrays(np.int32, n_rows, elements=st.integers(0, n_names - 1)))
        outputs = draw(arrays(np.float64, (n_rows, n_names - 1), elements=chance))
        return TASKS[kind](names), Targets(labels), -np.sort(-outputs, axis=1).astype(np.float32)
    names = names[:1] if kind == "binary" else names
    cell = chance if kind in ("regression", "soft_labels") else st.sampled_from([0.0, 1.0])
    labels = draw(arrays(np.float64, (n_rows, len(names)), elements=cell)).astype(np.float32)
    outputs = draw(arrays(np.float64, labels.shape, elements=chance)).astype(np.float32)
    ranges = ((0.0, 1.0),) * len(names) if kind == "regression" else ()
    return TASKS[kind](names, ranges=ranges), Targets(labels), outputs


@pytest.mark.slow
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_every_metric_runs_on_anything_without_a_warning(data):
    kind = data.draw(st.sampled_from(TASKS))
    task, truth, outputs = data.draw(problems(kind))
    subgroups = data.draw(arrays(bool, (len(outputs), 2)))
    one = TASKS[kind](task.label_names[:1]) if kind == "soft_labels" else task
    for name, metric in METRICS.items():
        if kind in metric.tasks:
            narrow = kind == "soft_labels" and metric.one_column
            labels, found = (
                (truth.labels[:, :1], outputs[:, :1]) if narrow else (truth.labels, outputs)
            )
            assert isinstance(
                score(name, one if narrow else task, Targets(labels, None, subgroups), found), float
            )


def of_classes(labels, predicted):
    """What scikit-learn says of single labels."""
    from sklearn import metrics

    expected = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "matthews_correlation": metrics.matthews_corrcoef(labels, predicted),
    }
    for average in ("macro", "micro", "weighted"):
        expected[f"f1_{average}"] = metrics.f1_score(
            labels, predicted, average=average, zero_division=0.0
        )
    return expected


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@given(problems("multi_class"))
@settings(max_examples=20, deadline=None)
def test_scores_of_classes_are_those_of_scikit_learn(drawn):
    from sklearn import metrics

    task, truth, outputs = drawn
    rows, labels = outputs.astype(np.float64), truth.labels
    every_class = list(range(rows.shape[1]))
    expected = of_classes(labels, [row.index(max(row)) for row in outputs.tolist()])
    expected["log_loss"] = metrics.log_loss(
        labels, rows / rows.sum(axis=1, keepdims=True), labels=every_class
    )
    if len(set(labels)) == len(every_class):
        # Its own one-versus-rest wants rows that sum to one; to normalise them can part what was
        # alike.
        aucs = [metrics.roc_auc_score(labels == label, rows[:, label]) for label in every_class]
        expected["roc_auc"] = np.mean(aucs)
    assert {name: score(name, task, truth, outputs) for name in expected} == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@given(problems("ordinal"))
@settings(max_examples=20, deadline=None)
def test_scores_of_ranks_are_those_of_scikit_learn(drawn):
    from sklearn import metrics

    task, truth, outputs = drawn
    labels, expected_rank = truth.labels, outputs.astype(np.float64).sum(axis=1)
    predicted = [
        sum(rank >= cut for cut in np.arange(outputs.shape[1]) + 0.5) for rank in expected_rank
    ]
    expected = of_classes(labels, predicted)
    expected["rmse"] = metrics.root_mean_squared_error(labels, expected_rank)
    if len(set(predicted)) > 1:
        # else ranks that do not occur bring others closer together
        every = range(len(task.label_names))
        kappa = metrics.cohen_kappa_score(labels, predicted, labels=every, weights="quadratic")
        expected["quadratic_weighted_kappa"] = kappa
    assert {name: score(name, task, truth, outputs) for name in expected} == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@given(problems("binary"))
@settings(max_examples=20, deadline=None)
def test_scores_of_yes_or_no_are_those_of_scikit_learn(drawn):
    from sklearn import metrics

    task, truth, outputs = drawn
    labels, found = truth.labels[:, 0], outputs[:, 0].astype(np.float64)
    predicted = [float(probability >= 0.5) for probability in found]
    expected = of_classes(labels, predicted)
    expected["f1"] = metrics.f1_score(labels, predicted, zero_division=0.0)
    expected["log_loss"] = metrics.log_loss(labels, found, labels=[0, 1])
    if len(set(labels)) == 2:
        expected["roc_auc"] = metrics.roc_auc_score(labels, found)
        expected["pr_auc"] = metrics.average_precision_score(labels, found)
    assert {name: score(name, task, truth, outputs) for name in expected} == pytest.approx(expected)


@pytest.mark.slow
@given(problems("multi_label"))
@settings(max_examples=20, deadline=None)
def test_scores_of_several_labels_are_those_of_scikit_learn(drawn):
    from sklearn import metrics

    task, truth, outputs = drawn
    labels, found = truth.labels, outputs.astype(np.float64)
    predicted = (found >= 0.5).astype(int)
    columns = range(labels.shape[1])
    expected = {
        "accuracy": np.mean(
            [metrics.accuracy_score(labels[:, at], predicted[:, at]) for at in columns]
        ),
        "log_loss": np.mean(
            [metrics.log_loss(labels[:, at], found[:, at], labels=[0, 1]) for at in columns]
        ),
    }
    for average in ("macro", "micro", "weighted"):
        expected[f"f1_{average}"] = metrics.f1_score(
            labels, predicted, average=average, zero_division=0.0
        )
    columns = [at for at in columns if len(set(labels[:, at])) == 2]
    if columns:
        kept = labels[:, columns], found[:, columns]
        expected["mean_column_roc_auc"] = metrics.roc_auc_score(*kept, average="macro")
        expected["pr_auc"] = metrics.average_precision_score(*kept, average="macro")
    assert {name: score(name, task, truth, outputs) for name in expected} == pytest.approx(expected)


@given(problems("regression"))
@settings(max_examples=20, deadline=None)
def test_errors_of_numbers_are_those_of_their_definition(drawn):
    task, truth, outputs = drawn
    errors = (outputs.astype(np.float64) - truth.labels).T.tolist()
    cells = [error for column in errors for error in column]
    expected = {
        "rmse": math.sqrt(sum(error**2 for error in cells) / len(cells)),
        "mae": sum(map(abs, cells)) / len(cells),
        "mcrmse": np.mean(
            [math.sqrt(sum(error**2 for error in column) / len(column)) for column in errors]
        ),
    }
    assert {name: score(name, task, truth, outputs) for name in expected} == pytest.approx(expected)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_the_weight_of_a_row_is_how_often_it_stands_there(data):
    task, truth, outputs = data.draw(problems("binary"))
    counts = data.draw(arrays(np.int64, len(outputs), elements=st.integers(1, 3)))
    subgroups = data.draw(arrays(bool, (len(outputs), 2)))
    weighted = Targets(truth.labels, counts.astype(np.float64), subgroups)
    repeated = Targets(truth.labels, None, subgroups).take(
        np.repeat(np.arange(len(counts)), counts)
    )
    for name in (name for name in METRICS if "binary" in METRICS[name].tasks):
        expected = score(name, task, repeated, np.repeat(outputs, counts, axis=0))
        assert score(name, task, weighted, outputs) == pytest.approx(expected, nan_ok=True)


@pytest.mark.slow
@given(st.data(), st.randoms())
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter(data, dice):
    kind = data.draw(st.sampled_from(TASKS))
    task, truth, outputs = data.draw(problems(kind))
    order = np.array(dice.sample(range(len(outputs)), len(outputs)))
    for name in (
        name for name, metric in METRICS.items() if kind in metric.tasks and not metric.one_column
    ):
        expected = score(name, task, truth, outputs)
        assert score(name, task, truth.take(order), outputs[order]) == pytest.approx(
            expected, nan_ok=True
        )


@pytest.mark.parametrize("name", [name for name in METRICS if "multi_class" in METRICS[name].tasks])
def test_a_fold_may_lack_a_class(name):
    task, _, outputs = CASES["multi_class"]
    assert math.isfinite(score(name, task, Targets(np.array([0, 1, 1], np.int32)), outputs[:3]))
    alone = score(name, task, Targets(np.array([1, 1], np.int32)), outputs[1:3])
    assert math.isnan(alone) == (name == "roc_auc")


@pytest.mark.parametrize("name", [name for name in METRICS if "binary" in METRICS[name].tasks])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_a_fold_of_one_label_only(name, label):
    truth = Targets(np.full((3, 1), label, np.float32), None, np.array([[1], [0], [1]], bool))
    found = score(name, YES_OR_NO, truth, np.array([[0.1], [0.2], [0.3]], np.float32))
    assert math.isnan(found) == (name in ("roc_auc", "pr_auc", "bias_roc_auc"))


def test_certain_and_wrong_is_a_large_loss_and_not_an_infinite_one():
    yes, first = Targets(np.array([[1.0]], np.float32)), Targets(np.array([1], np.int32))
    assert 15 < score("log_loss", CLASSES, first, np.array([[1.0, 0.0, 0.0]], np.float32)) < 50
    assert 15 < score("log_loss", YES_OR_NO, yes, np.array([[0.0]], np.float32)) < 50
    assert 15 < score("log_loss", SHARE, yes, np.array([[0.0]], np.float32)) < 50


def test_rows_that_do_not_quite_sum_to_one_are_normalised():
    outputs = np.array([[0.25, 0.155, 0.1], [0.1, 0.9, 0.0]], np.float32)
    expected = -(math.log(0.25 / 0.505) + math.log(0.9)) / 2
    assert score(
        "log_loss", CLASSES, Targets(np.array([0, 1], np.int32)), outputs
    ) == pytest.approx(expected)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_an_output_of_nan_has_no_score(name, kind):
    task, truth, outputs = CASES[kind]
    broken = outputs.copy()
    broken[1, 0] = np.nan
    assert math.isnan(score(name, task, truth, broken))


def check(task, metric, n_columns=1, subgroups=()):
    """Check the metric of a competition of so many label columns."""
    columns = [f"label_{number}" for number in range(n_columns)]
    check_metric(
        competition(
            task=task, metric=metric, label_columns=columns, subgroup_columns=list(subgroups)
        )
    )


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_fits_the_tasks_it_names_and_no_other(name):
    subgroups = ["group"] if name == "bias_roc_auc" else []
    for task in TASKS:
        if task in METRICS[name].tasks:
            check(task, name, subgroups=subgroups)
        else:
            with pytest.raises(
                ConfigError, match=f"competition.metric={name} does not fit the task {task}"
            ):
                check(task, name, subgroups=subgroups)


def test_a_misspelt_metric_is_answered_with_the_nearest():
    with pytest.raises(
        ConfigError,
        match=r"^competition\.metric=acuracy is not known; did you mean 'accuracy'\? For",
    ):
        check("binary", "acuracy")


def test_an_unknown_metric_is_answered_with_all():
    with pytest.raises(ConfigError) as caught:
        check("binary", "xyz")
    assert all(name in str(caught.value) for name in METRICS)


def test_a_metric_of_another_task_is_answered_with_those_that_fit():
    with pytest.raises(ConfigError) as caught:
        check("multi_class", "rmse")
    assert str(caught.value) == (
        "competition.metric=rmse does not fit the task multi_class, only regression, soft_labels, ordinal; for "
        "multi_class there are: accuracy, f1_macro, f1_micro, f1_weighted, log_loss, matthews_correlation, roc_auc"
    )


@pytest.mark.parametrize("name", ["roc_auc", "bias_roc_auc"])
def test_some_metrics_are_for_one_column(name):
    with pytest.raises(
        ConfigError,
        match=r"is for one label column, not 2; for soft_labels there are: .*mean_column",
    ):
        check("soft_labels", name, n_columns=2, subgroups=["group"])
    check("soft_labels", "mean_column_roc_auc", n_columns=2)


def test_subgroups_and_the_metric_that_compares_them_go_together():
    with pytest.raises(ConfigError, match=r"name their columns in competition\.subgroup_columns"):
        check("binary", "bias_roc_auc")
    with pytest.raises(
        ConfigError, match=r"subgroup_columns has 2; set competition\.metric=bias_roc_auc"
    ):
        check("binary", "roc_auc", subgroups=["a", "b"])


@pytest.mark.slow
def test_checking_a_metric_does_not_wait_for_scikit_learn():
    code = (
        "import sys; from regard.metrics import registry as metrics; metrics.greater_is_better('f1'); metrics.needs_labels('f1'); "
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
