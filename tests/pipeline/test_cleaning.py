import logging

import pytest

from regard.artefacts import locked, temporary_path
from regard.errors import ConfigError
from regard.pipeline import make
from regard.pipeline.cleaning import clean_outputs


def folders_in(home):
    return sorted(path for path in home.glob("*/*") if path.is_dir())


def test_folders_of_a_run_are_kept(quick):
    run = make(quick(), "report")
    before = folders_in(run.competition_folder)
    clean_outputs(run.config, "yes")
    assert folders_in(run.competition_folder) == before


def test_unused_folders_are_listed_and_removed_by_a_word(quick, caplog):
    run = make(quick(), "report")
    used = folders_in(run.competition_folder)
    other = make(quick("folds.n_folds=3"), "folds").folders["folds"]
    interrupted = run.folder.parent / ".lstm-0123.unfinished"
    interrupted.mkdir()
    with caplog.at_level(logging.INFO):
        clean_outputs(run.config)
    assert other.exists()
    assert interrupted.exists()
    assert f"{other}: no finished run uses it" in caplog.text
    assert "clean-outputs: 2 folders listed; remove=yes removes them" in caplog.messages
    clean_outputs(run.config, "yes")
    assert folders_in(run.competition_folder) == used


def test_nothing_is_removed_while_a_run_is_made(quick):
    run = make(quick(), "folds")
    run.unfinished_folder.mkdir(parents=True)
    with (
        locked(run.unfinished_folder),
        pytest.raises(ConfigError, match="is being made; wait for it"),
    ):
        clean_outputs(run.config, "yes")
    assert run.folders["folds"].exists()


def test_other_word_is_one_line(quick):
    with pytest.raises(ConfigError, match="remove=all: give yes"):
        clean_outputs(quick(), "all")


def test_next_command_removes_what_killed_processes_left(quick, monkeypatch):
    run = make(quick(), "report")
    home = run.competition_folder
    before = sorted(home.rglob("*"))
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: 2**22 + 7)  # above the greatest number of a process
        left = [temporary_path(path) for path in (home / "latest", run.folder / "submission.csv")]
        (folder := temporary_path(run.folders["folds"])).mkdir()
    for path in (*left, folder / "folds.npy"):
        path.touch()
    (run.folder.parent / ".lstm-0123.unfinished.lock").touch()
    mine = temporary_path(home / "leaderboard.csv")
    mine.touch()
    make(quick(), "report")
    assert sorted(home.rglob("*")) == sorted([*before, mine])
