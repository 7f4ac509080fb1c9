import gzip
import io
import tarfile
import zipfile

import pytest
from helpers.dialects import PACKINGS, zipped
from helpers.row_files import FORMATS, ROWS, put_into_standard_input, read

from regard.artefacts import hash_file
from regard.data.packing import packed_by
from regard.data.row_files import RowFile
from regard.errors import DataError

every_packing = pytest.mark.parametrize("suffix", PACKINGS)


@every_packing
@pytest.mark.parametrize("name", ["new.csv", "new.jsonl", "new.parquet"])
@pytest.mark.parametrize("named", [True, False], ids=["by its name", "under another name"])
def test_packed_files_are_told_by_their_first_bytes(suffix, name, named, tmp_path):
    path = tmp_path / (f"{name}{suffix}" if named else "new.csv")
    path.write_bytes(PACKINGS[suffix](FORMATS[name]))
    frame, sizes, digest = read(path)
    assert frame.to_numpy().tolist() == ROWS
    assert sizes == [2, 2, 1]
    assert digest == hash_file(path)


@every_packing
@pytest.mark.parametrize("name", ["new.csv", "new.parquet"])
def test_standard_input_may_be_packed(suffix, name, monkeypatch):
    put_into_standard_input(monkeypatch, PACKINGS[suffix](FORMATS[name]))
    frame, _, digest = read("-")
    assert frame.to_numpy().tolist() == ROWS
    assert digest is None


def test_a_zip_archive_is_named_by_its_member(tmp_path):
    (tmp_path / "new.zip").write_bytes(zipped(FORMATS["new.tsv"], "folder/new.tsv"))
    assert read(tmp_path / "new.zip")[0].to_numpy().tolist() == ROWS


def test_a_text_that_begins_like_bz2_is_no_archive():
    assert packed_by(b"BZh9, a header") is None
    assert packed_by(b"BZh91AY&SY....") == "bz2"


def archive(*names, start=b""):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name in names:
            # A fixed time, for the names of tests hold the bytes.
            file.writestr(zipfile.ZipInfo(name), "id,text\n1,a\n")
    return start + written.getvalue()


def tar():
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as file:
        member = tarfile.TarInfo("train.csv")
        member.size = 12
        file.addfile(member, io.BytesIO(b"id,text\n1,a\n"))
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive("a.csv", "b.csv"), r"zip archive that holds 2 files \(a.csv, b.csv\); unpack it"),
        (archive("folder/"), "zip archive that holds no files; unpack it"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), "is a workbook or document of Office"),
        (archive("a.csv")[:20], "the zip data is broken; copy or download"),
        (archive(), "an empty zip archive; download it again"),
        (
            gzip.compress(gzip.compress(b"id,text\n1,a\n", mtime=0), mtime=0),
            "is packed twice; unpack it once",
        ),
        (tar(), "is a tar archive; unpack it"),
        (b"7z\xbc\xaf\x27\x1c...", "is a 7z archive; unpack it"),
        (b"\x28\xb5\x2f\xfd...", "is packed by zstd; unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel workbook; save it as CSV"),
        (b"%PDF-1.7", "is a PDF file; save its table as CSV"),
        (b"\n<!DOCTYPE html><html>", "is a web page, perhaps one to sign in"),
    ],
)
def test_other_files_are_one_line(content, message, tmp_path):
    path = tmp_path / "train.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"train\.csv.* {message}") as error:
        RowFile(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "other", ["__MACOSX/._new.csv", ".DS_Store", "folder/._new.csv", "Thumbs.db", "desktop.ini"]
)
def test_a_file_that_a_system_adds_is_no_second_file(other, tmp_path):
    (tmp_path / "new.zip").write_bytes(archive("new.csv", other))
    assert len(read(tmp_path / "new.zip")[0]) == 1


@pytest.mark.parametrize("suffix", [".bz2", ".xz"])
@pytest.mark.parametrize("change", ["cut", "broken"])
def test_broken_packed_data_is_one_line(suffix, change, tmp_path):
    content = PACKINGS[suffix](
        "".join(f"{row},text {row * 7919}\n" for row in range(5000)).encode()
    )
    half = len(content) // 2
    changed = (
        content[:half] if change == "cut" else content[:half] + b"\0" * 40 + content[half + 40 :]
    )
    (tmp_path / "new.csv").write_bytes(changed)
    with pytest.raises(DataError, match=rf"the {suffix[1:]} data is (cut off|broken)"):
        read(tmp_path / "new.csv", n_rows=1000)
