import json

import numpy as np
import pytest
from helpers.cases import competition
from helpers.labels import label_frame

from regard.metrics.registry import METRICS
from regard.tasks import (
    TASKS,
    Binary,
    MultiClass,
    MultiLabel,
    Ordinal,
    Regression,
    SoftLabels,
    task_from,
)

EXAMPLES = [
    Binary(("label",), ("no", "yes")),
    MultiClass(("a", "b", "c")),
    MultiLabel(("rude", "mean")),
    Ordinal(("1", "2", "4")),
    Regression(("x", "y"), ((0.0, 1.0), (-1.0, 5.0))),
    SoftLabels(("x",)),
    SoftLabels(("x", "y"), exclusive=True),
]
LABELS = {
    "binary": np.array([[0], [1], [1]], np.float32),
    "multi_class": np.array([0, 2, 1], np.int32),
    "multi_label": np.array([[0, 1], [1, 1], [0, 0]], np.float32),
    "ordinal": np.array([0, 2, 1], np.int32),
    "regression": np.array([[0.2, 3], [1, 5], [0.5, -1]], np.float32),
    "soft_labels": np.array([[0.25, 0.75], [1, 0], [0.5, 0.5]], np.float32),
}
each_example = pytest.mark.parametrize("task", EXAMPLES, ids=lambda task: task.kind)


def labels_of(task):
    return (
        LABELS[task.kind][:, : task.n_outputs] if task.kind == "soft_labels" else LABELS[task.kind]
    )


def test_the_kinds():
    assert list(TASKS) == [
        "binary",
        "multi_class",
        "multi_label",
        "ordinal",
        "regression",
        "soft_labels",
    ]
    assert all(task.kind == kind for kind, task in TASKS.items())


def test_the_forms_of_outputs():
    found = {task.kind: (task.n_outputs, task.activation, task.loss) for task in EXAMPLES[:6]}
    assert found == {
        "binary": (1, "sigmoid", "binary_cross_entropy"),
        "multi_class": (3, "softmax", "categorical_cross_entropy"),
        "multi_label": (2, "sigmoid", "binary_cross_entropy"),
        "ordinal": (2, "sigmoid", "ordinal_cross_entropy"),
        "regression": (2, "linear", "squared_error"),
        "soft_labels": (1, "sigmoid", "binary_cross_entropy"),
    }
    exclusive = EXAMPLES[6]
    assert (exclusive.activation, exclusive.loss) == ("softmax", "categorical_cross_entropy")


@each_example
def test_a_task_comes_back_from_json(task):
    assert task_from(json.loads(json.dumps(task.to_dict()))) == task


@each_example
def test_the_default_metric_suits_the_task(task):
    assert METRICS[task.default_metric].suits(task)
    several = METRICS[task.default_metric_of(3)]
    assert several.suits(task)
    assert task.one_label_column or not several.one_column


@each_example
def test_perfect_outputs_are_valid_and_finished_and_the_most_correct(task):
    labels = labels_of(task)
    perfect = task.ideal_outputs(labels)
    assert perfect.shape == (3, task.n_outputs)
    assert perfect.dtype == np.float64
    assert task.valid_outputs(perfect)[0].all()
    np.testing.assert_allclose(task.finish_outputs(perfect), perfect)
    other = task.ideal_outputs(np.roll(labels, 1, axis=0))
    assert (task.correctness(labels, perfect) >= task.correctness(labels, other)).all()


@each_example
def test_the_loss_of_perfect_outputs_is_the_least(task):
    labels = labels_of(task)
    perfect = task.ideal_outputs(labels)
    other = task.ideal_outputs(np.roll(labels, 1, axis=0))
    assert task.mean_loss(perfect, labels) < task.mean_loss(other, labels)


def test_mean_losses_by_hand():
    ordinal, topics = Ordinal(("1", "2", "3")), MultiClass(("a", "b", "c"))
    steps = np.array([[0.5, 0.25]])
    found = ordinal.mean_loss(steps, np.array([1]))
    assert found == pytest.approx(-np.log(0.5 * 0.75) / 2)
    outputs = np.array([[0.5, 0.25, 0.25]])
    assert topics.mean_loss(outputs, np.array([1])) == pytest.approx(-np.log(0.25))
    score = Regression(("ease",), ((0.0, 2.0),))
    assert score.mean_loss(np.array([[1.5]]), np.array([[1.0]])) == pytest.approx(0.25)


