import os

import pytest

from regard.artefacts import locked, temporary_path
from regard.artefacts.leftovers import abandoned, in_work, remove_abandoned, unfinished

NO_PROCESS = 2**22 + 7  # above the greatest number of a process


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The folder of a competition with what killed processes leave in all of its places."""
    (tmp_path / "runs" / ".lstm-1.unfinished" / ".fold_0.unfinished").mkdir(parents=True)
    (tmp_path / "runs" / ".lstm-1.unfinished.lock").touch()
    (tmp_path / "prepare").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: NO_PROCESS)
        temporary_path(tmp_path / "prepare" / "abc").mkdir()
        temporary_path(tmp_path / "leaderboard.csv").touch()
        temporary_path(
            tmp_path / "runs" / ".lstm-1.unfinished" / ".fold_0.unfinished" / "state.npz"
        ).touch()
    return tmp_path


def test_work_that_can_be_continued_is_kept(home):
    assert len(list(abandoned(home))) == 4
    remove_abandoned(home)
    left = sorted(path.relative_to(home).as_posix() for path in home.rglob("*"))
    assert left == [
        "prepare",
        "runs",
        "runs/.lstm-1.unfinished",
        "runs/.lstm-1.unfinished/.fold_0.unfinished",
    ]
    assert unfinished(home) == [home / "runs" / ".lstm-1.unfinished"]


def test_held_locks_and_their_folders_stay(home):
    folder = home / "runs" / ".lstm-1.unfinished"
    with locked(folder):
        remove_abandoned(home)
        assert folder.with_name(f"{folder.name}.lock").exists()
        assert in_work(home) == [folder]
        assert unfinished(home) == []
    assert not folder.with_name(f"{folder.name}.lock").exists()


def test_no_folder_is_no_error(tmp_path):
    remove_abandoned(tmp_path / "nothing")
