import pytest
from helpers.cases import competition
from helpers.labels import label_frame

from regard.errors import ConfigError, DataError
from regard.tasks import MultiClass
from regard.tasks.cells import given_values, is_number, listed, sorted_values

SETTINGS = competition()


def test_labels_are_sorted_as_numbers_if_all_are():
    assert sorted_values(["10", "9", "-1"]) == ["-1", "9", "10"]
    assert sorted_values(["10", "9", "x"]) == ["10", "9", "x"]


def test_only_finite_numbers_are_numbers():
    assert [is_number(cell) for cell in ("1", "-2.5e3", "nan", "inf", "x", "")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_messages_list_ten_values_at_most():
    assert listed("ab") == "'a', 'b'"
    assert listed("abcdefghijkl").endswith("'j', ...")


@pytest.mark.parametrize("values", [["a"], ["a", "b", "a"]])
def test_label_values_must_be_several_different_ones(values):
    with pytest.raises(ConfigError, match="must be two or more different values"):
        given_values(competition(label_values=values))


def test_empty_labels_are_refused_with_their_ids():
    with pytest.raises(DataError) as error:
        MultiClass.from_labels(label_frame("a", "", "b", ""), SETTINGS)
    words = ["train.csv", "'label'", "2 labels are empty", "id1, id3"]
    assert all(word in str(error.value) for word in words)
    assert "\n" not in str(error.value)


def test_a_given_class_that_no_row_has_is_refused():
    settings = competition(label_values=["a", "b", "c"])
    with pytest.raises(DataError, match="never has the value 'c'"):
        MultiClass.from_labels(label_frame("a", "b"), settings)


def test_labels_outside_the_known_ones_are_refused_with_their_counts_and_ids():
    settings = competition(label_values=["a", "b"])
    train = label_frame("a", "b", "x", "y", "x")
    task = MultiClass.from_labels(train, settings)
    with pytest.raises(DataError) as error:
        task.encode_labels(train, settings)
    words = ["train.csv", "'label'", "3 labels are none of 'a', 'b'", "id2, id3, id4"]
    words += ["'x' in 2 rows", "'y' in 1 row"]
    assert all(word in str(error.value) for word in words)


def test_the_rows_of_each_label_are_counted():
    train = label_frame("b", "a", "b")
    task = MultiClass.from_labels(train, SETTINGS)
    assert task.count_labels(task.encode_labels(train, SETTINGS)) == "rows per label: a 1, b 2"
