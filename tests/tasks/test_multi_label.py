import numpy as np
import pytest
from helpers.cases import competition
from helpers.labels import label_frame

from regard.errors import DataError
from regard.tasks import MultiLabel

SETTINGS = competition(task="multi_label", label_columns=["rude", "mean"])
TOXIC = MultiLabel(("rude", "mean"))


def test_each_label_has_a_column():
    train = label_frame("1", "0", "1", "1", column="rude", mean=["1", "1", "0", "1"])
    task = MultiLabel.from_labels(train, SETTINGS)
    assert task == TOXIC
    assert (task.n_outputs, task.activation, task.classes) == (2, "sigmoid", ())
    labels = task.encode_labels(train, SETTINGS)
    assert labels.tolist() == [[1, 1], [0, 1], [1, 0], [1, 1]]
    assert labels.dtype == np.float32
    strata = task.strata(labels)
    assert strata.tolist() == [[True, True], [False, True], [True, False], [True, True]]
    assert task.hard_labels(np.array([[0.2, 0.5]])).tolist() == [["0", "1"]]


def test_unclear_values_of_all_columns_are_refused():
    train = label_frame("0", "x", column="rude", mean=["0", "0"])
    with pytest.raises(DataError, match=r"columns 'rude', 'mean'.*'0', 'x'"):
        MultiLabel.from_labels(train, SETTINGS)


def test_a_stray_value_is_named_with_its_column():
    train = label_frame("0", "1", "0", column="rude", mean=["0", "1", "2"])
    task = MultiLabel.from_labels(train, SETTINGS)
    stray = r"'mean': 1 labels are none of '0', '1' \(found '2' in 1 rows; first ids: id2\)"
    with pytest.raises(DataError, match=stray):
        task.encode_labels(train, SETTINGS)


def test_a_label_that_no_row_has_is_predicted_with_a_warning(caplog):
    train = label_frame("0", "1", column="rude", mean=["0", "0"])
    task = MultiLabel.from_labels(train, SETTINGS)
    assert "column 'mean' has the value 0 in every row" in caplog.text
    assert task.encode_labels(train, SETTINGS).tolist() == [[0, 0], [1, 0]]


def test_decisions_by_a_threshold_for_each_column():
    outputs = np.array([[0.3, 0.3], [0.29, 0.6]], np.float32)
    thresholds = np.array([float(np.float32(0.3)), 0.5])
    assert TOXIC.decide(outputs, thresholds).tolist() == [[1, 0], [0, 1]]


def test_confidence_and_correctness_are_those_of_all_columns():
    outputs = np.array([[0.9, 0.2], [0.6, 0.5]])
    np.testing.assert_allclose(TOXIC.confidence(outputs), [0.8, 0.5])
    labels = np.array([[1.0, 1.0], [0.0, 0.0]], np.float32)
    np.testing.assert_allclose(TOXIC.correctness(labels, outputs), [0.9 * 0.2, 0.4 * 0.5])


def test_labels_and_outputs_in_words():
    assert TOXIC.describe_label(np.array([1.0, 1.0])) == "rude, mean"
    assert TOXIC.describe_label(np.array([0.0, 0.0])) == "none"
    assert TOXIC.describe_output(np.array([0.9, 0.1])) == "rude (0.90)"
    assert TOXIC.describe_output(np.array([0.1, 0.1])) == "none"


def test_thresholds_of_a_single_column_are_tuned_as_binary_ones():
    assert TOXIC.threshold_search == "columns"
    assert MultiLabel(("rude",)).threshold_search == "cuts"


def test_the_usual_metric():
    assert MultiLabel.usual_label_metric({"0": 0.9, "1": 0.1})[0] == "f1_micro"
