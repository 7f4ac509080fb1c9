import gzip
import os

import pytest
from helpers.row_files import (
    FORMATS,
    csv_bytes,
    json_bytes,
    parquet_bytes,
    put_into_standard_input,
    read,
)

from regard.data.row_files import RowFile
from regard.errors import DataError

WRITERS = {"new.csv": csv_bytes, "new.jsonl": json_bytes, "new.parquet": parquet_bytes}


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a file and returns its path."""

    def write(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", ["new.csv", "new.jsonl", "new.parquet", "new"])
@pytest.mark.parametrize("content", [b"", gzip.compress(b"")], ids=["plain", "gzipped"])
def test_an_empty_file_is_refused(name, content, written):
    path = written(name, content)
    with pytest.raises(DataError, match=f"{name} is empty"):
        RowFile(path)


def test_a_missing_file_is_one_line_with_the_nearest_name(written, tmp_path):
    with pytest.raises(DataError, match=r"news\.csv does not exist; check the path"):
        RowFile(tmp_path / "news.csv")
    written("new.csv", FORMATS["new.csv"])
    with pytest.raises(DataError, match=r"news\.csv does not exist; did you mean 'new\.csv'\?"):
        RowFile(tmp_path / "news.csv")
    with pytest.raises(DataError, match="is a folder; name one file"):
        RowFile(tmp_path)


def test_other_formats_are_refused(written):
    with pytest.raises(DataError, match=r"new\.csv\.zip: the zip data is broken; copy or"):
        RowFile(written("new.csv.zip", b"PK\x03\x04..."))
    with pytest.raises(DataError, match=r"new\.parquet is no Parquet file: it does not begin with"):
        RowFile(written("new.parquet", b"\0" + FORMATS["new.csv"]))


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_broken_gzip_data_is_one_line(name, written, monkeypatch):
    rows = [[str(row), os.urandom(50).hex()] for row in range(20_000)]
    packed = gzip.compress(WRITERS[name](rows), 1)
    after = "" if name == "new.parquet" else r" after line \d\d+"
    cut = packed[: len(packed) // 2]
    with pytest.raises(DataError, match=rf"{name}: the gzip data is cut off{after}; copy or"):
        read(written(name, cut), n_rows=1000)
    put_into_standard_input(monkeypatch, cut)
    with pytest.raises(DataError, match=rf"standard input: the gzip data is cut off{after}; copy"):
        read("-", n_rows=1000)
    broken = packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]  # the checksum
    with pytest.raises(DataError, match=rf"{name}: the gzip data is broken{after}; copy or"):
        read(written(name, broken), n_rows=1000)


def test_gzip_data_that_is_broken_at_its_start_is_one_line(written):
    with pytest.raises(DataError, match=r"new\.csv: the gzip data is cut off; copy or download"):
        RowFile(written("new.csv", gzip.compress(FORMATS["new.csv"])[:12]))
