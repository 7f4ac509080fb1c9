import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.config import CompetitionConfig
from regard.errors import ConfigError, DataError
from regard.task import Task, encode_labels, hard_labels, strata, task_of

CLASSES = CompetitionConfig(
    name="c",
    source=None,
    train_file="train.csv",
    test_file="test.csv",
    sample_file="sample_submission.csv",
    encoding="utf-8",
    separator=",",
    id_column="id",
    test_id_column=None,
    text_columns=["text"],
    label_columns=["label"],
    label_values=None,
    task="multi_class",
    metric="accuracy",
    submit="labels",
)
BINARY = dataclasses.replace(CLASSES, task="binary")
LABELS = dataclasses.replace(CLASSES, task="multi_label", label_columns=["rude", "mean"])


def frame(*labels: str, column: str = "label") -> pd.DataFrame:
    return pd.DataFrame({"id": [f"id{row}" for row in range(len(labels))], column: list(labels)}, dtype=str)


def test_classes_are_numbered_in_alphabetical_order():
    train = frame("b", "c", "a", "b")
    task = task_of(train, CLASSES)
    assert task == Task("multi_class", ("a", "b", "c"))
    assert (task.n_outputs, task.activation, task.loss) == (3, "softmax", "sparse_categorical_crossentropy")
    labels = encode_labels(train, CLASSES, task)
    assert labels.tolist() == [1, 2, 0, 1]
    assert labels.dtype == np.int32
    assert strata(labels, task).tolist() == [1, 2, 0, 1]
    probabilities = np.array([[0.2, 0.7, 0.1], [0.1, 0.2, 0.7]], np.float32)
    assert hard_labels(probabilities, task).tolist() == ["b", "c"]


def test_classes_that_are_numbers_stand_in_the_order_of_numbers():
    assert task_of(frame("10", "9", "-1", "2.5"), CLASSES).label_names == ("-1", "2.5", "9", "10")
    assert task_of(frame("10", "9", "nan"), CLASSES).label_names == ("10", "9", "nan")


def test_classes_stand_in_the_order_of_label_values_if_given():
    competition = dataclasses.replace(CLASSES, label_values=["low", "high"])
    task = task_of(frame("high", "low"), competition)
    assert task.label_names == ("low", "high")
    assert encode_labels(frame("high", "low"), competition, task).tolist() == [1, 0]


@pytest.mark.parametrize("pair", [("0", "1"), ("0.0", "1.0"), ("false", "true"), ("False", "True"), ("FALSE", "TRUE")])
def test_binary_labels_are_one_column_of_the_positive_value(pair):
    negative, positive = pair
    train = frame(positive, negative, negative)
    task = task_of(train, BINARY)
    assert task == Task("binary", ("label",), pair)
    assert (task.n_outputs, task.activation, task.loss) == (1, "sigmoid", "binary_crossentropy")
    labels = encode_labels(train, BINARY, task)
    assert labels.tolist() == [[1.0], [0.0], [0.0]]
    assert labels.dtype == np.float32
    assert strata(labels, task).tolist() == [1, 0, 0]
    assert hard_labels(np.array([[0.6], [0.5], [0.4]], np.float32), task).tolist() == [positive, positive, negative]


def test_binary_labels_of_any_two_values_are_told_by_label_values():
    competition = dataclasses.replace(BINARY, label_values=["spam", "ham"])
    train = frame("ham", "spam")
    task = task_of(train, competition)
    assert encode_labels(train, competition, task).tolist() == [[1.0], [0.0]]
    assert hard_labels(np.array([[0.1], [0.9]]), task).tolist() == ["spam", "ham"]


def test_multi_label_has_one_column_per_label():
    train = frame("1", "0", "1", "1", column="rude").assign(mean=["1", "1", "0", "1"])
    task = task_of(train, LABELS)
    assert task == Task("multi_label", ("rude", "mean"))
    assert (task.n_outputs, task.activation, task.loss) == (2, "sigmoid", "binary_crossentropy")
    labels = encode_labels(train, LABELS, task)
    assert labels.tolist() == [[1, 1], [0, 1], [1, 0], [1, 1]]
    assert labels.dtype == np.float32
    codes = strata(labels, task)
    assert codes[0] == codes[3]
    assert len(set(codes.tolist())) == 3
    assert hard_labels(np.array([[0.2, 0.5]]), task).tolist() == [["0", "1"]]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(["x", "y", "z", "10", "9"]), min_size=1, max_size=12).filter(lambda v: len(set(v)) > 1))
