import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.tags import parse_tag

import regard
from regard.competitions.bundle.packing import pack_installed, pack_regard

ANY = frozenset(parse_tag("py3-none-any"))
ROOT = Path(__file__).resolve().parents[3]


def install(wheel, folder):
    options = ["--no-index", "--no-deps", "--quiet", "--target", folder]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, wheel], check=True)


@pytest.mark.slow
def test_an_installed_package_is_packed_as_its_wheel(tmp_path):
    wheel = pack_installed("snowballstemmer", tmp_path, ANY)
    version = importlib.metadata.version("snowballstemmer")
    assert wheel.name == f"snowballstemmer-{version}-py3-none-any.whl"
    install(wheel, tmp_path / "target")
    (found,) = importlib.metadata.distributions(
        name="snowballstemmer", path=[str(tmp_path / "target")]
    )
    assert found.version == version
    original = importlib.metadata.distribution("snowballstemmer")
    names = {str(path) for path in original.files if str(path).endswith(".py")}
    assert names == {str(path) for path in found.files if str(path).endswith(".py")}
    for name in names:
        installed = (tmp_path / "target" / name).read_bytes()
        assert installed == Path(original.locate_file(name)).read_bytes()


def test_the_same_package_makes_the_same_bytes(tmp_path):
    (tmp_path / "again").mkdir()
    first = pack_installed("mdurl", tmp_path, ANY)
    again = pack_installed("mdurl", tmp_path / "again", ANY)
    assert first.read_bytes() == again.read_bytes()


def test_a_package_that_was_built_for_another_environment_is_not_packed(tmp_path):
    tags = parse_tag("cp399-cp399-manylinux_2_28_x86_64")
    assert pack_installed("numpy", tmp_path, tags) is None
    assert list(tmp_path.iterdir()) == []


def test_a_package_with_a_changed_file_is_not_packed(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "regard.competitions.bundle.packing._digest", lambda content, mode="sha256": "other"
    )
    assert pack_installed("mdurl", tmp_path, ANY) is None


def test_regard_is_packed_with_every_module_and_page(tmp_path):
    wheel = pack_regard(tmp_path)
    assert wheel.name == f"regard-{regard.__version__}-py3-none-any.whl"
    names = {name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name}
    sources = {path.relative_to(ROOT / "src") for path in (ROOT / "src" / "regard").rglob("*.*")}
    pages = {"regard" / path.relative_to(ROOT) for path in (ROOT / "conf").rglob("*.yaml")}
    code = {path for path in sources if path.suffix != ".md" and "__pycache__" not in path.parts}
    assert names == {str(path) for path in code | pages}


@pytest.mark.slow
def test_regards_wheel_installs(tmp_path):
    install(pack_regard(tmp_path), tmp_path / "target")
    code = "import regard; from regard.config import page_folders; print(page_folders()[-1])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(tmp_path / "target")},
        cwd=tmp_path,
    )
    assert done.stdout.strip() == str(tmp_path / "target" / "regard" / "conf")
    assert (tmp_path / "target" / "bin" / "regard").is_file()
