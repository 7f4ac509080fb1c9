import numpy as np
import pytest
from helpers.cases import competition
from helpers.labels import label_frame

from regard.errors import ConfigError, DataError
from regard.tasks import Binary

SETTINGS = competition(task="binary")
SPAM = Binary(("spam",), ("no", "yes"))


@pytest.mark.parametrize(
    "pair", [("0", "1"), ("0.0", "1.0"), ("false", "true"), ("False", "True"), ("FALSE", "TRUE")]
)
def test_labels_are_one_column_of_the_positive_value(pair):
    negative, positive = pair
    train = label_frame(positive, negative, negative)
    task = Binary.from_labels(train, SETTINGS)
    assert task == Binary(("label",), pair)
    assert (task.n_outputs, task.activation, task.classes) == (1, "sigmoid", pair)
    labels = task.encode_labels(train, SETTINGS)
    assert labels.tolist() == [[1.0], [0.0], [0.0]]
    assert labels.dtype == np.float32
    assert task.strata(labels).tolist() == [1, 0, 0]
    outputs = np.array([[0.6], [0.5], [0.4]], np.float32)
    assert task.hard_labels(outputs).tolist() == [positive, positive, negative]


def test_label_values_give_the_meaning_of_any_two_values():
    settings = competition(task="binary", label_values=["spam", "ham"])
    train = label_frame("ham", "spam")
    task = Binary.from_labels(train, settings)
    assert task.encode_labels(train, settings).tolist() == [[1.0], [0.0]]
    assert task.hard_labels(np.array([[0.1], [0.9]])).tolist() == ["spam", "ham"]


@pytest.mark.parametrize("values", [["a"], ["a", "b", "c"], ["a", "a"]])
def test_label_values_must_be_a_pair(values):
    settings = competition(task="binary", label_values=values)
    with pytest.raises(ConfigError, match=r"competition\.label_values"):
        Binary.from_labels(label_frame("a", "b"), settings)


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (label_frame("1", "1"), ["needs two values", "found '1'"]),
        (
            label_frame("spam", "ham"),
            ["'ham', 'spam'", "label_values=[negative value, positive value]"],
        ),
        (label_frame("0", "True"), ["'0', 'True'"]),
        (label_frame("True", "true"), ["'True', 'true'"]),
    ],
)
def test_values_of_unclear_meaning_are_refused(train, words):
    with pytest.raises(DataError) as error:
        Binary.from_labels(train, SETTINGS)
    assert all(word in str(error.value) for word in words)
    assert "\n" not in str(error.value)


def test_decisions_by_a_threshold():
    outputs = np.array([[0.2], [0.3], [0.9]], np.float32)
    assert SPAM.default_thresholds().tolist() == [0.5]
    assert SPAM.decide(outputs).tolist() == [[0], [0], [1]]
    threshold = np.array([float(np.float32(0.3))])
    assert SPAM.decide(outputs, threshold).tolist() == [[0], [1], [1]]


def test_confidence_and_correctness_are_probabilities_of_a_label():
    outputs = np.array([[0.95], [0.25]])
    assert SPAM.confidence(outputs).tolist() == [0.95, 0.75]
    labels = np.array([[0.0], [0.0]], np.float32)
    np.testing.assert_allclose(SPAM.correctness(labels, outputs), [0.05, 0.75])


def test_labels_and_outputs_in_words():
    assert SPAM.describe_label(np.array([1.0])) == "yes"
    assert SPAM.describe_output(np.array([0.2])) == "no (0.80)"
    assert SPAM.describe_output(np.array([0.2]), np.array([0.1])) == "yes (0.20)"


def test_rare_positives_are_usually_scored_by_f1():
    assert Binary.usual_label_metric({"no": 0.9, "yes": 0.1})[0] == "f1"
    assert Binary.usual_label_metric({"no": 0.6, "yes": 0.4})[0] == "accuracy"
    assert Binary.usual_label_metric({"no": 0.1, "yes": 0.9})[0] == "accuracy"