def test_a_mean_loss_with_class_weights_by_hand():
    topics, outputs = MultiClass(("a", "b", "c")), np.array([[0.5, 0.25, 0.25], [0.2, 0.3, 0.5]])
    weighted = topics.mean_loss(outputs, np.array([1, 2]), np.array([1.0, 3.0, 0.5]))
    assert weighted == pytest.approx(-(3 * np.log(0.25) + 0.5 * np.log(0.5)) / 2)
    binary, labels = Binary(("y",)), np.array([[1.0], [0.0]])
    weighted = binary.mean_loss(np.array([[0.8], [0.4]]), labels, np.array([[2.0, 5.0]]))
    assert weighted == pytest.approx(-(5 * np.log(0.8) + 2 * np.log(0.6)) / 2)


@pytest.mark.parametrize(
    ("kind", "by_labels", "by_others"),
    [
        ("binary", ("labels",), ("probabilities", "labels")),
        ("multi_class", ("labels",), ("probabilities", "labels", "top_labels")),
        ("multi_label", ("labels",), ("probabilities", "labels", "top_labels")),
        ("ordinal", ("labels",), ("numbers", "labels")),
        ("regression", ("numbers",), ("numbers",)),
        ("soft_labels", ("probabilities",), ("probabilities",)),
    ],
)
def test_the_values_that_may_be_submitted(kind, by_labels, by_others):
    assert TASKS[kind].submissions(compares_labels=True) == by_labels
    assert TASKS[kind].submissions(compares_labels=False) == by_others


def test_a_kind_is_its_own_and_those_it_inherits_from():
    class Ratings(Regression):
        kind = "ratings"

    assert Binary.kinds() == ("binary",)
    assert Ratings.kinds() == ("ratings", "regression")


@pytest.mark.parametrize("kind", TASKS)
def test_labels_of_every_kind_are_read_and_encoded(kind):
    several = kind in ("multi_label", "regression", "soft_labels")
    columns = ["label", "other"] if several else ["label"]
    train = label_frame("0", "1", "1", other=["1", "0", "1"])
    settings = competition(task=kind, label_columns=columns)
    task = TASKS[kind].from_labels(train, settings)
    labels = task.encode_labels(train, settings)
    assert len(labels) == len(task.strata(labels)) == 3
    assert task.ideal_outputs(labels).shape == (3, task.n_outputs)
    assert task.label_numbers(labels).dtype == np.float64


@pytest.mark.parametrize(
    ("task", "outputs", "expected"),
    [
        (EXAMPLES[0], [[0.9], [0.6]], [0.9, 0.6]),
        (EXAMPLES[0], [[0.25], [0.5]], [0.75, 0.5]),
        (EXAMPLES[1], [[0.2, 0.5, 0.3], [0.7, 0.2, 0.1]], [0.5, 0.2]),
        (EXAMPLES[2], [[0.9, 0.2], [0.5, 0.5]], [0.72, 0.25]),
        (EXAMPLES[3], [[0.9, 0.4], [0.5, 0.25]], [0.5, 0.25]),
        (EXAMPLES[4], [[0.5, 2.5], [2.0, 3.0]], [1.5, 2.0]),
        (EXAMPLES[5], [[0.25], [0.5]], [0.25, 0.5]),
        (EXAMPLES[6], [[0.25, 0.75], [0.5, 0.5]], [0.75, 0.5]),
    ],
)
def test_the_agreement_with_the_decision_of_the_first_row(task, outputs, expected):
    found = task.agreement(np.array(outputs, np.float32))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_the_agreement_is_with_the_label_at_tuned_thresholds():
    outputs = np.array([[0.25], [0.5]], np.float32)
    assert EXAMPLES[0].agreement(outputs, np.array([0.2])).tolist() == [0.25, 0.5]
