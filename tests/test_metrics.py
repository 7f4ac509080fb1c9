import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regard.config import TASKS
from regard.errors import ConfigError
from regard.metrics import METRICS, check_metric, greater_is_better, predicted_labels, score

CLASSES = np.array([0, 0, 1, 2], np.int32)
OF_CLASSES = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.8, 0.1], [0.1, 0.3, 0.6]], np.float32)  # 0 1 1 2
YES_OR_NO = np.array([[0], [1], [1], [0], [1]], np.float32)
OF_YES = np.array([[0.1], [0.9], [0.5], [0.6], [0.2]], np.float32)  # no yes yes yes no
CELLS = np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]], np.float32)
OF_CELLS = np.array([[0.9, 0.4, 0.2], [0.7, 0.3, 0.6], [0.6, 0.8, 0.1], [0.2, 0.1, 0.1]], np.float32)
CASES = {"multi_class": (CLASSES, OF_CLASSES), "binary": (YES_OR_NO, OF_YES), "multi_label": (CELLS, OF_CELLS)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 3 / 4),
        ("log_loss", -math.log(0.7 * 0.2 * 0.8 * 0.6) / 4),
        ("f1_macro", (2 / 3 + 2 / 3 + 1) / 3),
        ("f1_micro", 3 / 4),
        ("f1_weighted", (2 * 2 / 3 + 1 * 2 / 3 + 1 * 1) / 4),
        ("matthews_correlation", (3 * 4 - (2 * 1 + 1 * 2 + 1 * 1)) / (16 - (4 + 1 + 1))),  # Gorodkin 2004
    ],
)
def test_scores_of_classes_by_hand(name, expected):
    assert score(name, CLASSES, OF_CLASSES) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 3 / 5),
        ("log_loss", -math.log(0.9 * 0.9 * 0.5 * 0.4 * 0.2) / 5),
        ("roc_auc", 4 / 6),  # of the pairs of a yes and a no, 0.5 and 0.2 stand below 0.6
        ("pr_auc", (1 / 1 + 2 / 3 + 3 / 4) / 3),
        ("f1", 2 / 3),
        ("f1_macro", (2 / 3 + 1 / 2) / 2),
        ("f1_micro", 3 / 5),
        ("f1_weighted", (3 * 2 / 3 + 2 * 1 / 2) / 5),
        ("matthews_correlation", (2 * 1 - 1 * 1) / math.sqrt(3 * 3 * 2 * 2)),
    ],
)
def test_scores_of_yes_or_no_by_hand(name, expected):
    assert score(name, YES_OR_NO, OF_YES) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 9 / 12),
        ("log_loss", -math.log(0.9 * 0.3 * 0.6 * 0.8 * 0.6 * 0.3 * 0.8 * 0.9 * 0.8 * 0.4 * 0.9 * 0.9) / 12),
        ("mean_column_roc_auc", (3 / 4 + 3 / 4) / 2),  # nobody has the third label
        ("pr_auc", ((1 + 2 / 3) / 2 + (1 + 2 / 3) / 2) / 2),
        ("f1_macro", (4 / 5 + 2 / 3 + 0) / 3),
        ("f1_micro", 2 * 3 / (4 + 5)),
        ("f1_weighted", (4 / 5 + 2 / 3) / 2),
    ],
)
def test_scores_of_several_labels_by_hand(name, expected):
    assert score(name, CELLS, OF_CELLS) == pytest.approx(expected)


def test_every_metric_is_worked_by_hand_for_every_task_it_fits():
    by_hand = {
        "multi_class": test_scores_of_classes_by_hand,
        "binary": test_scores_of_yes_or_no_by_hand,
        "multi_label": test_scores_of_several_labels_by_hand,
    }
    for task in TASKS:
        (mark,) = by_hand[task].pytestmark
        assert {name for name, _ in mark.args[1]} == {name for name in METRICS if task in METRICS[name].tasks}


def test_hard_labels_are_the_likeliest_class_or_yes_from_a_half():
    assert predicted_labels(np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]]), classes=True).tolist() == [1, 0]
    assert predicted_labels(np.array([[0.5, 0.4999], [0.0, 1.0]]), classes=False).tolist() == [[1, 0], [0, 1]]


