import dataclasses

import pytest
from helpers.tables import cycle, make_tables, write_files

from regard.competitions.discovery.files import read_files
from regard.config import Dialect
from regard.errors import DataError


def test_exact_name_wins(tmp_path):
    tables = make_tables({"label": cycle("0 1", 60)}, {"label": "0"})
    write_files(tmp_path / "foo", tables, ("Train.csv", "TEST.csv", "sample-submission.csv"))
    (tmp_path / "foo" / "test_labels.csv").write_text("id,label\n1,0\n")
    guesses = {guess.key: guess.value for guess in read_files(tmp_path / "foo")[1]}
    assert (guesses["train_file"], guesses["test_file"]) == ("Train.csv", "TEST.csv")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"encoding": "utf-16"}, {"encoding": "utf-16"}),
        ({"encoding": "cp1252"}, {"encoding": "cp1252"}),
        ({"encoding": "utf-8-sig"}, {"encoding": "utf-8"}),
        ({"sep": ";"}, {"separator": ";"}),
        ({"sep": "\t"}, {"separator": "\t"}),
    ],
)
def test_encoding_and_separator(options, expected, tmp_path):
    tables = make_tables({"label": cycle("0 1", 60)}, {"label": "0"})
    tables.train["text"] = tables.train["text"] + " caf\u00e9"
    write_files(tmp_path / "foo", tables, **options)
    read, guesses = read_files(tmp_path / "foo")
    assert read.train["text"].tolist() == tables.train["text"].tolist()
    settings = {guess.key: guess.value for guess in guesses}
    files = {"train_file", "test_file", "sample_file"}
    assert set(settings) == files | {field.name for field in dataclasses.fields(Dialect)}
    assert {key: settings[key] for key in expected} == expected


def test_file_without_separator_is_named(tmp_path):
    (tmp_path / "foo").mkdir()
    for name in ("train", "test", "sample"):
        content = "id\n1\n" if name == "test" else "id,text\n1,a\n"
        (tmp_path / "foo" / f"{name}.csv").write_text(content)
    with pytest.raises(DataError, match=r"in the first line of test\.csv; give each file"):
        read_files(tmp_path / "foo")


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_empty_file_is_named(content, tmp_path):
    (tmp_path / "foo").mkdir()
    for name in ("train", "test", "sample"):
        (tmp_path / "foo" / f"{name}.csv").write_text(content if name == "train" else "id,text\n")
    with pytest.raises(DataError, match=r"train\.csv is empty"):
        read_files(tmp_path / "foo")


def test_a_sample_without_commas_is_a_doubt(tmp_path):
    tables = make_tables({"label": cycle("0 1", 60)}, {"label": "0"})
    folder = tmp_path / "files"
    write_files(folder, tables)
    sample = folder / "sample_submission.csv"
    assert not any("commas, as Kaggle" in guess.doubt for guess in read_files(folder)[1])
    sample.write_text(sample.read_text().replace(",", ";"))
    doubts = [guess.doubt for guess in read_files(folder)[1] if guess.key == "separator"]
    assert "parts its cells by the semicolon, but submission.csv has commas" in doubts[0]


def test_a_part_without_a_header_is_told_and_mended(tmp_path):
    rows = [f"{row},some text of row {row},{row % 2}\n" for row in range(8)]
    (tmp_path / "train_1.csv").write_text("id,text,label\n" + "".join(rows[:4]))
    part = tmp_path / "train_2.csv"
    part.write_text("".join(rows[4:]))
    (tmp_path / "test.csv").write_text("id,text\n9,some text\n")
    (tmp_path / "sample_submission.csv").write_text("id,label\n9,0\n")
    with pytest.raises(DataError, match=r"train_2\.csv seems to have no header \(4, some text of"):
        read_files(tmp_path)
    part.write_text("id,text,label\n" + part.read_text())
    assert len(read_files(tmp_path)[0].train) == 8
