import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from regard.errors import ConfigError, DataError
from regard.tasks import (
    Task,
    Truth,
    decide,
    default_thresholds,
    encode_labels,
    hard_labels,
    numbers,
    strata,
    targets,
    task_from,
    task_of,
)

CLASSES = competition()
BINARY = competition(task="binary")
LABELS = competition(task="multi_label", label_columns=["rude", "mean"])


def frame(*labels: str, column: str = "label") -> pd.DataFrame:
    return pd.DataFrame(
        {"id": [f"id{row}" for row in range(len(labels))], column: list(labels)}, dtype=str
    )


def test_classes_are_numbered_in_alphabetical_order():
    train = frame("b", "c", "a", "b")
    task = task_of(train, CLASSES)
    assert task == Task("multi_class", ("a", "b", "c"))
    assert (task.n_outputs, task.activation) == (3, "softmax")
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
    given_ = competition(label_values=["low", "high"])
    task = task_of(frame("high", "low"), given_)
    assert task.label_names == ("low", "high")
    assert encode_labels(frame("high", "low"), given_, task).tolist() == [1, 0]


@pytest.mark.parametrize(
    "pair", [("0", "1"), ("0.0", "1.0"), ("false", "true"), ("False", "True"), ("FALSE", "TRUE")]
)
def test_binary_labels_are_one_column_of_the_positive_value(pair):
    negative, positive = pair
    train = frame(positive, negative, negative)
    task = task_of(train, BINARY)
    assert task == Task("binary", ("label",), pair)
    assert (task.n_outputs, task.activation) == (1, "sigmoid")
    labels = encode_labels(train, BINARY, task)
    assert labels.tolist() == [[1.0], [0.0], [0.0]]
    assert labels.dtype == np.float32
    assert strata(labels, task).tolist() == [1, 0, 0]
    assert hard_labels(np.array([[0.6], [0.5], [0.4]], np.float32), task).tolist() == [
        positive,
        positive,
        negative,
    ]


def test_binary_labels_of_any_two_values_are_told_by_label_values():
    given_ = competition(task="binary", label_values=["spam", "ham"])
    train = frame("ham", "spam")
    task = task_of(train, given_)
    assert encode_labels(train, given_, task).tolist() == [[1.0], [0.0]]
    assert hard_labels(np.array([[0.1], [0.9]]), task).tolist() == ["spam", "ham"]


def test_multi_label_has_one_column_per_label():
    train = frame("1", "0", "1", "1", column="rude").assign(mean=["1", "1", "0", "1"])
    task = task_of(train, LABELS)
    assert task == Task("multi_label", ("rude", "mean"))
    assert (task.n_outputs, task.activation) == (2, "sigmoid")
    labels = encode_labels(train, LABELS, task)
    assert labels.tolist() == [[1, 1], [0, 1], [1, 0], [1, 1]]
    assert labels.dtype == np.float32
    assert strata(labels, task).tolist() == [
        [True, True],
        [False, True],
        [True, False],
        [True, True],
    ]
    assert hard_labels(np.array([[0.2, 0.5]]), task).tolist() == [["0", "1"]]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(["x", "y", "z", "10", "9"]), min_size=1, max_size=12).filter(
        lambda v: len(set(v)) > 1
    )
)
def test_certain_probabilities_give_the_labels_back(values):
    train = frame(*values)
    task = task_of(train, CLASSES)
    labels = encode_labels(train, CLASSES, task)
    assert hard_labels(np.eye(task.n_outputs)[labels], task).tolist() == values


GRADES = competition(task="ordinal")
SCORES = competition(task="regression")
SHARES = competition(task="soft_labels", label_columns=["rude", "mean"])


def test_ordinal_labels_are_ranks_and_outputs_are_steps():
    train = frame("3", "1", "10", "1")
    task = task_of(train, GRADES)
    assert task == Task("ordinal", ("1", "3", "10"))
    assert (task.n_outputs, task.activation, task.output_names) == (
        2,
        "sigmoid",
        ("above 1", "above 3"),
    )
    labels = encode_labels(train, GRADES, task)
    assert labels.tolist() == [1, 0, 2, 0]
    assert strata(labels, task).tolist() == [1, 0, 2, 0]
    steps = np.array([[0.9, 0.4], [0.2, 0.1], [1.0, 1.0]], np.float32)
    assert default_thresholds(task).tolist() == [0.5, 1.5]
    assert decide(steps, task).tolist() == [1, 0, 2]
    assert decide(steps, task, np.array([0.2, 1.2])).tolist() == [2, 1, 2]
    assert hard_labels(steps, task).tolist() == ["3", "1", "10"]
    np.testing.assert_allclose(
        numbers(steps, task)[:, 0], [1 + 0.9 * 2 + 0.4 * 7, 1 + 0.2 * 2 + 0.1 * 7, 10], rtol=1e-6
    )