def test_only_of_losses_a_smaller_one_is_better():
    assert [name for name in METRICS if not greater_is_better(name)] == ["log_loss"]


@pytest.mark.parametrize("name", METRICS)
def test_the_right_direction_is_that_of_the_truth(name):
    for task in METRICS[name].tasks:
        labels, _ = CASES[task]
        truth = np.eye(3)[labels] if task == "multi_class" else labels
        right, wrong = 0.1 + 0.8 * truth, 0.9 - 0.8 * truth
        assert (score(name, labels, right) > score(name, labels, wrong)) == greater_is_better(name)


chance = st.integers(0, 20).map(lambda number: number / 20)  # few values, so that there are ties


@st.composite
def classes_and_probabilities(draw):
    n_rows, n_classes = draw(st.integers(1, 12)), draw(st.integers(2, 5))
    labels = draw(arrays(np.int32, n_rows, elements=st.integers(0, n_classes - 1)))
    raw = draw(arrays(np.float32, (n_rows, n_classes), elements=st.integers(1, 20)))
    return labels, raw / raw.sum(axis=1, keepdims=True)


@st.composite
def cells_and_probabilities(draw, least=1, most=4):
    shape = (draw(st.integers(1, 12)), draw(st.integers(least, most)))
    labels = draw(arrays(np.float32, shape, elements=st.sampled_from([0.0, 1.0])))
    return labels, draw(arrays(np.float64, shape, elements=chance)).astype(np.float32)


@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@given(classes_and_probabilities())
@settings(max_examples=40, deadline=None)
def test_scores_of_classes_are_those_of_scikit_learn(drawn):
    from sklearn import metrics

    labels, probabilities = drawn
    predicted = [row.index(max(row)) for row in probabilities.tolist()]
    rows = probabilities.astype(np.float64)
    every_class = list(range(rows.shape[1]))
    expected = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "log_loss": metrics.log_loss(labels, rows / rows.sum(axis=1, keepdims=True), labels=every_class),
        "matthews_correlation": metrics.matthews_corrcoef(labels, predicted),
    }
    for average in ("macro", "micro", "weighted"):
        expected[f"f1_{average}"] = metrics.f1_score(labels, predicted, average=average)
    assert {name: score(name, labels, probabilities) for name in expected} == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@given(cells_and_probabilities(most=1))
@settings(max_examples=40, deadline=None)
def test_scores_of_yes_or_no_are_those_of_scikit_learn(drawn):
    from sklearn import metrics

    labels, probabilities = drawn
    truth, found = labels[:, 0], probabilities[:, 0].astype(np.float64)
    predicted = [float(probability >= 0.5) for probability in found]
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "log_loss": metrics.log_loss(truth, found, labels=[0, 1]),
        "f1": metrics.f1_score(truth, predicted, zero_division=0.0),
        "matthews_correlation": metrics.matthews_corrcoef(truth, predicted),
    }
    for average in ("macro", "micro", "weighted"):
        expected[f"f1_{average}"] = metrics.f1_score(truth, predicted, average=average, zero_division=0.0)
    if len(set(truth)) == 2:
        expected["roc_auc"] = metrics.roc_auc_score(truth, found)
        expected["pr_auc"] = metrics.average_precision_score(truth, found)
    assert {name: score(name, labels, probabilities) for name in expected} == pytest.approx(expected)


