import numpy as np
import pytest
from helpers.cases import tiny_tables, write_tables

from regard.artefacts import read_json
from regard.errors import DataError
from regard.pipeline import make


def change(folder, name, edit):
    """Edit a table of the tiny competition."""
    tables = tiny_tables()
    edit(tables[name])
    write_tables(folder / "data" / "tiny", tables)


def decoded(run, inputs, row):
    return [run.vocabulary[token] for token in inputs.texts[0][row]]


def test_inputs_are_the_tokens_of_the_texts(tiny, tmp_path):
    def edit(test):
        test.loc[1, "text"] = "The ship, THE sea"

    change(tmp_path, "test", edit)
    run = make(tiny("text.cleaning=[lower_case]"), "prepare")
    assert decoded(run, run.test_inputs, 1) == ["the", "ship", ",", "the", "sea"]
    assert run.vocabulary[:2] == ["<pad>", "<unk>"]
    assert run.task.classes == ("sea", "town", "wood")
    assert run.labels[:3].tolist() == [0, 2, 1]
    assert run.labels.dtype == np.int32


def test_empty_text_has_a_token(tiny):
    run = make(tiny(), "prepare")
    assert decoded(run, run.train_inputs, 3) == decoded(run, run.test_inputs, 0) == ["<unk>"]


def test_first_row_of_identical_texts_is_noted(tiny, caplog):
    with caplog.at_level("INFO"):
        run = make(tiny(), "prepare")
    assert run.identical[7] == 4
    assert [row for row in range(48) if run.identical[row] != row] == [7]
    assert "1 train texts repeat an earlier one; identical texts share a fold" in caplog.text
    assert "1 test texts are also train texts" in caplog.text  # the empty one


def test_vocabulary_may_leave_out_the_test_texts(tiny, tmp_path):
    def edit(test):
        test["text"] = test["text"].str.replace("the", "zebra zebra")

    change(tmp_path, "test", edit)
    assert "zebra" in make(tiny(), "prepare").vocabulary
    run = make(tiny("text.use_test=false"), "prepare")
    assert "zebra" not in run.vocabulary
    assert run.vocabulary[:2] == ["<pad>", "<unk>"]
    assert any("<unk>" in decoded(run, run.test_inputs, row) for row in range(1, 12))


def test_test_file_changes_nothing_that_does_not_read_it(tiny, tmp_path):
    settings = "text.use_test=false"
    before = make(tiny(settings), "prepare")

    def edit(test):
        test["text"] = "zebra"

    change(tmp_path, "test", edit)
    assert make(tiny(settings), "prepare").folders["prepare"] == before.folders["prepare"]


def test_inputs_need_no_test_file(tiny, tmp_path):
    expected = make(tiny("text.use_test=false"), "prepare")
    (tmp_path / "data" / "tiny" / "test.csv").unlink()
    (tmp_path / "data" / "tiny" / "sample_submission.csv").unlink()
    alone = ["competition.test_file=null", "competition.sample_file=null"]
    run = make(tiny(*alone), "prepare")
    assert run.vocabulary == expected.vocabulary
    for row in range(48):
        assert decoded(run, run.train_inputs, row) == decoded(run, expected.train_inputs, row)
    assert set(run.folders) == {"tables", "prepare", "folds", "embed", "train", "explain"}


def test_numbers_and_categories_are_inputs(tiny, tmp_path):
    tables = tiny_tables()
    for name in ("train", "test"):
        tables[name]["size"] = [str(row) for row in range(len(tables[name]))]
        tables[name]["kind"] = ["a", "b", "c"] * (len(tables[name]) // 3)
    write_tables(tmp_path / "data" / "tiny", tables)
    columns = ["competition.numeric_columns=[size]", "competition.categorical_columns=[kind]"]
    run = make(tiny(*columns, "features.text_statistics=[length]"), "prepare")
    for inputs, n_rows in ((run.train_inputs, 48), (run.test_inputs, 12)):
        assert inputs.numbers[:, 0].tolist() == list(range(n_rows))
        assert inputs.numbers.shape == (n_rows, 3)
        assert inputs.categories[:, 0].tolist() == [1, 2, 3] * (n_rows // 3)
        assert len(inputs.texts) == 1
    assert run.features.n_values == (4,)
    stored = read_json(run.folders["prepare"] / "features.json")
    assert stored == {"with_empty_cells": [], "values": [["a", "b", "c"]]}


def test_pair_has_two_texts(tiny, tmp_path):
    tables = tiny_tables()
    for name in ("train", "test"):
        tables[name]["other"] = tables[name]["text"][::-1].to_numpy()
    write_tables(tmp_path / "data" / "tiny", tables)
    pair = ["competition.text_columns=[text,other]", "competition.texts=pair"]
    run = make(tiny(*pair), "prepare")
    first, second = run.train_inputs.texts
    assert len(first) == len(second) == 48
    assert first[0].tolist() == second[47].tolist()
    assert run.train_inputs.symmetric
    # Row 47 holds the texts of row 0 in the other order.
    assert run.identical[47] == 0


MISTAKES = {
    "too rare tokens": ("train", {}, ["text.min_count=999"], "lower text.min_count"),
    "an empty label": ("train", {"category": ["sea", ""] * 24}, [], "column 'category'"),
    "an unknown label": ("train", {}, ["competition.label_values=[sea,wood]"], "'town'"),
    "too many labels": ("train", {}, ["competition.task=binary"], "needs two values"),
    "a word for a number": (
        "train",
        {"size": "big"},
        ["competition.numeric_columns=[size]"],
        "'size'",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_one_line_and_leaves_nothing(mistake, tiny, tmp_path):
    name, columns, overrides, words = MISTAKES[mistake]
    tables = tiny_tables()
    tables["test"]["size"] = "1"
    tables[name] = tables[name].assign(**columns)
    write_tables(tmp_path / "data" / "tiny", tables)
    with pytest.raises(DataError, match=words) as error:
        make(tiny(*overrides), "prepare")
    assert "\n" not in str(error.value)
    assert list((tmp_path / "outputs" / "tiny" / "prepare").iterdir()) == []