def test_ordinal_labels_that_are_words_need_their_order_told():
    train = frame("low", "high", "mid")
    with pytest.raises(
        DataError,
        match=r"no numbers; set competition.label_values to all of them, the lowest first",
    ):
        task_of(train, GRADES)
    told = competition(task="ordinal", label_values=["low", "mid", "high"])
    task = task_of(train, told)
    assert encode_labels(train, told, task).tolist() == [0, 2, 1]
    assert numbers(np.array([[1.0, 0.5]]), task).tolist() == [[1.5]]


def test_numbers_stay_in_the_range_of_the_train_labels_or_the_one_given():
    train = frame("1.5", "-2", "4e0", "0")
    task = task_of(train, SCORES)
    assert task == Task("regression", ("label",), ranges=((-2.0, 4.0),))
    assert (task.n_outputs, task.activation) == (1, "linear")
    assert encode_labels(train, SCORES, task).tolist() == [[1.5], [-2.0], [4.0], [0.0]]
    assert numbers(np.array([[9.0], [-9.0], [1.0]]), task).tolist() == [[4.0], [-2.0], [1.0]]
    given_ = competition(task="regression", label_range=[-5, 5])
    assert task_of(train, given_).ranges == ((-5.0, 5.0),)
    with pytest.raises(DataError, match=r"1 labels are outside label_range .*'4e0' in 1 rows"):
        task_of(train, competition(task="regression", label_range=[-2, 3]))


def test_numbers_fall_into_ten_strata_of_equal_size():
    task = Task("regression", ("label",), ranges=((0.0, 1.0),))
    values = np.random.default_rng(0).permutation(1000)[:, None].astype(np.float32)
    assert np.bincount(strata(values, task)).tolist() == [100] * 10
    assert len(set(strata(np.array([[1.0]] * 50 + [[2.0]] * 50), task))) == 2


def test_soft_labels_are_probabilities_of_several_columns_or_of_classes():
    train = frame("0.2", "1", "0.5", column="rude").assign(mean=["0", "0.7", "0.5"])
    task = task_of(train, SHARES)
    assert task == Task("soft_labels", ("rude", "mean"))
    assert task.activation == "sigmoid"
    assert (
        encode_labels(train, SHARES, task).tolist()
        == np.float32([[0.2, 0], [1, 0.7], [0.5, 0.5]]).tolist()
    )
    assert strata(encode_labels(train, SHARES, task), task).tolist() == [
        [False, False],
        [True, True],
        [True, True],
    ]
    exclusive = task_of(train.assign(mean=["0.8", "0", "0.5"]), SHARES)
    assert exclusive.exclusive
    assert exclusive.activation == "softmax"


@pytest.mark.parametrize(
    "task",
    [
        Task("multi_class", ("a", "b")),
        Task("binary", ("label",), ("no", "yes")),
        Task("regression", ("x", "y"), ranges=((0.0, 1.0), (-1.0, 5.0))),
        Task("soft_labels", ("x", "y"), exclusive=True),
    ],
)
def test_a_task_comes_back_from_json(task):
    assert task_from(json.loads(json.dumps(dataclasses.asdict(task)))) == task


def test_thresholds_decide_from_their_own_value_upwards():
    task = Task("multi_label", ("rude", "mean"))
    outputs = np.array([[0.3, 0.3], [0.29, 0.6]], np.float32)
    thresholds = np.array([float(np.float32(0.3)), 0.5])
    assert decide(outputs, task, thresholds).tolist() == [[1, 0], [0, 1]]


def test_that_class_is_said_which_is_the_greatest_multiple_of_its_threshold():
    task = Task("multi_class", ("a", "b", "c"))
    outputs = np.array([[0.6, 0.3, 0.1], [0.75, 0.15, 0.1], [0.1, 0.1, 0.8]], np.float32)
    assert default_thresholds(task) == pytest.approx([1 / 3] * 3)
    assert decide(outputs, task).tolist() == [0, 0, 2]
    assert decide(outputs, task, np.array([0.7, 0.2, 0.1])).tolist() == [1, 0, 2]


