import os
import stat
from pathlib import Path

import pytest

from regard.artefacts import new_file, new_folder, temporary_path, write_text
from regard.artefacts.durable import is_abandoned, sync

NO_PROCESS = 2**22 + 7  # above the greatest number of a process


@pytest.fixture
def synced(monkeypatch):
    """The names of what is synced, in order; a rename is noted as well."""
    names = []
    replace = os.replace
    rename = os.rename

    def fsync(descriptor):
        names.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)

    def noted(function):
        def call(source, target, **options):
            names.append(f"-> {Path(target).name}")
            return function(source, target, **options)

        return call

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", noted(replace))
    monkeypatch.setattr(os, "rename", noted(rename))
    return names


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")


@needs_proc
def test_file_is_on_the_disk_before_it_has_its_name(synced, tmp_path):
    write_text(tmp_path / "a.csv", "x")
    assert synced[0].startswith(".a.csv.tmp-")
    assert synced[1:] == ["-> a.csv", tmp_path.name]


@needs_proc
def test_folder_is_on_the_disk_before_it_has_its_name(synced, tmp_path):
    with new_folder(tmp_path / "abc") as new:
        (new / "inner").mkdir()
        (new / "inner" / "words.txt").write_text("x")
    before = synced[: synced.index("-> abc")]
    assert {"words.txt", "inner", "manifest.json", new.name} <= set(before)
    assert before.index("words.txt") < before.index("inner") < len(before)
    assert synced[-1] == tmp_path.name


def test_temporary_files_are_of_living_and_of_dead_processes(tmp_path, monkeypatch):
    mine = temporary_path(tmp_path / "a.csv")
    assert mine.parent == tmp_path
    assert not is_abandoned(mine)
    monkeypatch.setattr(os, "getpid", lambda: NO_PROCESS)
    assert is_abandoned(temporary_path(tmp_path / "a.csv"))
    assert not is_abandoned(tmp_path / ".a.csv")
    assert not is_abandoned(tmp_path / f".a.csv.tmp-00000000-{NO_PROCESS}-0000")  # elsewhere
    assert not is_abandoned(tmp_path / ".a.csv.tmp-1")


def test_processes_of_other_users_are_alive(tmp_path, monkeypatch):
    def refuse(process, signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert not is_abandoned(temporary_path(tmp_path / "a.csv"))


def test_long_names_have_room_for_a_temporary_one(tmp_path):
    path = tmp_path / ("n" * 250)
    write_text(path, "x")
    assert path.read_text() == "x"


def test_links_are_made_as_new_files_too(tmp_path):
    with new_file(tmp_path / "latest") as temporary:
        temporary.symlink_to("nowhere")
    assert (tmp_path / "latest").is_symlink()


def test_folders_that_cannot_be_synced_are_left_as_they_are(tmp_path, monkeypatch):
    def fail(descriptor):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", fail)
    sync(tmp_path)
    (tmp_path / "a").touch()
    with pytest.raises(OSError, match="Invalid argument"):
        sync(tmp_path / "a")
    assert stat.S_ISREG((tmp_path / "a").stat().st_mode)
