import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.cases import CONF
from helpers.tables import (
    cycle,
    make_tables,
    movie_reviews,
    numbered,
    sentences,
    write_files,
)
from hydra import compose, initialize_config_dir

from regard.competitions.discovery import new_page
from regard.config import CompetitionConfig, from_hydra, register_schema
from regard.data.tables import Tables, read_train
from regard.errors import ConfigError, DataError


def compose_page(conf: Path, name: str) -> CompetitionConfig:
    register_schema()
    with initialize_config_dir(str(conf), version_base="1.3"):
        overrides = ["overrides=[]", f"competition={name}"]
        return from_hydra(compose("config", overrides=overrides)).competition


def binary_tables() -> Tables:
    return make_tables({"label": cycle("0 1", 60)}, {"label": "0"})


def test_new_page_composes(folders, caplog):
    data, conf = folders
    write_files(data / "foo", movie_reviews(), ("train.tsv", "test.tsv", "sampleSubmission.csv"))
    (data / "foo" / "notes.txt").write_text("not one of the three")
    with caplog.at_level(logging.INFO):
        path = new_page("foo", data, conf)
    assert path == conf / "competition" / "foo.yaml"
    page = compose_page(conf, "foo")
    assert page.name == "foo"
    assert (page.train_file, page.sample_file) == ("train.tsv", "sampleSubmission.csv")
    assert (page.separator, page.group_column, page.metric) == (None, "SentenceId", "accuracy")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# foo")
    assert all("#" in line for line in lines if re.match("(task|metric|text_columns)", line))
    assert "make check COMPETITION=foo" in caplog.text


@pytest.mark.slow
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
def test_encoding_and_separator(options, expected, folders):
    data, conf = folders
    tables = binary_tables()
    tables.train["text"] = tables.train["text"] + " caf\u00e9"
    write_files(data / "foo", tables, **options)
    new_page("foo", data, conf)
    page = compose_page(conf, "foo")
    assert {key: getattr(page, key) for key in expected} == expected


def test_guesses_are_logged(folders, caplog):
    data, conf = folders
    write_files(data / "foo", movie_reviews())
    with caplog.at_level(logging.INFO):
        new_page("foo", data, conf)
    for line in (
        "id_column: PhraseId",
        "text_columns: [Phrase]",
        "task: multi_class",
        "group_column: SentenceId",
    ):
        assert line in caplog.messages
    assert "encoding: utf-8" not in caplog.messages


def test_doubts_are_on_the_page_and_logged(folders, caplog):
    data, conf = folders
    tables = make_tables({"label": cycle("ham ham spam", 60)}, {"label": "ham"})
    write_files(data / "foo", tables)
    page = new_page("foo", data, conf).read_text(encoding="utf-8")
    assert "# - label_values: spam is assumed to be the positive label, not ham" in page
    assert "please check: label_values" in caplog.text


def test_logged_path_is_relative(folders, caplog, monkeypatch):
    data, conf = folders
    monkeypatch.chdir(conf.parent)
    write_files(data / "foo", movie_reviews())
    with caplog.at_level(logging.INFO):
        new_page("foo", data, conf)
    assert caplog.messages[-1].startswith("wrote conf/competition/foo.yaml; ")


def test_broken_pages_of_other_competitions(folders):
    data, conf = folders
    (conf / "competition" / "x.yaml").write_text("name: x\n  text: [")
    (conf / "competition" / "y.yaml").write_text("name: y\nlabel_columns: 3\n")
    write_files(data / "foo", binary_tables())
    assert new_page("foo", data, conf).is_file()


def test_existing_page_is_kept(folders):
    data, conf = folders
    before = (conf / "competition" / "toxic.yaml").read_text(encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"toxic already has a page .*: make new COMPETITION=mine"
    ) as error:
        new_page("toxic", data, conf)
    assert "delete" not in str(error.value)
    write_files(data / "foo", movie_reviews())
    new_page("foo", data, conf)
    with pytest.raises(ConfigError, match=r"foo.yaml already exists; .* delete it first"):
        new_page("foo", data, conf)
    assert (conf / "competition" / "toxic.yaml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("name", ["", "a/b", "a b", "base", "null", "..", "a=b"])
def test_invalid_name(name, folders):
    with pytest.raises(ConfigError, match="name of a competition"):
        new_page(name, *folders)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (
            [*numbered(0, 59), "3"],
            r"train.csv: 1 rows repeat the 'id' of an earlier row \(ids 3; lines 61\)",
        ),
        ([*numbered(0, 49), "", *numbered(50, 10)], r"train.csv: 1 rows have no 'id' \(lines 51\)"),
    ],
    ids=["repeated", "empty"],
)
def test_broken_ids(ids, message, folders):
    data, conf = folders
    tables = make_tables({"label": cycle("a b c", 60)}, {"label": "a"})
    write_files(data / "foo", Tables(tables.train.assign(id=ids), tables.test, tables.sample))
    with pytest.raises(DataError, match=message):
        new_page("foo", data, conf)
    assert not (conf / "competition" / "foo.yaml").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere", "data_dir=."], "data error: .*nowhere does not exist.*"),
        ([], "config error: nothing was given; name one competition.*"),
        (["a", "dir=b"], "config error: a dir=b was given.*"),
    ],
)
def test_script_reports_errors_in_one_line(words, message, tmp_path):
    script = [sys.executable, str(CONF.parent / "scripts" / "new.py")]
    done = subprocess.run(
        [*script, *words], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert re.fullmatch(message + "\n", done.stderr)


def test_other_file_that_is_not_read_is_a_doubt(folders, caplog):
    data, conf = folders
    tables = make_tables(
        {"label": cycle("0 1", 60)}, {"label": "0"}, text=sentences(80), q=cycle("a b c d", 80)
    )
    write_files(data / "foo", tables)
    (data / "foo" / "q.csv").write_text("q,question\na,Why?\nb,How?\nc,Who?\nd,When?\n")
    path = new_page("foo", data, conf)
    line = 'joined_files: ["q.csv"], join_column: q'
    assert f"unused: other files have question; to read them, write {line}" in caplog.text
    assert "joined_files:" not in re.sub("#.*", "", path.read_text(encoding="utf-8"))
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "text_columns: [text]", "text_columns: [text, question]"
        )
        + line.replace(", join_column", "\njoin_column")
    )
    page = compose_page(conf, "foo")
    assert read_train(page, data / "foo")["train"].frame["question"][0] == "Why?"
