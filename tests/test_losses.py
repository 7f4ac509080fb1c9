import keras
import numpy as np
import pytest

from regard.losses import TaskLoss
from regard.task import Task

pytestmark = pytest.mark.slow  # importing Keras takes seconds

CELLS = np.array([[1.0, 0.0], [0.0, 0.0]], np.float32)
OF_CELLS = np.array([[0.5, 0.25], [0.9, 0.2]], np.float32)


def loss(task, labels, outputs, weights=None, **settings):
    return float(keras.ops.convert_to_numpy(TaskLoss(task, **settings)(labels, outputs, weights)))


def test_classes_by_hand_and_with_weights():
    task, outputs = Task("multi_class", ("a", "b")), np.array([[0.5, 0.5], [0.2, 0.8]], np.float32)
    labels = np.array([0, 1], np.int32)
    assert loss(task, labels, outputs) == pytest.approx(-np.log([0.5, 0.8]).mean(), rel=1e-5)
    weighted = loss(task, labels, outputs, class_weights=np.float32([1, 3]))
    assert weighted == pytest.approx(-(np.log(0.5) + 3 * np.log(0.8)) / 2, rel=1e-5)


def test_cells_are_those_of_keras_and_weigh_by_column_and_label():
    task = Task("multi_label", ("rude", "mean"))
    expected = float(keras.ops.mean(keras.losses.binary_crossentropy(CELLS, OF_CELLS)))
    assert loss(task, CELLS, OF_CELLS) == pytest.approx(expected, rel=1e-6)
    by_hand = -(5 * np.log(0.5) + 2 * np.log(0.75) + np.log(0.1) + 2 * np.log(0.8)) / 4
    weights = np.float32([[1, 5], [2, 7]])
    assert loss(task, CELLS, OF_CELLS, class_weights=weights) == pytest.approx(by_hand, rel=1e-5)


def test_an_ordinal_is_a_stack_of_steps():
    task, labels = Task("ordinal", ("1", "2", "3")), np.array([0, 1, 2], np.int32)
    outputs = np.array([[0.1, 0.2], [0.7, 0.4], [0.9, 0.8]], np.float32)
    steps = [np.log(0.9) + np.log(0.8), np.log(0.7) + np.log(0.6), np.log(0.9) + np.log(0.8)]
    assert loss(task, labels, outputs) == pytest.approx(-np.mean(steps) / 2, rel=1e-5)
    weighted = loss(task, labels, outputs, class_weights=np.float32([0, 1, 0]))
    assert weighted == pytest.approx(-steps[1] / 6, rel=1e-5)


def test_numbers_are_compared_in_standard_deviations():
    task = Task("regression", ("a", "b"), ranges=((0.0, 1.0), (0.0, 100.0)))
    labels, outputs = np.array([[1.0, 100.0]], np.float32), np.array([[0.5, 80.0]], np.float32)
    assert loss(task, labels, outputs, deviations=np.float32([0.5, 10])) == pytest.approx((1 + 4) / 2)


def test_soft_labels_of_columns_and_of_classes():
    labels, outputs = np.array([[0.3, 0.7]], np.float32), np.array([[0.4, 0.6]], np.float32)
    cells = 0.3 * np.log(0.4) + 0.7 * np.log(0.6)
    assert loss(Task("soft_labels", ("a", "b")), labels, outputs) == pytest.approx(-cells, rel=1e-5)
    exclusive = Task("soft_labels", ("a", "b"), exclusive=True)
    assert loss(exclusive, labels, outputs) == pytest.approx(-cells, rel=1e-5)
    one_sided = np.array([[0.3, 0.6]], np.float32)  # the two would differ here
    cells = [0.3 * np.log(0.3) + 0.7 * np.log(0.7), 0.7 * np.log(0.6) + 0.3 * np.log(0.4)]
    assert loss(Task("soft_labels", ("a", "b")), labels, one_sided) == pytest.approx(-np.mean(cells), rel=1e-5)


@pytest.mark.parametrize("kind", ["multi_class", "multi_label", "ordinal", "regression"])
def test_rows_of_weight_zero_do_not_count(kind):
    task = Task(kind, ("a", "b"), ranges=((0.0, 1.0),) * 2)
    labels = np.array([0, 1], np.int32) if kind in ("multi_class", "ordinal") else CELLS
    outputs = OF_CELLS[:, : task.n_outputs]
    settings = {"deviations": np.ones(2, np.float32)} if kind == "regression" else {}
    weights = np.array([1.0, 0.0], np.float32)
    alone = loss(task, labels[:1], outputs[:1], **settings)
    assert loss(task, labels, outputs, weights, **settings) == pytest.approx(alone, rel=1e-6)
