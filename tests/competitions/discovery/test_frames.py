import pandas as pd
import pytest

from regard.competitions.discovery.frames import discover_frame
from regard.errors import DataError

TEXTS = [f"a text of some words, number {row}, that nobody has read" for row in range(30)]


def frame(**columns):
    return pd.DataFrame({"id": map(str, range(30)), "text": TEXTS, **columns}, dtype="str")


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (["yes", "no"] * 15, "binary"),
        (["red", "green", "blue"] * 10, "multi_class"),
        (["1.5", "2.5", "7.25"] * 10, "regression"),
    ],
)
def test_task_follows_from_the_labels(labels, task):
    found = discover_frame(frame(label=labels), id_column="id", label_columns=["label"])
    assert found["task"] == task
    assert found["text_columns"] == ["text"]


def test_other_columns_are_inputs():
    labelled = frame(label=["yes", "no"] * 15, size=[f"{row % 7}.5" for row in range(30)])
    found = discover_frame(labelled, id_column="id", label_columns=["label"])
    assert found["numeric_columns"] == ["size"]


def test_frame_without_texts_is_refused():
    numbers = pd.DataFrame({"id": ["1", "2"], "x": ["1", "2"], "y": ["0", "1"]}, dtype="str")
    with pytest.raises(DataError, match="text"):
        discover_frame(numbers, id_column="id", label_columns=["y"])
