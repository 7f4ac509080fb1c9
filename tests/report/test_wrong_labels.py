import numpy as np
import pandas as pd
import pytest
from helpers.report_cases import CASES, report_data
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.artefacts import write_csv
from regard.report import HeldOutRows, wrong_labels_table
from regard.report.wrong_labels import find_wrong_labels, suspects
from regard.tasks import TASKS, Targets


def held_out(labels, outputs, **more):
    ids = [f"r{row}" for row in range(len(outputs))]
    return HeldOutRows(ids, [""] * len(ids), Targets(labels), outputs, **more)


def test_suspects_by_hand():
    # the mean P(a) of rows labelled a is 0.6; the mean P(b) of rows labelled b is 0.7
    of_a = np.array([0.9, 0.7, 0.2, 0.2, 0.4])
    rows, suggested, strength = suspects(
        np.stack([of_a, 1 - of_a], axis=1), np.array([0, 0, 0, 1, 1])
    )
    assert rows.tolist() == [2]
    assert suggested.tolist() == [1]
    assert strength == pytest.approx([0.8])


def test_a_class_without_rows_is_never_suggested():
    probabilities = np.array([[0.1, 0.2, 0.7], [0.2, 0.1, 0.7]])
    _, suggested, _ = suspects(probabilities, np.array([0, 1]))
    assert suggested.tolist() == [1, 0]


@given(st.integers(0, 1000), st.integers(2, 5))
@settings(max_examples=25, deadline=None)
def test_suggestions_are_likelier_than_the_label(seed, n_classes):
    dice = np.random.default_rng(seed)
    probabilities = dice.dirichlet(np.ones(n_classes), 40)
    given = dice.integers(0, n_classes, 40)
    rows, suggested, strength = suspects(probabilities, given)
    own = probabilities[rows, given[rows]]
    assert (strength > own).all()
    assert (suggested != given[rows]).all()
    assert (np.diff(strength - own) <= 1e-12).all()


def flipped(kind, n_rows=2000):
    """Return a task, labels of which 5 % are wrong, good outputs, and the wrong rows."""
    dice = np.random.default_rng(0)
    names = tuple("abcd")
    wrong = dice.permutation(n_rows)[: n_rows // 20]
    if kind == "multi_class":
        true = dice.integers(0, 4, n_rows)
        logits = dice.normal(size=(n_rows, 4)) + 4 * np.eye(4)[true]
        outputs = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        labels = true.copy()
        labels[wrong] = (labels[wrong] + dice.integers(1, 4, len(wrong))) % 4
        return TASKS[kind](names), labels.astype(np.int32), outputs, wrong
    if kind == "regression":
        outputs = dice.normal(size=(n_rows, 1))
        labels = outputs + dice.normal(scale=0.3, size=(n_rows, 1))
        labels[wrong] += dice.choice([-3, 3], (len(wrong), 1))
        return TASKS[kind](("ease",), ((-9.0, 9.0),)), labels, outputs, wrong
    true = dice.integers(0, 2, (n_rows, 1))
    outputs = 1 / (1 + np.exp(-(dice.normal(size=(n_rows, 1)) + 6 * true - 3)))
    labels = true.astype(np.float32)
    labels[wrong] = 1 - labels[wrong]
    task = TASKS[kind](("target",), ("No", "Yes"))
    return task, labels, outputs, wrong


@pytest.mark.parametrize("kind", ["binary", "multi_class", "multi_label", "regression"])
def test_flipped_labels_are_at_the_top(kind):
    task, labels, outputs, wrong = flipped(kind)
    found = find_wrong_labels(task, held_out(labels, outputs.astype(np.float32)))
    assert np.isin(found.rows[: len(wrong)], wrong).mean() > 0.9
    assert np.isin(wrong, found.rows).mean() > 0.7


def test_table_of_classes():
    task, labels, outputs, _ = flipped("binary", 200)
    table = wrong_labels_table(task, held_out(labels, outputs, folds=np.arange(200) % 5))
    assert list(table.columns) == ["id", "fold", "given", "suggested", "probability"]
    assert set(table["given"]) == {"No", "Yes"}
    row = table.iloc[0]
    assert row["id"] == f"r{(table.index[0] and 0) or row['id'][1:]}"
    assert row["fold"] == int(row["id"][1:]) % 5
    assert 0.5 < row["probability"] <= 1


def test_awkward_ids_come_back(tmp_path):
    task, labels, outputs, _ = flipped("binary", 200)
    ids = [f'00{row},"\n=1+1 NA' for row in range(200)]
    rows = HeldOutRows(ids, [""] * 200, Targets(labels), outputs)
    table = wrong_labels_table(task, rows)
    write_csv(tmp_path / "found.csv", table)
    again = pd.read_csv(tmp_path / "found.csv", dtype=str, keep_default_na=False)
    assert len(again) > 5
    assert again["id"].tolist() == table["id"].tolist()
    assert set(again["id"]) <= set(ids)


def test_table_of_several_columns():
    labels = np.tile(np.array([[1.0, 0.0]], np.float32), (6, 1))
    labels[0] = [0, 0]
    outputs = np.tile(np.array([[0.8, 0.1]], np.float32), (6, 1))
    table = wrong_labels_table(TASKS["multi_label"](("rude", "mean")), held_out(labels, outputs))
    assert table.to_numpy().tolist() == [["r0", "rude", "0", "1", pytest.approx(0.8)]]
    assert list(table.columns) == ["id", "column", "given", "suggested", "probability"]


def test_tags_have_the_values_no_and_yes():
    labels = np.array([[0.0], [1.0], [1.0], [1.0]], np.float32)
    outputs = np.full((4, 1), 0.9, np.float32)
    task = TASKS["multi_label"](("rude",), joiner=" ")
    found = find_wrong_labels(task, held_out(labels, outputs))
    assert (found.given, found.suggested) == (["no"], ["yes"])


def test_table_of_numbers():
    labels = np.array([[0.1], [-0.1], [0.1], [-0.1], [2.0]], np.float32)
    table = wrong_labels_table(
        TASKS["regression"](("ease",), ((-9.0, 9.0),)), held_out(labels, np.zeros((5, 1)))
    )
    assert list(table.columns) == ["id", "given", "suggested", "deviations"]
    assert table.iloc[0].tolist()[:3] == ["r4", "2", "0.00"]


def test_numbers_that_are_all_right():
    numbers = np.zeros((5, 1), np.float32)
    task = TASKS["regression"](("ease",), ((-9.0, 9.0),))
    assert len(find_wrong_labels(task, held_out(numbers, numbers))) == 0


@pytest.mark.parametrize("kind", CASES)
def test_every_kind_of_task_has_a_table(kind):
    data = report_data(kind)
    found = find_wrong_labels(data.task, data.held_out)
    assert len(wrong_labels_table(data.task, data.held_out)) == len(found)


def test_suggested_numbers_have_no_more_decimals_than_they_deserve():
    task = TASKS["regression"](("ease",), ((-10.0, 10.0),))
    generator = np.random.default_rng(0)
    outputs = generator.normal(size=(100, 1)).astype(np.float32)
    labels = outputs + generator.normal(scale=0.3, size=(100, 1)).astype(np.float32)
    labels[7] = 9.0
    held_out = report_data("regression", outputs=outputs, targets=Targets(labels)).held_out
    found = find_wrong_labels(task, held_out)
    assert (found.rows[0], found.given[0]) == (7, "9")
    assert found.suggested[0] == f"{outputs[7, 0]:.2f}"
