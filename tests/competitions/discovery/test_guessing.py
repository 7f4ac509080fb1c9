import pytest
from helpers.tables import (
    confused_texts,
    cycle,
    find_doubts,
    guess_settings,
    guess_task_and_metric,
    make_tables,
    sentences,
)

from regard.errors import DataError


def test_texts_with_two_labels():
    tables = make_tables({"label": cycle("0 1", 60)}, {"label": "0"})
    assert guess_settings(tables) == {
        "id_column": "id",
        "text_columns": ["text"],
        "label_columns": ["label"],
        "task": "binary",
        "metric": "accuracy",
        "submit": "labels",
    }


def test_rows_without_label_are_ignored():
    tables = make_tables({"label": [*cycle("0 1", 58), "", ""]}, {"label": "0"})
    assert guess_task_and_metric(tables) == ("binary", "accuracy", "labels")
    assert "2 rows have no label (lines 60, 61; ids 58, 59)" in find_doubts(tables)


@pytest.mark.slow
def test_order_of_labels_with_rows_without_label():
    texts, labels = confused_texts([0, 1, 2, 3, 4])
    half = [label if row % 2 else "" for row, label in enumerate(labels)]
    tables = make_tables({"label": half}, {"label": "2"}, n=900, text=texts + sentences(20))
    assert guess_task_and_metric(tables)[0] == "ordinal"


def test_one_label_and_rows_without_label():
    with pytest.raises(DataError, match="'spam' in every row"):
        guess_settings(make_tables({"label": ["spam", ""] * 30}, {"label": "spam"}))
