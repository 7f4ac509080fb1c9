import stat

import pytest

from regard.artefacts import MANIFEST, is_finished, locked, new_folder, read_json
from regard.errors import ArtefactError


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_folder_appears_whole_with_its_manifest(tmp_path):
    folder = tmp_path / "stage" / "abc"
    with new_folder(folder, overrides=["seed=2"]) as new:
        (new / "file").write_text("x")
        assert not folder.exists()
    assert is_finished(folder)
    assert names_in(folder) == ["file", MANIFEST]
    manifest = read_json(folder / MANIFEST)
    assert manifest["overrides"] == ["seed=2"]
    assert manifest["finished"].endswith("+00:00")
    assert names_in(folder.parent) == ["abc"]


def test_others_may_read_a_folder(tmp_path):
    with new_folder(tmp_path / "abc"):
        pass
    assert stat.S_IMODE((tmp_path / "abc").stat().st_mode) == 0o755


def test_failed_folder_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "abc") as new:
        (new / "file").write_text("x")
        raise ZeroDivisionError
    assert names_in(tmp_path) == []


def test_interrupted_folder_is_continued(tmp_path):
    folder = tmp_path / "run"
    unfinished = tmp_path / ".run.unfinished"
    with pytest.raises(KeyboardInterrupt), new_folder(folder, unfinished=unfinished) as new:
        (new / "fold_0").write_text("x")
        raise KeyboardInterrupt
    assert not folder.exists()
    with new_folder(folder, unfinished=unfinished) as new:
        assert (new / "fold_0").read_text() == "x"
    assert is_finished(folder)
    assert not unfinished.exists()


def test_first_of_two_processes_wins(tmp_path):
    folder = tmp_path / "abc"
    with new_folder(folder) as slow:
        (slow / "who").write_text("slow")
        with new_folder(folder) as fast:
            (fast / "who").write_text("fast")
    assert (folder / "who").read_text() == "fast"
    assert names_in(tmp_path) == ["abc"]


def test_folder_without_a_manifest_is_replaced(tmp_path):
    (tmp_path / "abc").mkdir()
    (tmp_path / "abc" / "half").write_text("x")
    assert not is_finished(tmp_path / "abc")
    with new_folder(tmp_path / "abc") as new:
        (new / "whole").write_text("x")
    assert names_in(tmp_path / "abc") == [MANIFEST, "whole"]


def test_lock_keeps_other_processes_out(tmp_path):
    refused = pytest.raises(ArtefactError, match="run is being made by another process")
    with locked(tmp_path / "run"), refused, locked(tmp_path / "run"):
        raise AssertionError("locked twice")
    with locked(tmp_path / "run"):  # the first has ended
        assert names_in(tmp_path) == ["run.lock"]
