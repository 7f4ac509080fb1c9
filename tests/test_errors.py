import pytest

from regard.errors import ArtefactError, did_you_mean, one_line, shell_command


def test_message_is_one_line():
    assert one_line(ArtefactError("train.csv:\n  no column 'text'")) == (
        "train.csv: no column 'text'"
    )


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
    (tmp_path / "scripts").mkdir()
    for name in ("Makefile", "scripts/train.py"):
        (tmp_path / name).touch()
    assert shell_command("new", "mine") == "make new COMPETITION=mine"
    assert shell_command("upload", "toxic", message="new vectors") == (
        'make upload COMPETITION=toxic MESSAGE="new vectors"'
    )
