import keras
import numpy as np
import pytest

from regard.network.losses import LOSSES, build_loss
from regard.tasks import TASKS, Binary, MultiClass, MultiLabel, Ordinal, Regression, SoftLabels

pytestmark = pytest.mark.slow  # importing Keras takes seconds

CELLS = np.array([[1.0, 0.0], [0.0, 0.0]], np.float32)
OF_CELLS = np.array([[0.5, 0.25], [0.9, 0.2]], np.float32)


def loss(task, labels, outputs, weights=None, **settings):
    found = build_loss(task, **settings)(labels, outputs, weights)
    return float(keras.ops.convert_to_numpy(found))


def test_classes_by_hand_and_with_weights():
    task, outputs = MultiClass(("a", "b")), np.array([[0.5, 0.5], [0.2, 0.8]], np.float32)
    labels = np.array([0, 1], np.int32)
    assert loss(task, labels, outputs) == pytest.approx(-np.log([0.5, 0.8]).mean(), rel=1e-5)
    weighted = loss(task, labels, outputs, class_weights=np.float32([1, 3]))
    assert weighted == pytest.approx(-(np.log(0.5) + 3 * np.log(0.8)) / 2, rel=1e-5)


def test_columns_agree_with_keras_and_have_weights_by_label():
    task = MultiLabel(("rude", "mean"))
    expected = float(keras.ops.mean(keras.losses.binary_crossentropy(CELLS, OF_CELLS)))
    assert loss(task, CELLS, OF_CELLS) == pytest.approx(expected, rel=1e-6)
    by_hand = -(5 * np.log(0.5) + 2 * np.log(0.75) + np.log(0.1) + 2 * np.log(0.8)) / 4
    weights = np.float32([[1, 5], [2, 7]])
    assert loss(task, CELLS, OF_CELLS, class_weights=weights) == pytest.approx(by_hand, rel=1e-5)


def test_ranks_are_a_mean_of_steps():
    task, labels = Ordinal(("1", "2", "3")), np.array([0, 1, 2], np.int32)
    outputs = np.array([[0.1, 0.2], [0.7, 0.4], [0.9, 0.8]], np.float32)
    steps = [np.log(0.9) + np.log(0.8), np.log(0.7) + np.log(0.6), np.log(0.9) + np.log(0.8)]
    assert loss(task, labels, outputs) == pytest.approx(-np.mean(steps) / 2, rel=1e-5)
    weighted = loss(task, labels, outputs, class_weights=np.float32([0, 1, 0]))
    assert weighted == pytest.approx(-steps[1] / 6, rel=1e-5)


def test_errors_are_measured_in_standard_deviations():
    task = Regression(("a", "b"), ranges=((0.0, 1.0), (0.0, 100.0)))
    labels, outputs = np.array([[1.0, 100.0]], np.float32), np.array([[0.5, 80.0]], np.float32)
    assert loss(task, labels, outputs, stds=np.float32([0.5, 10])) == pytest.approx((1 + 4) / 2)


def test_soft_labels_of_columns_and_of_exclusive_ones():
    labels, outputs = np.array([[0.3, 0.7]], np.float32), np.array([[0.4, 0.6]], np.float32)
    cells = 0.3 * np.log(0.4) + 0.7 * np.log(0.6)
    assert loss(SoftLabels(("a", "b")), labels, outputs) == pytest.approx(-cells, rel=1e-5)
    exclusive = SoftLabels(("a", "b"), exclusive=True)
    assert loss(exclusive, labels, outputs) == pytest.approx(-cells, rel=1e-5)
    one_sided = np.array([[0.3, 0.6]], np.float32)  # the two would differ here
    cells = [0.3 * np.log(0.3) + 0.7 * np.log(0.7), 0.7 * np.log(0.6) + 0.3 * np.log(0.4)]
    assert loss(SoftLabels(("a", "b")), labels, one_sided) == pytest.approx(
        -np.mean(cells), rel=1e-5
    )


@pytest.mark.parametrize("kind", ["multi_class", "multi_label", "ordinal", "regression"])
def test_rows_of_weight_zero_do_not_count(kind):
    task = TASKS[kind](("a", "b"))
    labels = np.array([0, 1], np.int32) if task.classes else CELLS
    outputs = OF_CELLS[:, : task.n_outputs]
    settings = {"stds": np.ones(2, np.float32)} if task.has_units else {}
    weights = np.array([1.0, 0.0], np.float32)
    alone = loss(task, labels[:1], outputs[:1], **settings)
    assert loss(task, labels, outputs, weights, **settings) == pytest.approx(alone, rel=1e-6)


