import sys
from pathlib import Path

import pytest

from regard.config.project import in_project, project_folder, typed_paths

REGARD = Path("/usr/bin/regard")


def make(folder, *files):
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


@pytest.fixture
def here(tmp_path):
    """A folder below one that may be a project."""
    return make(tmp_path / "work", "notebooks/deep/a.ipynb") / "notebooks" / "deep"


@pytest.mark.parametrize(
    "mark",
    [
        "outputs/toxic/runs/lstm-1/manifest.json",
        "outputs/toxic/tables/1/manifest.json",
        "conf/competition/mine.yaml",
        "conf/experiment/mine.yaml",
    ],
)
def test_nearest_folder_that_was_used_is_the_project(mark, here, tmp_path):
    make(tmp_path, mark)
    assert project_folder(here, REGARD) == tmp_path
    make(tmp_path / "work", mark)
    assert project_folder(here, REGARD) == tmp_path / "work"
    make(here, mark)
    assert project_folder(here, REGARD) == here


@pytest.mark.parametrize(
    "other",
    [
        "conf/nginx.conf",
        "conf/db/mysql.yaml",
        "data/a.csv",
        "data/titanic/train.csv",
        "outputs/log.txt",
        "outputs/model/weights.bin",
    ],
)
def test_folders_of_other_programs_do_not_count(other, here, tmp_path):
    make(tmp_path, other)
    assert project_folder(here, REGARD) == here


def test_pages_of_another_program_that_uses_hydra_do_not_count(here, tmp_path):
    make(tmp_path, "conf/config.yaml", "conf/model/resnet.yaml")
    assert project_folder(here, REGARD) == here
    (tmp_path / "conf" / "config.yaml").write_text("defaults:\n  - regard_schema\n")
    assert project_folder(here, REGARD) == tmp_path


def test_data_counts_next_to_the_current_folder_and_around_it(here, tmp_path):
    make(tmp_path, "conf/model/mine.yaml")
    make(tmp_path / "work", "data/mine/train.csv")
    assert project_folder(here, REGARD) == tmp_path
    assert project_folder(tmp_path / "work", REGARD) == tmp_path / "work"
    assert project_folder(tmp_path / "work" / "data", REGARD) == tmp_path / "work"
    assert project_folder(tmp_path / "work" / "data" / "mine", REGARD) == tmp_path / "work"


def test_home_is_a_project_only_for_itself(here, tmp_path, monkeypatch):
    make(tmp_path, "outputs/toxic/runs/lstm-1/manifest.json")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert project_folder(here, REGARD) == here
    assert project_folder(tmp_path, REGARD) == tmp_path
    monkeypatch.delenv("HOME")
    assert project_folder(here, REGARD) == tmp_path


def test_script_works_in_its_clone(here, tmp_path):
    make(here, "conf/competition/mine.yaml")
    clone = make(tmp_path / "clone", "scripts/train.py", "src/regard/cli.py")
    assert project_folder(here, clone / "scripts" / "train.py") == clone
    assert project_folder(clone, clone / "scripts" / "train.py") == clone
    other = make(tmp_path / "other", "scripts/train.py")
    assert project_folder(here, other / "scripts" / "train.py") == here


def test_command_works_in_the_project_and_returns(here, tmp_path, monkeypatch):
    make(tmp_path, "outputs/toxic/runs/lstm-1/manifest.json")
    monkeypatch.chdir(here)
    before = list(sys.path)
    with in_project() as typed_in:
        assert typed_in == here
        assert Path.cwd() == tmp_path
        assert sys.path == [*before, str(here)]  # where plugins are found, too
    assert Path.cwd() == here
    assert sys.path == before
    monkeypatch.chdir(tmp_path)
    with in_project() as typed_in:
        assert typed_in == Path.cwd() == tmp_path
        assert sys.path == before


def test_typed_paths_are_those_of_the_current_folder(tmp_path):
    make(tmp_path, "mine/manifest.json")
    words = ["seed=1", "input=a.csv", "output=/b.csv", "run=mine", "+data_dir=d", "train"]
    assert typed_paths(words, tmp_path) == [
        "seed=1",
        f"input={tmp_path}/a.csv",
        "output=/b.csv",
        f"run={tmp_path}/mine",
        f"+data_dir='{tmp_path}/d'",
        "train",
    ]
    assert typed_paths(["data_dir=d"], tmp_path, by_hydra=False) == [f"data_dir={tmp_path}/d"]


@pytest.mark.parametrize(
    "word", ["input=-", "input=", "run=best", "run=lstm-0123", "message=a/b", "data_dir=a,b"]
)
def test_other_words_stay_as_they_are(word, tmp_path):
    assert typed_paths([word], tmp_path) == [word]


@pytest.mark.parametrize(
    ("value", "path"), [("'my data'", "my data"), ('"a,b"', "a,b"), ("${output_dir}", None)]
)
def test_quotes_of_hydra_are_understood(value, path):
    here = Path("/it's here")
    expected = f"data_dir={value}" if path is None else f"data_dir='/it\\'s here/{path}'"
    assert typed_paths([f"data_dir={value}"], here) == [expected]
