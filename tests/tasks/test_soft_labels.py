import numpy as np
import pytest
from helpers.cases import competition
from helpers.labels import label_frame

from regard.errors import DataError
from regard.tasks import SoftLabels

SETTINGS = competition(task="soft_labels", label_columns=["rude", "mean"])


def test_labels_are_probabilities_of_each_column():
    train = label_frame("0.2", "1", "0.5", column="rude", mean=["0", "0.7", "0.5"])
    task = SoftLabels.from_labels(train, SETTINGS)
    assert task == SoftLabels(("rude", "mean"))
    assert task.activation == "sigmoid"
    labels = task.encode_labels(train, SETTINGS)
    assert labels.tolist() == np.float32([[0.2, 0], [1, 0.7], [0.5, 0.5]]).tolist()
    assert task.strata(labels).tolist() == [[False, False], [True, True], [True, True]]
    np.testing.assert_array_equal(task.ideal_outputs(labels), labels)


def test_columns_that_sum_to_one_are_exclusive():
    train = label_frame("0.2", "1", "0.5", column="rude", mean=["0.8", "0", "0.5"])
    task = SoftLabels.from_labels(train, SETTINGS)
    assert task.exclusive
    assert task.activation == "softmax"
    assert task.strata(task.encode_labels(train, SETTINGS)).tolist() == [1, 0, 0]
    assert task.finish_outputs(np.array([[0.5, 1.5]])).tolist() == [[0.25, 0.75]]


def test_a_single_column_is_stratified_by_bins():
    values = np.linspace(0, 1, 100)[:, None].astype(np.float32)
    assert np.bincount(SoftLabels(("share",)).strata(values)).tolist() == [10] * 10


def test_numbers_beyond_0_and_1_are_refused():
    settings = competition(task="soft_labels")
    with pytest.raises(DataError, match=r"1 labels are not from 0 to 1.*id1"):
        SoftLabels.from_labels(label_frame("0.5", "1.2"), settings)


def test_the_default_thresholds_are_one_half():
    assert SoftLabels(("a", "b")).default_thresholds().tolist() == [0.5, 0.5]


def test_labels_and_outputs_in_words():
    task = SoftLabels(("a", "b"))
    assert task.describe_label(np.array([0.25, 1.0])) == "a 0.25, b 1"
    assert SoftLabels(("a",)).describe_output(np.array([0.123])) == "0.123"
