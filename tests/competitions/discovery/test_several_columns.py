import pytest
from helpers.tables import cycle, find_doubts, guess_settings, guess_task_and_metric, make_tables

HALVES = dict.fromkeys("abc", "0.5")


def exclusive(yes, no, n=60):
    return {
        name: [yes if row % 3 == index else no for row in range(n)]
        for index, name in enumerate("abc")
    }


@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("True", "False"), ("x", ""), ("1.0", "0.0")])
def test_columns_of_which_one_is_positive_are_classes(yes, no):
    sample = dict.fromkeys("abc", "0.333")
    tables = make_tables(exclusive(yes, no), sample)
    assert guess_task_and_metric(tables) == ("multi_class", "log_loss", "probabilities")
    assert find_doubts(tables).strip() == ""


def test_a_sample_that_does_not_sum_to_one_is_a_doubt():
    tables = make_tables(exclusive("1", "0"), HALVES)
    assert guess_task_and_metric(tables)[0] == "multi_class"
    assert "if a row may have several, write task: multi_label" in find_doubts(tables)


def test_a_sample_of_labels():
    tables = make_tables(exclusive("1", "0"), {"a": "0", "b": "1", "c": "0"})
    assert guess_task_and_metric(tables) == ("multi_class", "accuracy", "labels")
    assert "write submit: probabilities and metric: log_loss" in find_doubts(tables)


def test_a_few_rows_that_break_the_rule_are_named():
    labels = exclusive("1", "0")
    labels["a"][4] = "1"
    tables = make_tables(labels, HALVES)
    assert guess_task_and_metric(tables)[0] == "multi_label"
    assert "all rows but 1 have exactly one positive label (lines 6)" in find_doubts(tables)


def test_few_rows_may_sum_to_one_by_chance():
    tables = make_tables(exclusive("1", "0", n=9), HALVES, n=9)
    assert guess_task_and_metric(tables)[0] == "multi_label"


def test_columns_of_minus_one_and_one():
    labels = {"a": cycle("-1 1", 60), "b": cycle("1 1 -1", 60)}
    found = guess_settings(make_tables(labels, {"a": "0.5", "b": "0.5"}))
    assert found["task"] == "multi_label"
    assert "label_missing" not in found


def test_columns_of_two_other_values():
    labels = {
        "a": cycle("absent absent present", 60),
        "b": cycle("absent present absent absent", 60),
    }
    tables = make_tables(labels, {"a": "absent", "b": "absent"})
    found = guess_settings(tables)
    assert (found["task"], found["label_values"]) == ("multi_label", ["absent", "present"])
    assert "present is assumed to be the positive label" in find_doubts(tables)
