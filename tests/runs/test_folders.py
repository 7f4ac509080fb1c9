import pytest
from helpers.cases import tiny_tables, write_tables

from regard.errors import ArtefactError
from regard.pipeline import make
from regard.runs import folders
from regard.runs.run import Run


@pytest.fixture
def run(quick):
    """Make a run up to its submission."""
    return make(quick(), "submit")


def test_texts_are_those_of_the_files(run):
    train = tiny_tables()["train"]
    assert run.texts("train") == [train["text"].tolist()]


def test_text_columns_are_joined_or_separate(quick, tmp_path):
    tables = tiny_tables()
    for part in ("train", "test"):
        tables[part]["title"] = [f"title {row}" for row in range(len(tables[part]))]
    write_tables(tmp_path / "data" / "tiny", tables)
    columns = "competition.text_columns=[title,text]"
    joined = make(quick(columns), "test_tables").texts("test")
    assert joined[0][1] == f"title 1\n{tables['test']['text'][1]}"
    pair = make(quick(columns, "competition.texts=pair"), "test_tables").texts("test")
    assert [column[1] for column in pair] == ["title 1", tables["test"]["text"][1]]


def test_artefact_of_a_stage_that_has_not_run_is_one_line(quick):
    run = make(quick(), "tables")
    for read in (
        lambda: run.task,
        lambda: run.vocabulary,
        lambda: run.labels,
        lambda: run.folds,
        lambda: run.features,
        lambda: run.train_inputs,
        lambda: run.test_inputs,
        lambda: run.table("test"),
        lambda: run.scores,
        lambda: run.manifest,
        lambda: run.outputs,
    ):
        with pytest.raises(ArtefactError, match="is missing: the stage") as error:
            read()
        assert "\n" not in str(error.value)


def test_stage_that_the_run_does_without_is_one_line(quick):
    run = make(quick("model=tfidf_linear"), "prepare")
    with pytest.raises(ArtefactError, match="this run has no artefact of the stage embed"):
        _ = run.embedding_matrix


def test_columns_are_read_alone_until_the_table_is_read(run):
    again = Run(run.config, run.folders, run.input_hashes)
    assert again.columns("train", ["category"]).columns.tolist() == ["category"]
    assert again.train_ids.tolist() == again.table("train")["id"].tolist()
    assert again.columns("train", ["category", "id"]).equals(run.table("train")[["category", "id"]])


def test_tables_are_read_once(run, monkeypatch):
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return read_table(*arguments)

    read_table = folders.read_table
    monkeypatch.setattr(folders, "read_table", counted)
    again = Run(run.config, run.folders, run.input_hashes)
    for _ in range(2):
        for part in ("train", "test", "sample"):
            again.table(part)
    assert [part for _, part in calls] == ["train", "test", "sample"]


def test_ids_are_those_of_the_files(run):
    tables = tiny_tables()
    assert run.train_ids.tolist() == tables["train"]["id"].tolist()
    assert run.test_ids.tolist() == tables["test"]["id"].tolist()