@settings(max_examples=30, deadline=None)
@given(st.floats(0.0, 1.0, width=32), st.floats(0.01, 0.99))
def test_of_two_classes_the_second_is_said_as_yes_is(likely, threshold):
    assume(abs(likely - threshold) > 1e-6)
    two, yes = Task("multi_class", ("a", "b")), Task("binary", ("b",))
    as_class = decide(
        np.array([[1.0 - likely, likely]]), two, np.array([1.0 - threshold, threshold])
    )
    assert as_class.tolist() == decide(np.array([[likely]]), yes, np.array([threshold]))[0].tolist()


def test_rows_of_a_truth_keep_their_weights_and_subgroups():
    truth = Truth(np.arange(3), np.array([1.0, 2.0, 3.0]), np.eye(3, dtype=bool))
    part = truth.take(np.array([2, 0]))
    assert part.labels.tolist() == [2, 0]
    assert part.weights.tolist() == [3.0, 1.0]
    assert part.subgroups.tolist() == [[False, False, True], [True, False, False]]
    assert Truth(np.arange(3)).take(np.array([1])).weights is None


def test_rows_per_label_are_logged(caplog):
    train = frame("b", "a", "b")
    with caplog.at_level("INFO"):
        encode_labels(train, CLASSES, task_of(train, CLASSES))
    assert "a 1, b 2" in caplog.text


@pytest.mark.parametrize(
    ("given_", "train", "words"),
    [
        (
            CLASSES,
            frame("a", "", "b", ""),
            ["train.csv", "'label'", "2 labels are empty", "id1, id3"],
        ),
        (CLASSES, frame("a", "a"), ["'a' in every row"]),
        (BINARY, frame("1", "1"), ["needs two values", "found '1'"]),
        (
            BINARY,
            frame("spam", "ham"),
            ["'ham', 'spam'", "label_values=[negative value, positive value]"],
        ),
        (BINARY, frame("0", "True"), ["'0', 'True'"]),
        (BINARY, frame("True", "true"), ["'True', 'true'"]),
        (
            LABELS,
            frame("0", "x", column="rude").assign(mean=["0", "0"]),
            ["columns 'rude', 'mean'", "'0', 'x'"],
        ),
        (competition(label_values=["a", "b", "c"]), frame("a", "b"), ["never has the value 'c'"]),
        (SCORES, frame("1", "x", "inf"), ["2 labels are no numbers", "'x' in 1 rows", "id1, id2"]),
        (SCORES, frame("1", "1.0"), ["nothing to learn"]),
        (
            competition(task="soft_labels"),
            frame("0.5", "1.2"),
            ["1 labels are not from 0 to 1", "id1"],
        ),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused(given_, train, words):
    with pytest.raises(DataError) as error:
        task_of(train, given_)
    for word in words:
        assert word in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("values", [["a"], ["a", "b", "c"], ["a", "a"]])
def test_label_values_must_be_a_pair_for_binary(values):
    with pytest.raises(ConfigError, match=r"competition\.label_values"):
        task_of(frame("a", "b"), competition(task="binary", label_values=values))


def test_label_values_are_for_classes():
    with pytest.raises(ConfigError, match=r"label_values is for tasks of classes, not regression"):
        task_of(frame("1", "2"), competition(task="regression", label_values=["1", "2"]))


def test_labels_outside_the_known_ones_are_refused_with_their_counts_and_ids():
    given_ = competition(label_values=["a", "b"])
    train = frame("a", "b", "x", "y", "x")
    with pytest.raises(DataError) as error:
        encode_labels(train, given_, task_of(train, given_))
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
        DataError,
        match=r"'mean': 1 labels are none of '0', '1' \(found '2' in 1 rows; first ids: id2\)",
    ):
        encode_labels(train, LABELS, task_of(train, LABELS))


def test_a_label_that_no_row_has_is_predicted_all_the_same_with_a_warning(caplog):
    train = frame("0", "1", column="rude").assign(mean=["0", "0"])
    task = task_of(train, LABELS)
    assert "column 'mean' has the value 0 in every row" in caplog.text
    assert encode_labels(train, LABELS, task).tolist() == [[0, 0], [1, 0]]


def test_perfect_outputs_are_the_classes_the_ranks_above_or_the_labels():
    ranks = np.array([0, 2, 1])
    assert targets(ranks, Task("ordinal", ("1", "2", "3"))).tolist() == [[0, 0], [1, 1], [1, 0]]
    assert targets(ranks, Task("multi_class", ("a", "b", "c"))).tolist() == [
        [1, 0, 0],
        [0, 0, 1],
        [0, 1, 0],
    ]
    labels = np.array([[1.0], [0.25]], np.float32)
    np.testing.assert_array_equal(targets(labels, Task("soft_labels", ("share",))), labels)
