import subprocess
from types import SimpleNamespace

import pytest

from regard.competitions.bundle import wheels
from regard.competitions.bundle.image import Image, read_image
from regard.competitions.bundle.wheels import collect_wheels
from regard.errors import ConfigError, DataError

IMAGE = Image("3.12", {})


@pytest.fixture
def commands(monkeypatch):
    """The commands that would download wheels; they succeed."""
    seen = []
    done = SimpleNamespace(returncode=0)
    monkeypatch.setattr(subprocess, "run", lambda command, **_: seen.append(command) or done)
    return seen


def test_a_wheel_of_the_folder_comes_before_an_installed_package(commands, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    (tmp_path / "wheels").mkdir()
    for name in (
        "mdurl-0.1.2-py3-none-any.whl",
        "numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl",
        "numpy-2.4.6-cp312-cp312-manylinux_2_28_x86_64.whl",
        "numpy-2.4.5-cp312-cp312-manylinux_2_28_x86_64.whl",
        "no wheel.whl",
    ):
        (given / name).write_text(name)
    packages = {"mdurl": "0.1.2", "numpy": "2.4.6"}
    collect_wheels(packages, tmp_path / "wheels", image=IMAGE, given=given)
    assert sorted(path.name for path in (tmp_path / "wheels").iterdir()) == [
        "mdurl-0.1.2-py3-none-any.whl",
        "numpy-2.4.6-cp312-cp312-manylinux_2_28_x86_64.whl",
    ]
    assert (tmp_path / "wheels" / "mdurl-0.1.2-py3-none-any.whl").read_text().startswith("mdurl")
    assert commands == []


def test_a_package_for_another_python_is_downloaded(commands, tmp_path):
    image = Image("3.99", {})
    collect_wheels({"mdurl": "0.1.2", "numpy": "2.4.6"}, tmp_path, image=image, given=None)
    assert [path.name for path in tmp_path.iterdir()] == ["mdurl-0.1.2-py3-none-any.whl"]
    (command,) = commands
    assert command[-2:] == [f"--dest={tmp_path}", "numpy==2.4.6"]
    assert {"--python-version=3.99", "--platform=manylinux2014_x86_64"} <= set(command)


def test_a_failed_download_is_one_line(tmp_path, monkeypatch):
    error = "WARNING: x\nERROR: Could not find a version\nERROR: No matching distribution found\n"
    monkeypatch.setattr(
        wheels.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=1, stderr=error)
    )
    with pytest.raises(DataError, match=r"no wheels of numpy==2.4.6 .*\(No matching") as caught:
        collect_wheels({"numpy": "2.4.6"}, tmp_path, image=Image("3.99", {}), given=None)
    assert "wheels=<folder>" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_one_line(tmp_path):
    with pytest.raises(ConfigError, match=r"wheels=.*nowhere is not a folder"):
        collect_wheels({}, tmp_path, image=read_image(None), given=tmp_path / "nowhere")
