import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables

from regard.artefacts import hash_file
from regard.errors import DataError
from regard.pipeline import make


def test_tables_are_those_of_the_files(tiny, tmp_path):
    run = make(tiny(), "prepare")
    expected = tiny_tables()
    for part, name in (("train", "train"), ("test", "test"), ("sample", "sample_submission")):
        found = run.table(part)
        assert found.to_dict("list") == expected[name].to_dict("list")
        assert run.input_hashes[part] == hash_file(tmp_path / "data" / "tiny" / f"{name}.csv")
    for stage in ("tables", "test_tables"):
        folder = tmp_path / "outputs" / "tiny" / stage / run.fingerprints[stage]
        assert run.folders[stage] == folder
    assert {path.name for path in run.folders["tables"].iterdir()} == {
        "manifest.json",
        "train.parquet",
    }


def test_changed_file_is_read_again(tiny, tmp_path):
    before = make(tiny(), "tables")
    tables = tiny_tables()
    tables["train"].loc[0, "text"] = "the ship"
    write_tables(tmp_path / "data" / "tiny", tables)
    after = make(tiny(), "tables")
    assert after.folders["tables"] != before.folders["tables"]
    assert after.table("train")["text"][0] == "the ship"
    assert before.table("train")["text"][0] != "the ship"


JOINS = ["competition.joined_files=[kinds.csv]", "competition.join_column=kind"]


def write_with_kinds(folder, notes=("x", "y")):
    """Write the tiny competition with a column of kinds, and a file with a note on each kind."""
    tables = tiny_tables()
    for name in ("train", "test"):
        tables[name]["kind"] = ["a", "b"] * (len(tables[name]) // 2)
    write_tables(folder, tables | {"kinds": pd.DataFrame({"kind": ["a", "b"], "note": notes})})


def test_columns_of_another_file_are_part_of_the_tables(tiny, tmp_path):
    write_with_kinds(tmp_path / "data" / "tiny")
    before = make(tiny(*JOINS, "competition.prompt_column=note"), "prepare")
    assert before.table("train")["note"].tolist() == ["x", "y"] * 24
    assert before.table("test")["note"].tolist() == ["x", "y"] * 6
    write_with_kinds(tmp_path / "data" / "tiny", ("x", "z"))
    after = make(tiny(*JOINS, "competition.prompt_column=note"), "prepare")
    assert after.table("train")["note"].tolist() == ["x", "z"] * 24
    for stage in ("tables", "test_tables", "prepare"):
        assert after.folders[stage] != before.folders[stage]


def test_missing_file_of_more_columns(tiny):
    with pytest.raises(DataError, match=r"kinds.csv does not exist"):
        make(tiny(*JOINS), "prepare")


def without(name, column):
    return lambda content: tiny_tables()[name].drop(columns=[column]).to_csv(index=False).encode()


def without_texts(content):
    return tiny_tables()["train"].assign(text="").to_csv(index=False).encode()


MISTAKES = {
    "a missing column": ("train", without("train", "text"), "no column 'text'"),
    "an empty file": ("train", lambda content: b"", "train.csv is empty"),
    "a header only": ("train", lambda content: content.split(b"\n")[0] + b"\n", "no rows"),
    "a quote that is never closed": (
        "test",
        lambda content: content.rstrip() + b'\nx099,"cut o',
        "never closed",
    ),
    "bytes that are not UTF-8": (
        "train",
        lambda content: content + b"x999,caf\xe9,sea\n",
        "not valid utf-8",
    ),
    "repeated ids": ("train", lambda content: content + b"x000,the sea,sea\n", "repeat the 'id'"),
    "only empty texts": ("train", without_texts, "empty in every row"),
    "an id that test lacks": (
        "sample_submission",
        lambda content: content + b"x998,sea\n",
        "x998",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_in_a_file_is_one_line_and_leaves_nothing(mistake, tiny, tmp_path):
    name, change, words = MISTAKES[mistake]
    path = tmp_path / "data" / "tiny" / f"{name}.csv"
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError, match=words) as error:
        make(tiny(), "folds")
    assert "\n" not in str(error.value)
    assert name in str(error.value)
    # The train file is read before the others.
    made = {path.relative_to(tmp_path).parts[2] for path in tmp_path.rglob("manifest.json")}
    assert made == (set() if name == "train" else {"tables"})


@pytest.mark.parametrize("name", ["test", "sample_submission"])
def test_train_table_does_not_depend_on_the_other_files(name, tiny, tmp_path):
    before = make(tiny(), "prepare")
    tables = tiny_tables()
    tables[name].iloc[1, 1] = "wood"
    write_tables(tmp_path / "data" / "tiny", tables)
    after = make(tiny(), "prepare")
    assert after.folders["tables"] == before.folders["tables"]
    assert after.folders["test_tables"] != before.folders["test_tables"]
    assert after.table(name.partition("_")[0]).iloc[1, 1] == "wood"


def test_missing_column_of_the_folds_is_named(tiny):
    with pytest.raises(DataError, match=r"no column 'foldd'.*there are: category, id, text"):
        make(tiny("competition.fold_column=foldd"), "folds")


def test_cells_are_never_guessed(tiny, tmp_path):
    tables = tiny_tables()
    tables["train"]["text"] = ["NA", "null", "01", "1e3"] * 12
    write_tables(tmp_path / "data" / "tiny", tables)
    train = make(tiny(), "tables").table("train")
    assert train["text"].tolist() == ["NA", "null", "01", "1e3"] * 12
    assert all(pd.api.types.is_string_dtype(dtype) for dtype in train.dtypes)
