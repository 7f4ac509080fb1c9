import numpy as np
import pytest
from helpers.cases import competition
from helpers.labels import label_frame

from regard.errors import DataError
from regard.tasks import MultiLabel, task_from

TAGS = competition(task="multi_label", label_separator=",")


def test_tags_become_a_column_each():
    train = label_frame("sky, sport", "food", "", "food, sky")
    task = MultiLabel.from_labels(train, TAGS)
    assert (task.label_names, task.joiner) == (("food", "sky", "sport"), ", ")
    assert task.encode_labels(train, TAGS).tolist() == [[0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 0]]
    assert task_from(task.to_dict()) == task


def test_decided_tags_are_joined_as_train_joins_them():
    task = MultiLabel(("food", "sky"), joiner=", ")
    outputs = np.array([[0.9, 0.8], [0.1, 0.6], [0.2, 0.2]])
    assert task.hard_labels(outputs).tolist() == ["food, sky", "sky", ""]
    lists = MultiLabel(("food", "sky"), joiner="json")
    assert lists.hard_labels(outputs).tolist() == ['["food", "sky"]', '["sky"]', "[]"]


def test_label_values_choose_the_tags(caplog):
    settings = competition(task="multi_label", label_separator=" ", label_values=["b", "a"])
    train = label_frame("a b", "B", "c a")
    task = MultiLabel.from_labels(train, settings)
    assert task.encode_labels(train, settings).tolist() == [[1, 1], [1, 0], [0, 1]]
    assert "not among those predicted: 'c'" in caplog.text


@pytest.mark.parametrize(
    ("cells", "separator", "words"),
    [
        (("a", "a"), ",", ["1 different labels", "label_separator=','"]),
        (('["a"]', "b"), "json", ["1 cells are no lists", "'b'", "id1"]),
    ],
)
def test_a_column_without_tags_is_refused(cells, separator, words):
    settings = competition(task="multi_label", label_separator=separator)
    with pytest.raises(DataError) as error:
        MultiLabel.from_labels(label_frame(*cells), settings)
    assert all(word in str(error.value) for word in words)
    assert "\n" not in str(error.value)
