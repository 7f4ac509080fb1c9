import pytest
from helpers.cases import competition
from helpers.labels import label_frame

from regard.errors import ConfigError, DataError
from regard.tasks import Binary, MultiClass, MultiLabel
from regard.tasks.pair_cells import encode_pair, find_pair, read_pair

SETTINGS = competition()
COLUMNS = competition(task="multi_label", label_columns=["a", "b"])
EXCLUSIVE = competition(label_columns=["a", "b"], metric="log_loss")


def columns_of(a, b):
    return label_frame(*a, column="a", b=list(b))


def test_the_pair_is_found_in_any_case():
    assert find_pair(label_frame("No", "YES", "No"), SETTINGS) == ("No", "YES")
    assert find_pair(label_frame("1.0", "0.0"), SETTINGS) == ("0.0", "1.0")
    assert find_pair(label_frame("x", "", "X", "x"), SETTINGS) == ("", "x")


def test_columns_may_have_different_marks():
    train = columns_of(["yes", "no", "yes"], ["x", "", ""])
    task = MultiLabel.from_labels(train, COLUMNS)
    assert task.values == ("no", "yes")
    assert task.encode_labels(train, COLUMNS).tolist() == [[1, 1], [0, 0], [1, 0]]


def test_crosses_and_empty_cells_are_a_binary_label():
    settings = competition(task="binary")
    train = label_frame("x", "", "X")
    task = Binary.from_labels(train, settings)
    assert task.encode_labels(train, settings).tolist() == [[1], [0], [1]]


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (("0", "1", "-1"), ["1 labels are none of '0', '1'", "label_values"]),
        (("0", "1", "nan"), ["'nan'", "set competition.label_missing=['nan']"]),
        (("0", "1", "?"), ["set competition.label_missing=['?']"]),
        (("0", "1", ""), ["1 labels are empty", "set competition.label_missing=['']"]),
        (("a", "b"), ["set competition.label_values=[negative value, positive value]"]),
    ],
)
def test_a_label_that_is_no_mark_is_refused_with_a_way_out(labels, words):
    settings = competition(task="binary")
    train = label_frame(*labels)
    with pytest.raises(DataError) as error:
        Binary.from_labels(train, settings).encode_labels(train, settings)
    assert all(word in str(error.value) for word in words)
    assert "\n" not in str(error.value)


def test_minus_one_is_no_negative_label_next_to_columns_of_0():
    train = columns_of(["0", "1", "0"], ["-1", "1", "1"])
    task = MultiLabel.from_labels(train, COLUMNS)
    with pytest.raises(DataError, match="'b': 1 labels are none of"):
        task.encode_labels(train, COLUMNS)


def test_given_values_may_name_the_empty_cell():
    settings = competition(task="binary", label_values=["", "spam"])
    train = label_frame("spam", "")
    assert read_pair(train, settings) == ("", "spam")
    assert encode_pair(train, settings, "label", ["", "spam"]).tolist() == [1, 0]


def test_given_values_match_other_spellings():
    settings = competition(task="binary", label_values=["ham", "spam"])
    train = label_frame("Spam", "ham", "HAM")
    task = Binary.from_labels(train, settings)
    assert task.encode_labels(train, settings).tolist() == [[1], [0], [0]]


def test_a_pair_is_two_values():
    with pytest.raises(ConfigError, match="has 3 values"):
        read_pair(label_frame("a"), competition(task="binary", label_values=["a", "b", "c"]))


@pytest.mark.parametrize("marks", [("0", "1"), ("False", "True"), ("", "x")])
def test_columns_that_exclude_one_another_are_classes(marks):
    no, yes = marks
    train = columns_of([yes, no, no], [no, yes, yes])
    task = MultiClass.from_labels(train, EXCLUSIVE)
    assert (task.label_names, task.marks) == (("a", "b"), (no, yes))
    labels = task.encode_labels(train, EXCLUSIVE)
    assert labels.tolist() == [0, 1, 1]
    outputs = task.ideal_outputs(labels)
    assert outputs.sum(axis=1).tolist() == [1, 1, 1]
    assert task.hard_labels(outputs).tolist() == [[yes, no], [no, yes], [no, yes]]


def test_rows_without_exactly_one_positive_column_are_refused():
    train = columns_of(["1", "0", "1"], ["0", "0", "1"])
    task = MultiClass.from_labels(train, EXCLUSIVE)
    with pytest.raises(DataError, match=r"2 rows have not exactly one '1' \(first ids: id1, id2\)"):
        task.encode_labels(train, EXCLUSIVE)
