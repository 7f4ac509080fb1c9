"""The same rows as files of every format, and a pipe as standard input."""

import csv
import io
import json
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regard.data.row_files import RowFile

COLUMNS = ["id", "text"]
ROWS = [["1", "good"], ["2", 'not, "so"\ngood'], ["007", ""], ["4", "café"], ["5", " x "]]


def csv_bytes(rows, columns=COLUMNS, separator=","):
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator).writerows([columns, *rows])
    return written.getvalue().encode()


def json_bytes(rows, columns=COLUMNS):
    lines = [json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows]
    return "".join(line + "\n" for line in lines).encode()


def parquet_bytes(rows, columns=COLUMNS):
    written = io.BytesIO()
    pq.write_table(pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True))), written)
    return written.getvalue()


FORMATS = {
    "new.csv": csv_bytes(ROWS),
    "new.tsv": csv_bytes(ROWS, separator="\t"),
    "new.jsonl": json_bytes(ROWS),
    "new.ndjson": json_bytes(ROWS),
    "new.json": json_bytes(ROWS),
    "new.parquet": parquet_bytes(ROWS),
    "csv": csv_bytes(ROWS),
    "json": b"\xef\xbb\xbf \n" + json_bytes(ROWS),
    "parquet": parquet_bytes(ROWS),
    "parquet.csv": parquet_bytes(ROWS),
}


def read(place, dialect=None, *, n_rows=2):
    """Return the frame of all rows, the sizes of the blocks, and the digest."""
    with RowFile(place, dialect) as file:
        blocks = list(file.blocks(n_rows))
        assert all(block.columns.tolist() == file.columns for block in blocks)
        assert all(block.index.tolist() == list(range(len(block))) for block in blocks)
        return pd.concat(blocks, ignore_index=True), list(map(len, blocks)), file.digest


def put_into_standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> io.BytesIO:
    """Make standard input a stream that gives three bytes at a time, as a pipe may."""

    class Pipe(io.BytesIO):
        def readinto1(self, buffer):
            return super().readinto1(memoryview(buffer)[:3])

    stream = Pipe(content)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stream))
    return stream