@given(cells_and_probabilities(least=2))
@settings(max_examples=40, deadline=None)
def test_scores_of_several_labels_are_those_of_scikit_learn(drawn):
    from sklearn import metrics

    labels, probabilities = drawn
    found = probabilities.astype(np.float64)
    predicted = (found >= 0.5).astype(int)
    columns = range(labels.shape[1])
    expected = {
        "accuracy": np.mean([metrics.accuracy_score(labels[:, at], predicted[:, at]) for at in columns]),
        "log_loss": np.mean([metrics.log_loss(labels[:, at], found[:, at], labels=[0, 1]) for at in columns]),
    }
    for average in ("macro", "micro", "weighted"):
        expected[f"f1_{average}"] = metrics.f1_score(labels, predicted, average=average, zero_division=0.0)
    columns = [at for at in columns if len(set(labels[:, at])) == 2]
    if columns:
        kept = labels[:, columns], found[:, columns]
        expected["mean_column_roc_auc"] = metrics.roc_auc_score(*kept, average="macro")
        expected["pr_auc"] = metrics.average_precision_score(*kept, average="macro")
    assert {name: score(name, labels, probabilities) for name in expected} == pytest.approx(expected)


@given(cells_and_probabilities(), st.randoms())
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_does_not_matter(drawn, dice):
    labels, probabilities = drawn
    order = dice.sample(range(len(labels)), len(labels))
    for name in ("accuracy", "log_loss", "pr_auc", "f1_macro"):
        expected = score(name, labels, probabilities)
        assert score(name, labels[order], probabilities[order]) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize("name", [name for name in METRICS if "multi_class" in METRICS[name].tasks])
def test_a_fold_may_lack_a_class(name):
    assert math.isfinite(score(name, np.array([0, 1, 1], np.int32), OF_CLASSES[:3]))
    assert math.isfinite(score(name, np.array([1, 1], np.int32), OF_CLASSES[1:3]))


@pytest.mark.parametrize("name", [name for name in METRICS if "binary" in METRICS[name].tasks])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_a_fold_of_one_label_only(name, label):
    found = score(name, np.full((3, 1), label, np.float32), np.array([[0.1], [0.2], [0.3]], np.float32))
    assert math.isnan(found) == (name in ("roc_auc", "pr_auc"))


def test_certain_and_wrong_is_a_large_loss_and_not_an_infinite_one():
    assert 15 < score("log_loss", np.array([1], np.int32), np.array([[1.0, 0.0]], np.float32)) < 50
    assert 15 < score("log_loss", np.array([[1.0]], np.float32), np.array([[0.0]], np.float32)) < 50


def test_rows_that_do_not_quite_sum_to_one_are_normalised():
    probabilities = np.array([[0.25, 0.255], [0.1, 0.9]], np.float32)
    expected = -(math.log(0.25 / 0.505) + math.log(0.9)) / 2
    assert score("log_loss", np.array([0, 1], np.int32), probabilities) == pytest.approx(expected)


@pytest.mark.parametrize("name", METRICS)
def test_a_probability_of_nan_has_no_score(name):
    for task in METRICS[name].tasks:
        labels, probabilities = CASES[task]
        broken = probabilities.copy()
        broken[1, 0] = np.nan
        assert math.isnan(score(name, labels, broken))


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_fits_the_tasks_it_names_and_no_other(name):
    assert set(METRICS[name].tasks) <= set(TASKS)
    for task in TASKS:
        if task in METRICS[name].tasks:
            check_metric(name, task)
        else:
            with pytest.raises(ConfigError, match=f"competition.metric={name} does not fit the task {task}"):
                check_metric(name, task)


def test_a_misspelt_metric_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match=r"^competition\.metric=acuracy is not known; did you mean 'accuracy'\? For"):
        check_metric("acuracy", "binary")


def test_an_unknown_metric_is_answered_with_all():
    with pytest.raises(ConfigError) as caught:
        check_metric("xyz", "binary")
    assert all(name in str(caught.value) for name in METRICS)


def test_a_metric_of_another_task_is_answered_with_those_that_fit():
    with pytest.raises(ConfigError) as caught:
        check_metric("roc_auc", "multi_class")
    assert str(caught.value) == (
        "competition.metric=roc_auc does not fit the task multi_class, only binary; for multi_class there are: "
        "accuracy, f1_macro, f1_micro, f1_weighted, log_loss, matthews_correlation"
    )


def test_checking_a_metric_does_not_wait_for_scikit_learn():
    code = (
        "import sys; from regard.metrics import check_metric, greater_is_better; check_metric('f1', 'binary'); "
        "greater_is_better('f1'); sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
