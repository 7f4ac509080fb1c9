import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from regard.artefacts import new_file, new_folder, write_text, writing
from regard.errors import file_error, mistake_line

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_file_without_a_name_gets_one(tmp_path):
    with pytest.raises(OSError, match="No space") as caught, writing(tmp_path / "a.csv"):
        raise FULL
    assert caught.value.filename == str(tmp_path / "a.csv")


def test_named_file_keeps_its_name_unless_it_is_temporary(tmp_path):
    with pytest.raises(OSError, match="No space") as caught, writing(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "", str(tmp_path / "b"))
    assert caught.value.filename == str(tmp_path / "b")
    with (
        pytest.raises(OSError, match="No space") as caught,
        writing(tmp_path / "a", tmp_path / ".a.1"),
    ):
        raise OSError(errno.ENOSPC, "", str(tmp_path / ".a.1" / "b"))
    assert caught.value.filename == str(tmp_path / "a")


@pytest.mark.parametrize("error", [KeyError("x"), FileNotFoundError(errno.ENOENT, "", "x")])
def test_bugs_pass(error, tmp_path):
    with pytest.raises(type(error)) as caught, writing(tmp_path):
        raise error
    assert caught.value is error


def fails(*arguments, **options):
    raise FULL


def test_old_file_stays_when_the_disk_is_full(tmp_path, monkeypatch):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(OSError, match="No space") as caught, new_file(tmp_path / "a.txt") as new:
        new.write_text("half")
        raise FULL
    assert caught.value.filename == str(tmp_path / "a.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_no_half_folder_stays_when_the_disk_is_full(tmp_path, monkeypatch):
    with pytest.raises(OSError, match="No space") as caught, new_folder(tmp_path / "a") as new:
        (new / "half.npy").touch()
        monkeypatch.setattr(np, "save", fails)
        np.save(new / "b.npy", np.zeros(3))
    assert mistake_line(caught.value).startswith(f"file error: {tmp_path / 'a'}: No space left on")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "error",
    [
        OSError("4000 requested and 96 written"),  # numpy
        OSError("[Errno 28] Can't write data (file write failed: errno = 28, error message = ''"),
        RuntimeError("Can't decrement id ref count (unable to close file, errno = 28, ...)"),
        shutil.Error([("a", "b", "[Errno 28] No space left on device")]),
    ],
)
def test_errors_of_libraries_are_understood(error, tmp_path):
    assert file_error(error).errno == errno.ENOSPC
    with pytest.raises(OSError, match="No space left on device") as caught, writing(tmp_path):
        raise error
    assert caught.value.filename == str(tmp_path)


def test_error_after_a_full_disk_is_that_of_the_disk():
    error = ValueError("closing failed")
    error.__context__ = FULL
    assert file_error(error).errno == errno.ENOSPC
    error.__context__ = FileExistsError(errno.EEXIST, "")
    assert file_error(error) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_really_full_device(tmp_path):
    (tmp_path / "a").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space") as caught, writing(tmp_path / "a"):
        (tmp_path / "a").write_text("x" * 99_999)
    assert mistake_line(caught.value) == (
        f"file error: {tmp_path / 'a'}: No space left on device; free some, then run the same "
        "command again"
    )