def test_label_smoothing_by_hand():
    task, outputs = MultiClass(("a", "b", "c")), np.array([[0.5, 0.3, 0.2]], np.float32)
    expected = -(0.8 * np.log(0.5) + 0.1 * np.log(0.3) + 0.1 * np.log(0.2))
    assert loss(task, np.array([0], np.int32), outputs, label_smoothing=0.3) == pytest.approx(
        expected, rel=1e-5
    )
    yes, no = 0.9 * np.log(0.7) + 0.1 * np.log(0.3), 0.9 * np.log(0.8) + 0.1 * np.log(0.2)
    cells = MultiLabel(("a", "b"))
    labels, outputs = np.array([[1.0, 0.0]], np.float32), np.array([[0.7, 0.2]], np.float32)
    assert loss(cells, labels, outputs, label_smoothing=0.2) == pytest.approx(
        -(yes + no) / 2, rel=1e-5
    )
    ordinal = Ordinal(("1", "2", "3"))
    found = loss(ordinal, np.array([1], np.int32), outputs, label_smoothing=0.2)
    assert found == pytest.approx(-(yes + no) / 2, rel=1e-5)


def test_the_focal_loss_by_hand_and_of_certain_rows():
    task, outputs = MultiClass(("a", "b")), np.array([[0.8, 0.2], [0.4, 0.6]], np.float32)
    expected = -(0.2**2 * np.log(0.8) + 0.6**2 * np.log(0.4)) / 2
    assert loss(task, np.array([0, 0], np.int32), outputs, focal_gamma=2.0) == pytest.approx(
        expected, rel=1e-5
    )
    weighted = loss(
        task, np.array([0, 0], np.int32), outputs, focal_gamma=2.0, class_weights=np.float32([3, 1])
    )
    assert weighted == pytest.approx(3 * expected, rel=1e-5)
    binary = Binary(("label",))
    expected = -(0.3**0.5 * np.log(0.7) + 0.6**0.5 * np.log(0.4)) / 2
    labels, outputs = np.array([[1.0], [0.0]], np.float32), np.array([[0.7], [0.6]], np.float32)
    assert loss(binary, labels, outputs, focal_gamma=0.5) == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(loss(binary, labels, 1 - labels, focal_gamma=0.5))
    assert loss(binary, labels, labels, focal_gamma=0.5) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.1}, {"focal_gamma": 2.0}])
@pytest.mark.parametrize("weights", [None, np.float32([1, 2, 5])])
@pytest.mark.parametrize("kind", ["multi_class", "ordinal"])
def test_probabilities_of_0_and_1_equal_labels(kind, weights, settings):
    task, labels = TASKS[kind](("1", "2", "3")), np.array([0, 1, 2], np.int32)
    outputs = np.array([[0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.2, 0.1, 0.7]], np.float32)[
        :, : task.n_outputs
    ]
    soft = task.ideal_outputs(labels)
    found = loss(task, soft.astype(np.float32), outputs, class_weights=weights, **settings)
    assert found == pytest.approx(
        loss(task, labels, outputs, class_weights=weights, **settings), rel=1e-5
    )


def test_probabilities_get_the_expected_class_weight():
    outputs = np.array([[0.2, 0.8]], np.float32)
    expected = -(0.3 * np.log(0.2) + 0.7 * np.log(0.8))
    classes = MultiClass(("a", "b"))
    found = loss(classes, np.float32([[0.3, 0.7]]), outputs, class_weights=np.float32([1, 3]))
    assert found == pytest.approx((0.3 + 0.7 * 3) * expected, rel=1e-5)
    # probabilities 0.1, 0.5, 0.4
    ranks, above = Ordinal(("1", "2", "3")), np.float32([[0.9, 0.4]])
    steps = 0.9 * np.log(0.2) + 0.1 * np.log(0.8) + 0.4 * np.log(0.8) + 0.6 * np.log(0.2)
    found = loss(ranks, above, outputs, class_weights=np.float32([1, 2, 5]))
    assert found == pytest.approx((0.1 + 0.5 * 2 + 0.4 * 5) * -steps / 2, rel=1e-5)


def test_every_task_has_a_loss():
    tasks = [task(("a", "b")) for task in TASKS.values()]
    tasks.append(SoftLabels(("a", "b"), exclusive=True))
    assert {task.loss for task in tasks} == set(LOSSES)
