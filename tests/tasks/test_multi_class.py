import numpy as np
import pytest
from helpers.cases import competition
from helpers.labels import label_frame
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regard.errors import DataError
from regard.tasks import Binary, MultiClass

SETTINGS = competition()
TOPICS = MultiClass(("a", "b", "c"))


def test_classes_are_numbered_in_alphabetical_order():
    train = label_frame("b", "c", "a", "b")
    task = MultiClass.from_labels(train, SETTINGS)
    assert task == TOPICS
    assert (task.n_outputs, task.activation, task.classes) == (3, "softmax", ("a", "b", "c"))
    labels = task.encode_labels(train, SETTINGS)
    assert labels.tolist() == [1, 2, 0, 1]
    assert labels.dtype == np.int32
    assert task.strata(labels).tolist() == [1, 2, 0, 1]
    outputs = np.array([[0.2, 0.7, 0.1], [0.1, 0.2, 0.7]], np.float32)
    assert task.hard_labels(outputs).tolist() == ["b", "c"]


def classes_of(*labels):
    return MultiClass.from_labels(label_frame(*labels), SETTINGS).label_names


def test_classes_that_are_numbers_are_sorted_as_numbers():
    assert classes_of("10", "9", "-1", "2.5") == ("-1", "2.5", "9", "10")
    assert classes_of("10", "9", "nan") == ("10", "9", "nan")


def test_label_values_give_the_order_of_the_classes():
    settings = competition(label_values=["low", "high"])
    train = label_frame("high", "low")
    task = MultiClass.from_labels(train, settings)
    assert task.label_names == ("low", "high")
    assert task.encode_labels(train, settings).tolist() == [1, 0]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["x", "y", "z", "10", "9"]), min_size=1, max_size=12).filter(
        lambda labels: len(set(labels)) > 1
    )
)
def test_certain_probabilities_give_the_labels_back(values):
    train = label_frame(*values)
    task = MultiClass.from_labels(train, SETTINGS)
    labels = task.encode_labels(train, SETTINGS)
    assert task.hard_labels(task.ideal_outputs(labels)).tolist() == values


def test_a_constant_column_is_refused():
    with pytest.raises(DataError, match="'a' in every row"):
        MultiClass.from_labels(label_frame("a", "a"), SETTINGS)


def test_perfect_outputs_are_the_classes():
    found = TOPICS.ideal_outputs(np.array([0, 2, 1]))
    assert found.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_the_greatest_multiple_of_its_threshold_is_chosen():
    outputs = np.array([[0.6, 0.3, 0.1], [0.75, 0.15, 0.1], [0.1, 0.1, 0.8]], np.float32)
    assert TOPICS.default_thresholds() == pytest.approx([1 / 3] * 3)
    assert TOPICS.decide(outputs).tolist() == [0, 0, 2]
    assert TOPICS.decide(outputs, np.array([0.7, 0.2, 0.1])).tolist() == [1, 0, 2]


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 1.0, width=32), st.floats(0.01, 0.99))
def test_the_second_of_two_classes_is_chosen_as_a_positive_label_is(likely, threshold):
    assume(abs(likely - threshold) > 1e-6)
    both = np.array([1.0 - threshold, threshold])
    as_class = MultiClass(("a", "b")).decide(np.array([[1.0 - likely, likely]]), both)
    as_label = Binary(("b",)).decide(np.array([[likely]]), np.array([threshold]))
    assert as_class.tolist() == as_label[0].tolist()


def test_finished_outputs_sum_to_one():
    assert TOPICS.finish_outputs(np.array([[0.5, 1.0, 0.5]])).tolist() == [[0.25, 0.5, 0.25]]


def test_confidence_and_correctness_are_probabilities_of_a_class():
    outputs = np.array([[0.2, 0.7, 0.1], [0.5, 0.3, 0.2]])
    assert TOPICS.confidence(outputs).tolist() == [0.7, 0.5]
    assert TOPICS.correctness(np.array([2, 0]), outputs).tolist() == [0.1, 0.5]


def test_labels_and_outputs_in_words():
    assert TOPICS.describe_label(np.int32(1)) == "b"
    assert TOPICS.describe_output(np.array([0.2, 0.7, 0.1])) == "b (0.70)"


def test_thresholds_are_shown_as_multiples_of_their_mean():
    assert TOPICS.shown_thresholds(np.array([0.5, 0.25, 0.25])).tolist() == [1.5, 0.75, 0.75]


def test_a_dominant_class_is_usually_scored_by_macro_f1():
    assert MultiClass.usual_label_metric({"a": 0.8, "b": 0.1, "c": 0.1})[0] == "f1_macro"
    assert MultiClass.usual_label_metric({"a": 0.5, "b": 0.3, "c": 0.2})[0] == "accuracy"
