import pytest
from helpers.tables import (
    cycle,
    find_doubts,
    guess_task_and_metric,
    make_pairs,
    make_tables,
    numbered,
)


@pytest.mark.parametrize(
    ("labels", "sample", "expected"),
    [
        ({"label": "0 1"}, {"label": "0.5"}, "binary roc_auc probabilities"),
        ({"label": "0 0 0 0 1"}, {"label": "0"}, "binary f1 labels"),
        ({"label": "1 1 1 1 0"}, {"label": "0"}, "binary accuracy labels"),
        ({"label": "no yes"}, {"label": "0"}, "binary roc_auc probabilities"),
        ({"kind": "a b c"}, {"kind": "a"}, "multi_class accuracy labels"),
        ({"kind": "a a a a a b c"}, {"kind": "a"}, "multi_class f1_macro labels"),
        (
            {"author": "A B C"},
            {"A": "0.4", "B": "0.3", "C": "0.3"},
            "multi_class log_loss probabilities",
        ),
        ({"class": "0 1 2"}, {"class": "1"}, "multi_class accuracy labels"),
        ({"topic": "0 1 2 3 4"}, {"topic": "1"}, "multi_class accuracy labels"),
        ({"rating": "1 2 3"}, {"rating": "1"}, "ordinal quadratic_weighted_kappa labels"),
        ({"stars": "1 2 3 4 5"}, {"stars": "2.5"}, "ordinal rmse numbers"),
        ({"label": "1 5 9"}, {"label": "1"}, "multi_class accuracy labels"),
        ({"length": " ".join(numbered(5, 60))}, {"length": "1"}, "regression rmse numbers"),
        ({"target": "-1.5 0.3 2.25"}, {"target": "0.0"}, "regression rmse numbers"),
        ({"target": "0.0 0.25 1.0"}, {"target": "0"}, "soft_labels log_loss probabilities"),
        (
            {"a": "0 1", "b": "0 0 1"},
            {"a": "0.5", "b": "0.5"},
            "multi_label mean_column_roc_auc probabilities",
        ),
        ({"a": "0 1", "b": "0 0 1"}, {"a": "0", "b": "0"}, "multi_label f1_micro labels"),
        ({"a": "1.0 3.5", "b": "2 3 4"}, {"a": "3", "b": "3"}, "regression mcrmse numbers"),
        (
            {"a": "0.2 1", "b": "0.8 0"},
            {"a": "0.5", "b": "0.5"},
            "soft_labels log_loss probabilities",
        ),
    ],
)
def test_task_metric_and_submit(labels, sample, expected):
    columns = {name: cycle(values, 60) for name, values in labels.items()}
    assert guess_task_and_metric(make_tables(columns, sample)) == tuple(expected.split())


def test_similarity_of_pairs():
    tables = make_pairs("a1", "a2", score=cycle("1.0 2.5 4.1", 60))
    assert guess_task_and_metric(tables) == ("regression", "pearson", "numbers")


@pytest.mark.parametrize("sample", ["neutral", "NEUTRAL"])
def test_a_word_that_is_no_label_of_train_asks_for_labels(sample):
    tables = make_tables({"label": cycle("neg pos", 60)}, {"label": sample})
    assert guess_task_and_metric(tables) == ("binary", "accuracy", "labels")
    assert f"the sample has {sample!r}, which is no label of train" in find_doubts(tables)


def test_other_whole_numbers_are_a_doubt():
    tables = make_tables({"label": cycle("1 2", 60)}, {"label": "0"})
    assert guess_task_and_metric(tables) == ("binary", "roc_auc", "probabilities")
    assert "for labels, write submit: labels and metric: accuracy" in find_doubts(tables)


def test_crosses_in_the_sample_are_labels():
    labels = {
        name: ["x" if row % 3 == index else "" for row in range(60)]
        for index, name in enumerate("abc")
    }
    tables = make_tables(labels, {"a": "x", "b": "", "c": ""})
    assert guess_task_and_metric(tables) == ("multi_class", "accuracy", "labels")
