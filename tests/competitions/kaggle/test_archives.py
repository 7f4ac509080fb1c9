import shutil
import zipfile
from types import SimpleNamespace

import pytest

from regard.competitions.kaggle import archives, unzip
from regard.errors import DataError


def test_unzip(tmp_path):
    with zipfile.ZipFile(tmp_path / "it.zip", "w") as file:
        file.writestr("sets/train.csv", "x")
    unzip(tmp_path / "it.zip", tmp_path)
    assert (tmp_path / "sets" / "train.csv").read_text() == "x"


@pytest.mark.parametrize("name", ["/evil", "a/../../evil", "C:\\evil", "..\\evil"])
def test_path_out_of_folder(name, tmp_path):
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "it.zip", "w") as file:
        file.writestr("good", "x")
        file.writestr(name, "x")
    with pytest.raises(DataError, match="leads out of the folder"):
        unzip(tmp_path / "it.zip", tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []


def test_link(tmp_path):
    with zipfile.ZipFile(tmp_path / "it.zip", "w") as file:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="'link' is a link"):
        unzip(tmp_path / "it.zip", tmp_path)


def test_archive_that_would_fill_the_disk(tmp_path, monkeypatch):
    path = tmp_path / "it.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(2**20))
    (tmp_path / "in").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(archives, "_LARGE", 2**10)
        with pytest.raises(DataError, match=r"it\.zip has 0\.0 GB unpacked.*nothing was unpacked"):
            unzip(path, tmp_path / "in")
        patch.setattr(archives, "_MOST_TIMES", 10**6)
        patch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=2**19))
        with pytest.raises(DataError, match="nothing was unpacked"):
            unzip(path, tmp_path / "in")
    assert list((tmp_path / "in").iterdir()) == []
    unzip(path, tmp_path / "in")
    assert (tmp_path / "in" / "zeros").stat().st_size == 2**20


def test_not_an_archive(tmp_path):
    (tmp_path / "it.zip").write_bytes(b"PK no")
    with pytest.raises(DataError, match=r"it\.zip cannot be unpacked"):
        unzip(tmp_path / "it.zip", tmp_path)


@pytest.mark.parametrize(
    "packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_damaged_archive(packing, tmp_path):
    with zipfile.ZipFile(tmp_path / "it.zip", "w", packing) as file:
        file.writestr("train.csv", "".join(f"{row},text {row * row}\n" for row in range(500)))
    content = bytearray((tmp_path / "it.zip").read_bytes())
    content[60:100] = bytes(byte ^ 255 for byte in content[60:100])
    (tmp_path / "it.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"it\.zip cannot be unpacked .*; download it again"):
        unzip(tmp_path / "it.zip", tmp_path)
