from dataclasses import replace

import numpy as np
import pytest
from helpers.cases import competition, tiny_tables, write_tables
from helpers.tables import text_tables

from regard.competitions.check import check, inspect_tables
from regard.competitions.check.relations import grid_line, relation_rows, relation_warnings
from regard.pipeline import make
from regard.tasks import MultiClass, Regression

ONE = "one two three four five six seven eight nine ten"
OTHER = ONE.replace("ten", "eleven")
UNLIKE = "some other words that are here for the sake of it"


def similar(train, labels, test):
    return inspect_tables(text_tables(train, labels, test), competition(), []).similar


def test_similar_rows_of_train_and_test_are_counted():
    found = similar([ONE, UNLIKE, OTHER, "x"], "abbb", [ONE.replace("one", "zero"), "y"])
    assert (found.n_read, found.n_in_train, found.n_conflicts, found.n_in_test) == (4, 2, 1, 1)
    assert found.first_in_train == (("a0", "a2"),)
    assert found.first_conflicts == (("a0", "a2"),)
    assert len(found.first_in_test) == 1


def test_identical_rows_are_not_similar_ones():
    found = similar([ONE, ONE, UNLIKE], "abb", [ONE])
    assert (found.n_in_train, found.n_conflicts, found.n_in_test) == (0, 0, 0)


def test_numbers_that_differ_are_no_conflict():
    tables = text_tables([ONE, OTHER, UNLIKE], ["1.5", "2", "3"], [UNLIKE])
    settings = competition(task="regression", metric="rmse")
    found = inspect_tables(tables, settings, []).similar
    assert (found.n_in_train, found.n_conflicts) == (2, 0)


def test_the_lines_name_pairs_and_the_setting():
    findings = inspect_tables(text_tables([ONE, OTHER, UNLIKE], "aab", [UNLIKE]), competition(), [])
    rows = {name: cells for name, *cells in relation_rows(findings)}
    assert rows["train texts similar"] == ["2 rows", "66.7%", "(first ids: a0 and a1)"]
    (line,) = relation_warnings(findings)
    assert "set folds.near_duplicates=0.7 to keep them in one fold" in line


@pytest.mark.slow
def test_the_advice_of_the_line_can_be_followed(tiny, tmp_path):
    tables = tiny_tables()
    train = tables["train"]
    train.loc[train.index[:2], "text"] = [ONE, OTHER]
    train.loc[train.index[:2], "category"] = "sea"
    write_tables(tmp_path / "data" / "tiny", tables)
    assert any("near_duplicates=0.7" in line for line in relation_warnings(check(tiny())))
    words = ["folds.n_folds=4", "folds.near_duplicates=0.7"]
    folds = [make(tiny(f"folds.seed={seed}", *words[:1]), "folds").folds for seed in range(8)]
    assert any(one[0] != one[1] for one in folds)
    folds = [make(tiny(f"folds.seed={seed}", *words), "folds").folds for seed in range(8)]
    assert all(one[0] == one[1] for one in folds)


def test_labels_of_few_numbers_are_told():
    task = Regression(("n",), ((0.0, 2.0),))
    labels = np.tile([0.0, 0.5, 2.0], 20)[:, None]
    assert "at most 3 values" in grid_line(task, labels)
    assert "set competition.label_grid=auto" in grid_line(task, labels)
    assert grid_line(task, np.linspace(0, 2, 60)[:, None]) == ""
    assert grid_line(replace(task, grids=((0.0, 0.5, 2.0),)), labels) == ""
    assert grid_line(MultiClass(("a", "b")), np.array([0, 1] * 30)) == ""
