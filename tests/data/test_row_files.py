import gzip
import os
import threading
import tracemalloc

import pandas as pd
import pyarrow as pa
import pytest
from helpers.row_files import (
    FORMATS,
    ROWS,
    csv_bytes,
    json_bytes,
    parquet_bytes,
    put_into_standard_input,
    read,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from regard.artefacts import hash_file
from regard.config import Dialect
from regard.data.row_files import RowFile
from regard.data.whole_files import read_whole
from regard.errors import DataError

every_format = pytest.mark.parametrize("name", FORMATS)


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a file and returns its path."""

    def write(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@every_format
def test_every_format_gives_the_same_blocks(name, written):
    path = written(name, FORMATS[name])
    frame, sizes, digest = read(path)
    assert frame.to_numpy().tolist() == ROWS
    assert sizes == [2, 2, 1]
    assert digest == hash_file(path)
    expected = read_whole(written("expected.csv", FORMATS["new.csv"])).frame
    pd.testing.assert_frame_equal(frame, expected)


@every_format
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_gzipped_file_is_recognised_by_its_content(name, suffix, written):
    path = written(f"{name}{suffix}", gzip.compress(FORMATS[name]))
    frame, _, digest = read(path)
    assert frame.to_numpy().tolist() == ROWS
    assert digest == hash_file(path)


def test_a_suffix_does_not_make_a_file_gzipped(written):
    assert read(written("new.csv.gz", FORMATS["new.csv"]))[0].to_numpy().tolist() == ROWS


@pytest.mark.parametrize("name", ["new.csv", "new.jsonl", "new.parquet"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_standard_input(name, compress, monkeypatch):
    stream = put_into_standard_input(monkeypatch, compress(FORMATS[name]))
    frame, sizes, digest = read("-")
    assert frame.to_numpy().tolist() == ROWS
    assert sizes == [2, 2, 1]
    assert digest is None
    assert not stream.closed


def test_a_named_pipe_is_read_as_standard_input(tmp_path):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=[FORMATS["new.csv"]])
    writer.start()
    frame, _, digest = read(path)
    writer.join()
    assert frame.to_numpy().tolist() == ROWS
    assert digest is None


@pytest.mark.parametrize("n_rows", [1, 2, 5, 100])
@every_format
def test_blocks_have_the_rows_asked_for(n_rows, name, written):
    frame, sizes, _ = read(written(name, FORMATS[name]), n_rows=n_rows)
    assert frame.to_numpy().tolist() == ROWS
    assert sizes == [min(n_rows, 5 - start) for start in range(0, 5, n_rows)]


@every_format
def test_some_columns_are_read_in_the_order_asked_for(name, written):
    with RowFile(written(name, FORMATS[name])) as file:
        blocks = list(file.blocks(3, ["text", "id"]))
    assert blocks[1].to_dict("list") == {"text": ["café", " x "], "id": ["4", "5"]}
    with RowFile(written(name, FORMATS[name])) as file:
        blocks = list(file.blocks(3, []))
    assert [block.shape for block in blocks] == [(3, 0), (2, 0)]


@every_format
def test_the_share_read_grows_to_one(name, written, monkeypatch):
    with RowFile(written(name, FORMATS[name])) as file:
        shares = [file.share_read() for _ in file.blocks(2)]
        assert 0 <= shares[0] <= shares[-1] <= file.share_read() == 1
    put_into_standard_input(monkeypatch, FORMATS[name])
    with RowFile("-") as file:
        assert file.share_read() is None


def test_the_digest_is_known_once_all_was_read(written):
    path = written("new.csv", FORMATS["new.csv"])
    with RowFile(path) as file:
        for _ in file.blocks(2):
            assert file.digest is None
    assert file.digest == hash_file(path)


def test_encoding_and_separator_are_those_of_csv_only(written):
    options = Dialect(encoding="utf-16", separator=";")
    content = FORMATS["new.tsv"].decode().replace("\t", ";").encode("utf-16")
    assert read(written("new.tsv", content), options)[0].to_numpy().tolist() == ROWS
    for name in ("new.jsonl", "new.parquet"):
        assert read(written(name, FORMATS[name]), options)[0].to_numpy().tolist() == ROWS


@every_format
def test_a_missing_column_is_named_with_the_nearest(name, written):
    with RowFile(written(name, FORMATS[name])) as file:
        file.need_columns(["text", "id"])
        with pytest.raises(DataError, match=r"has no column 'texts'; did you mean 'text'\? \(ther"):
            file.need_columns(["id", "texts"])


def test_a_missing_column_comes_with_a_hint_on_the_format(written):
    with (
        RowFile(written("new.csv", FORMATS["new.tsv"].replace(b"\t", b"#"))) as file,
        pytest.raises(DataError, match=r"or set competition\.separator"),
    ):
        file.need_columns(["id"])
    with (
        RowFile(written("new.jsonl", FORMATS["new.jsonl"])) as file,
        pytest.raises(DataError, match="columns of a JSONL file are the keys of its first row"),
    ):
        file.need_columns(["title"])


cells = st.text(st.characters(codec="utf-8"), max_size=6)
tables = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8)
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(rows=tables, n_rows=st.integers(1, 9))
@example([["a\rb", "\r"], ['"', "\n"], ["", "x"]], 2)
@example([["\u2028\x85", "\x00"]], 1)
def test_cells_come_back_from_every_format(tmp_path_factory, rows, n_rows):
    folder = tmp_path_factory.mktemp("rows")
    columns = [f"c{column}" for column in range(len(rows[0]))]
    rows = [["t" + row[0], *row[1:]] for row in rows]  # csv leaves out a blank line
    (folder / "whole.csv").write_bytes(csv_bytes(rows, columns))
    expected = read_whole(folder / "whole.csv").frame
    for name, write in (("csv", csv_bytes), ("jsonl", json_bytes), ("parquet", parquet_bytes)):
        path = folder / f"new.{name}"
        for content in (write(rows, columns), gzip.compress(write(rows, columns), 1)):
            path.write_bytes(content)
            frame, sizes, digest = read(path, n_rows=n_rows)
            pd.testing.assert_frame_equal(frame, expected)
            assert set(sizes[:-1]) <= {n_rows}
            assert 1 <= sizes[-1] <= n_rows
            assert digest == hash_file(path)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(content=st.text(st.sampled_from('ab,"\n\r\t \ufeff'), max_size=30), n_rows=st.integers(1, 4))
@example("a\n\rb", 1)
@example('a\nb\n"', 1)
def test_any_content_is_read_or_refused_as_by_read_whole(tmp_path_factory, content, n_rows):
    path = tmp_path_factory.mktemp("rows") / "new.csv"
    path.write_text(content, encoding="utf-8", newline="")

    def result(function):
        try:
            return function()
        except DataError as error:
            return str(error)

    expected = result(lambda: read_whole(path).frame)
    found = result(lambda: read(path, n_rows=n_rows)[0])
    if isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected)
    else:
        assert isinstance(found, str)


@pytest.mark.slow
@pytest.mark.parametrize("write", [csv_bytes, json_bytes, parquet_bytes])
def test_memory_holds_one_block(write, written):
    path = written("new.csv" if write is csv_bytes else "new", write([["1", "x" * 300]] * 100_000))
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    with RowFile(path) as file:
        peak_of_arrow = max(pa.total_allocated_bytes() - before for _ in file.blocks(1000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10e6
    assert peak_of_arrow < 10e6