def test_certain_probabilities_give_the_labels_back(values):
    train = frame(*values)
    task = task_of(train, CLASSES)
    labels = encode_labels(train, CLASSES, task)
    assert hard_labels(np.eye(task.n_outputs)[labels], task).tolist() == values


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 70), st.integers(0, 1000))
def test_rows_share_a_stratum_exactly_if_they_share_all_labels(n_labels, seed):
    labels = np.random.default_rng(seed).integers(0, 2, (8, n_labels)).astype(np.float32)
    codes = strata(labels, Task("multi_label", tuple(map(str, range(n_labels)))))
    same = (labels[:, None] == labels[None]).all(axis=2)
    assert ((codes[:, None] == codes[None]) == same).all()


def test_rows_per_label_are_logged(caplog):
    train = frame("b", "a", "b")
    with caplog.at_level("INFO"):
        encode_labels(train, CLASSES, task_of(train, CLASSES))
    assert "a 1, b 2" in caplog.text


@pytest.mark.parametrize(
    ("competition", "train", "words"),
    [
        (CLASSES, frame("a", "", "b", ""), ["train.csv", "'label'", "2 labels are empty", "id1, id3"]),
        (CLASSES, frame("a", "a"), ["'a' in every row"]),
        (BINARY, frame("1", "1"), ["needs two values", "found '1'"]),
        (BINARY, frame("spam", "ham"), ["'ham', 'spam'", "label_values=[negative value, positive value]"]),
        (BINARY, frame("0", "True"), ["'0', 'True'"]),
        (BINARY, frame("True", "true"), ["'True', 'true'"]),
        (LABELS, frame("0", "x", column="rude").assign(mean=["0", "0"]), ["columns 'rude', 'mean'", "'0', 'x'"]),
        (dataclasses.replace(CLASSES, label_values=["a", "b", "c"]), frame("a", "b"), ["never has the value 'c'"]),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused(competition, train, words):
    with pytest.raises(DataError) as error:
        task_of(train, competition)
    for word in words:
        assert word in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("values", [["a"], ["a", "b", "c"], ["a", "a"]])
def test_label_values_must_be_a_pair_for_binary(values):
    with pytest.raises(ConfigError, match=r"competition\.label_values"):
        task_of(frame("a", "b"), dataclasses.replace(BINARY, label_values=values))


def test_labels_outside_the_known_ones_are_refused_with_their_counts_and_ids():
    competition = dataclasses.replace(CLASSES, label_values=["a", "b"])
    train = frame("a", "b", "x", "y", "x")
    with pytest.raises(DataError) as error:
        encode_labels(train, competition, task_of(train, competition))
    for word in (
        "train.csv",
        "'label'",
        "3 labels are none of 'a', 'b'",
        "'x' in 2 rows",
        "'y' in 1 row",
        "id2, id3, id4",
    ):
        assert word in str(error.value)


def test_a_stray_value_among_plain_ones_is_named_with_its_column():
    train = frame("0", "1", "0", column="rude").assign(mean=["0", "1", "2"])
    with pytest.raises(
        DataError, match=r"'mean': 1 labels are none of '0', '1' \(found '2' in 1 rows; first ids: id2\)"
    ):
        encode_labels(train, LABELS, task_of(train, LABELS))


def test_a_label_that_no_row_has_is_predicted_all_the_same_with_a_warning(caplog):
    train = frame("0", "1", column="rude").assign(mean=["0", "0"])
    task = task_of(train, LABELS)
    assert "column 'mean' has the value 0 in every row" in caplog.text
    assert encode_labels(train, LABELS, task).tolist() == [[0, 0], [1, 0]]
