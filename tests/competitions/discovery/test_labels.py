import pytest
from helpers.tables import (
    cycle,
    find_doubts,
    guess_settings,
    guess_task_and_metric,
    make_tables,
)

from regard.errors import DataError


def test_sample_columns_without_class_prefix():
    sample = {f"label_{value}": "0.2" for value in "abc"}
    tables = make_tables({"label": cycle("label_a label_b label_c", 60)}, sample)
    assert guess_task_and_metric(tables) == ("multi_class", "log_loss", "probabilities")


def test_sample_columns_with_class_prefix():
    sample = {f"label_{value}": "0.2" for value in "abc"}
    with pytest.raises(DataError, match=r"the prefix 'label_', .* replace a by label_a in train"):
        guess_settings(make_tables({"label": cycle("a b c", 60)}, sample))


def test_sample_column_in_test_is_no_label():
    tables = make_tables({"label": cycle("0 1", 60)}, {"label": "0", "text": "x"})
    with pytest.raises(DataError, match="the sample has 'text' next to the id 'id'"):
        guess_settings(tables)


def test_choice_between_several_columns_is_a_doubt():
    labels = {"target": cycle("0 1", 60), "comments": cycle("3 4 5", 60)}
    assert "assumed to be 'target', not comments" in find_doubts(
        make_tables(labels, {"prediction": "0"})
    )


@pytest.mark.parametrize(
    ("labels", "sample", "parts"),
    [
        ({"a": "0 1", "b": "0 1"}, {"prediction": "0"}, ["one of a, b"]),
        ({}, {"prediction": "0"}, ["no label column", "only the columns of the test file"]),
        ({"a": "0 1"}, {"a": "0", "b": "0"}, ["has labels for a but not for b"]),
        ({"label": "0 1"}, {}, ["no column to predict"]),
        ({"label": "0 1"}, {"x": "0", "y": "1"}, ["x, y", "for none of them", "label"]),
    ],
    ids=["two candidates", "no label", "one more", "empty sample", "unknown"],
)
def test_unclear_labels(labels, sample, parts):
    columns = {name: cycle(values, 60) for name, values in labels.items()}
    with pytest.raises(DataError) as error:
        guess_settings(make_tables(columns, sample))
    assert "\n" not in str(error.value)
    for part in parts:
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("labels", "columns"), [("1.0 2.0 3.0", "123"), ("a b c", "ABC"), ("c b a", "abc")]
)
def test_columns_of_the_sample_are_classes_by_value(labels, columns):
    tables = make_tables({"kind": cycle(labels, 60)}, dict.fromkeys(columns, "0.3"))
    assert guess_task_and_metric(tables) == ("multi_class", "log_loss", "probabilities")


def test_a_class_that_the_sample_lacks_is_named():
    tables = make_tables({"kind": cycle("a b c", 60)}, {"a": "0.5", "b": "0.5"})
    with pytest.raises(DataError, match="values of 'kind', which also has c; add a column"):
        guess_settings(tables)
    added = make_tables({"kind": cycle("a b c", 60)}, dict.fromkeys("abc", "0.5"))
    assert guess_task_and_metric(added)[0] == "multi_class"
