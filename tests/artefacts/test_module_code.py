import sys

import pytest

from regard.artefacts.module_code import KeptResults, ModuleCode, parse

SOURCE = b"""
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import never


def one():
    from room import two

    return two
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "kept" / "results.json"


def unparsed(monkeypatch):
    """Let every parse fail."""
    monkeypatch.setattr("regard.artefacts.module_code.parse", lambda source: 1 / 0)


def test_imports_at_run_time():
    assert parse(SOURCE).imports == ("os", "typing.TYPE_CHECKING", "room.two")


def test_comments_and_docstrings_do_not_count():
    first = parse(b"def one():\n    return 1\n")
    assert parse(b'"""Text."""\n\n\ndef one():\n    """Text."""\n    return 1  # why\n') == first
    assert parse(b"def one():\n    return 2\n") != first


def test_results_are_kept_for_the_next_process(path, monkeypatch):
    results = KeptResults(path)
    found = results.read(SOURCE)
    results.write()
    assert results.read(SOURCE) == found
    unparsed(monkeypatch)
    again = KeptResults(path).read(SOURCE)
    assert again == found
    assert isinstance(again, ModuleCode)
    with pytest.raises(ZeroDivisionError):
        KeptResults(path).read(SOURCE + b"\n")
    assert [file.name for file in path.parent.iterdir()] == ["results.json"]


@pytest.mark.parametrize("damage", [b"", b"{", b"3", b"[[1]]", b"\xff", b'[["key", [1, 2]]]'])
def test_damaged_results_are_made_again(path, damage):
    path.parent.mkdir()
    path.write_bytes(damage)
    results = KeptResults(path)
    found = results.read(SOURCE)
    assert found == parse(SOURCE)
    results.write()
    assert KeptResults(path).known == results.known
    assert found in results.known.values()


def test_results_are_forgotten_after_many_edits(path, monkeypatch):
    monkeypatch.setattr("regard.artefacts.module_code._MOST_KEPT", 3)
    results = KeptResults(path)
    for number in range(5):
        results.read(b"x = %d" % number)
        results.write()
    assert len(KeptResults(path).known) == 2


def test_nothing_is_written_where_bytecode_is_not(path, monkeypatch):
    results = KeptResults(path)
    results.read(SOURCE)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    results.write()
    assert not path.parent.exists()


def test_folder_that_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "kept").write_bytes(b"a file")
    results = KeptResults(tmp_path / "kept" / "results.json")
    assert results.read(SOURCE) == parse(SOURCE)
    results.write()
    assert (tmp_path / "kept").read_bytes() == b"a file"
