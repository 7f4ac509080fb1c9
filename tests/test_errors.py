import errno
import pickle
import re

import pytest

from regard.errors import (
    ArtefactError,
    ConfigError,
    did_you_mean,
    is_mistake,
    mistake_line,
    one_line,
    shell_command,
)


def test_message_is_one_line():
    error = ArtefactError("train.csv:\n  no column 'text'")
    assert str(error) == one_line(error) == "train.csv: no column 'text'"


def test_file_can_be_written_elsewhere():
    error = OSError(errno.EROFS, "", "outputs/a")
    assert mistake_line(error, "set output_dir to another one") == (
        "file error: outputs/a: Read-only file system; make its disk writable, or set output_dir "
        "to another one"
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ConfigError("there is no\nsetting 'x'"), "config error: there is no setting 'x'"),
        (
            PermissionError(errno.EACCES, "Permission denied", "a.csv"),
            "file error: a.csv: Permission denied; allow it by chmod or chown",
        ),
        (OSError(errno.ENOSPC, ""), "file error: No space left on device; free some, then .*"),
        (OSError(errno.EROFS, "", "a"), "file error: a: Read-only file system; make its disk .*"),
        (
            FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"),
            "file error: .*No usable temporary directory .*; set TMPDIR to a folder .*",
        ),
    ],
)
def test_mistake_is_one_line_also_from_another_process(error, line):
    for same in (error, pickle.loads(pickle.dumps(error))):
        assert is_mistake(same)
        assert re.fullmatch(line, mistake_line(same))


@pytest.mark.parametrize("error", [FileNotFoundError(errno.ENOENT, "no", "a"), ValueError("no")])
def test_bug_is_no_mistake(error):
    assert not is_mistake(error)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("unitz", "did you mean 'units'?"),
        ("uni", "did you mean 'units'?"),
        ("xyz", "there are: cell, units"),
    ],
)
def test_nearest_name_is_hinted_at(name, hint):
    assert did_you_mean(name, ["units", "cell"]) == hint


def test_command_is_written_as_it_is_typed_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shell_command("check", "toxic") == "regard check competition=toxic"
    assert shell_command("new", "mine") == "regard new mine"
    assert shell_command("upload", "toxic", message="new vectors") == (
        'regard upload competition=toxic message="new vectors"'
    )
    assert shell_command("train", "a b", "seed=2", "x=1") == (
        "regard train competition='a b' seed=2 x=1"
    )
    (tmp_path / "scripts").mkdir()
    for name in ("Makefile", "scripts/train.py"):
        (tmp_path / name).touch()
    assert shell_command("new", "mine") == "make new COMPETITION=mine"
    assert shell_command("train", "toxic", "seed=2", "x=1") == (
        'make train COMPETITION=toxic ARGS="seed=2 x=1"'
    )
    assert shell_command("upload", "toxic", message="new vectors") == (
        'make upload COMPETITION=toxic MESSAGE="new vectors"'
    )
