import numpy as np
import pytest
from helpers.cases import competition
from helpers.labels import label_frame

from regard.errors import DataError
from regard.tasks import Ordinal

SETTINGS = competition(task="ordinal")
GRADES = Ordinal(("poor", "fair", "good"))


def test_labels_are_ranks_and_outputs_are_steps():
    train = label_frame("3", "1", "10", "1")
    task = Ordinal.from_labels(train, SETTINGS)
    assert task == Ordinal(("1", "3", "10"))
    assert (task.n_outputs, task.activation) == (2, "sigmoid")
    assert task.output_names == ("above 1", "above 3")
    labels = task.encode_labels(train, SETTINGS)
    assert labels.tolist() == [1, 0, 2, 0]
    assert task.strata(labels).tolist() == [1, 0, 2, 0]


def test_decisions_by_cut_points_on_the_expected_rank():
    task, steps = Ordinal(("1", "3", "10")), np.array([[0.9, 0.4], [0.2, 0.1], [1.0, 1.0]])
    np.testing.assert_allclose(task.cut_values(steps), [1.3, 0.3, 2.0])
    assert task.default_thresholds().tolist() == [0.5, 1.5]
    assert task.decide(steps).tolist() == [1, 0, 2]
    assert task.decide(steps, np.array([0.2, 1.2])).tolist() == [2, 1, 2]
    assert task.hard_labels(steps).tolist() == ["3", "1", "10"]


def test_numbers_are_the_expected_values_of_the_names():
    task, steps = Ordinal(("1", "3", "10")), np.array([[0.9, 0.4], [0.2, 0.1], [1.0, 1.0]])
    expected = [1 + 0.9 * 2 + 0.4 * 7, 1 + 0.2 * 2 + 0.1 * 7, 10]
    np.testing.assert_allclose(task.numbers(steps)[:, 0], expected)
    assert task.label_numbers(np.array([0, 2])).tolist() == [[1], [10]]
    assert GRADES.numbers(np.array([[1.0, 0.5]])).tolist() == [[1.5]]
    assert GRADES.label_numbers(np.array([0, 2])).tolist() == [[0], [2]]


def test_labels_that_are_words_need_an_order():
    train = label_frame("low", "high", "mid")
    missing = r"no numbers; set competition.label_values to all of them, the lowest first"
    with pytest.raises(DataError, match=missing):
        Ordinal.from_labels(train, SETTINGS)
    settings = competition(task="ordinal", label_values=["low", "mid", "high"])
    task = Ordinal.from_labels(train, settings)
    assert task.encode_labels(train, settings).tolist() == [0, 2, 1]


def test_perfect_outputs_are_the_ranks_below():
    assert GRADES.ideal_outputs(np.array([0, 2, 1])).tolist() == [[0, 0], [1, 1], [1, 0]]


def test_finished_outputs_never_rise_with_the_rank():
    assert GRADES.finish_outputs(np.array([[0.5, 0.7], [0.6, 0.2]])).tolist() == [
        [0.5, 0.5],
        [0.6, 0.2],
    ]


def test_confidence_is_the_probability_of_the_likeliest_rank():
    steps = np.array([[0.9, 0.8], [0.6, 0.4], [0.1, 0.0], [0.95, 0.05]])
    np.testing.assert_allclose(GRADES.confidence(steps), [0.8, 0.4, 0.9, 0.9])


def test_correctness_is_the_distance_below_zero():
    assert GRADES.correctness(np.array([2, 0]), np.array([[1.0, 0.5], [0.0, 0.0]])).tolist() == [
        -0.5,
        0.0,
    ]


def test_labels_outputs_and_thresholds_in_words():
    task = Ordinal(("1", "2", "4"))
    assert task.describe_label(np.int32(2)) == "4"
    assert task.describe_output(np.array([0.9, 0.5])) == "2 (mean 2.90)"
    assert GRADES.threshold_names == ("poor | fair", "fair | good")


def test_outputs_bound_one_another():
    assert not GRADES.independent_probabilities


def test_the_number_of_a_row_does_not_depend_on_the_rows_beside_it():
    task = Ordinal(("0.1", "0.3", "0.7", "1.3"))
    outputs = np.random.default_rng(0).random((1001, 3)).astype(np.float32)
    alone = np.concatenate([task.numbers(outputs[row : row + 1]) for row in range(1001)])
    assert task.numbers(outputs).tobytes() == alone.tobytes()
