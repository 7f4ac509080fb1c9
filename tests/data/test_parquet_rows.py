import datetime
import decimal
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.row_files import RowFile
from regard.errors import DataError

NOON = datetime.datetime(2024, 2, 1, 12, 0)


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a table and reads it in blocks of three rows."""

    def read(columns, n_rows=3, needed=None, **options):
        pq.write_table(pa.table(columns), tmp_path / "new.parquet", **options)
        with RowFile(tmp_path / "new.parquet") as file:
            blocks = list(file.blocks(n_rows, needed))
        assert {len(block) for block in blocks[:-1]} <= {n_rows}
        return pd.concat(blocks, ignore_index=True).to_dict("list")

    return read


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        (["a", None, ""], ["a", "", ""]),
        ([b"a", None], ["a", ""]),
        ([1, None], ["1", ""]),
        ([2**63 - 1], ["9223372036854775807"]),
        ([True, False, None], ["True", "False", ""]),
        ([1.0, 1.5, 1e16, None, float("nan")], ["1.0", "1.5", "1e+16", "", ""]),
        (pa.array([0.1, None], pa.float32()), ["0.1", ""]),
        (pa.array([None, None]), ["", ""]),
        ([decimal.Decimal("1.50")], ["1.50"]),
        ([NOON.date(), None], ["2024-02-01", ""]),
        ([NOON], ["2024-02-01 12:00:00"]),
        ([NOON.replace(microsecond=120_000)], ["2024-02-01 12:00:00.120000"]),
        (pa.array([NOON], pa.timestamp("ns", "UTC")), ["2024-02-01 12:00:00Z"]),
        ([NOON.time()], ["12:00:00"]),
        (pa.array(["a", None]).dictionary_encode(), ["a", ""]),
        (pa.array([1.0, None]).dictionary_encode(), ["1.0", ""]),
        (pa.array([True, None]), ["True", ""]),
        (pa.array(["a"], pa.large_string()), ["a"]),
    ],
    ids=lambda value: " ".join(repr(value).split()) if isinstance(value, list) else str(value.type),
)
def test_cells_are_those_of_a_csv_file(values, cells, read):
    assert read({"x": values}) == {"x": cells}


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(
    floats=st.lists(st.floats() | st.none(), min_size=1, max_size=9),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_floats_are_written_as_pandas_does(tmp_path_factory, floats, dtype):
    folder = tmp_path_factory.mktemp("floats")
    with np.errstate(over="ignore"):
        values = np.array([float("nan") if x is None else x for x in floats]).astype(dtype)
    frame = pd.DataFrame({"row": range(len(values)), "x": values})
    frame.to_csv(folder / "new.csv", index=False)
    frame.to_parquet(folder / "new.parquet")
    found = []
    for name in ("new.csv", "new.parquet"):
        with RowFile(folder / name) as file:
            found.append(pd.concat(file.blocks(2), ignore_index=True))
    pd.testing.assert_frame_equal(*found)


@pytest.mark.parametrize("n_rows", [1, 3, 7, 20, 50])
def test_blocks_do_not_depend_on_row_groups(n_rows, read):
    texts = [f"text {row % 7}" for row in range(40)]
    chunks = [pa.array(texts[start : start + 10]).dictionary_encode() for start in range(0, 40, 10)]
    for x in (texts, pa.chunked_array(chunks)):
        assert read({"x": x}, n_rows, row_group_size=7) == {"x": texts}


def test_lists_and_structs_are_json(read):
    columns = {"tags": [["a", "é"], None], "vector": [[1.5, 2], []], "a.b": [1, 2]}
    assert read({**columns, "a": [{"b": 3}] * 2}) == {
        "tags": ['["a", "é"]', ""],
        "vector": ["[1.5, 2.0]", "[]"],
        "a.b": ["1", "2"],
        "a": ['{"b": 3}'] * 2,
    }


def test_a_file_without_rows_is_refused(read):
    with pytest.raises(DataError, match=r"new\.parquet has a schema, but no rows"):
        read({"x": pa.array([], pa.string())})


def test_repeated_columns_are_refused(tmp_path):
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["x", "x"])
    pq.write_table(table, tmp_path / "new.parquet")
    with pytest.raises(DataError, match="two columns named 'x'; rename or remove one"):
        RowFile(tmp_path / "new.parquet")


def test_text_that_is_not_utf_8_is_refused(read):
    with pytest.raises(DataError, match=r"column 'x' cannot be read as text \(Invalid UTF8"):
        read({"x": [b"caf\xe9"]})
    wrong = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xe9"))
    with pytest.raises(DataError, match=r"the Parquet file is broken \(.*UTF8.*\); copy or write"):
        read({"x": wrong})


def test_a_broken_file_is_one_line(tmp_path):
    path = tmp_path / "new.parquet"
    texts = [os.urandom(20).hex() for _ in range(5000)]
    pq.write_table(pa.table({"x": texts}), path, row_group_size=1000, use_dictionary=False)
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    with pytest.raises(DataError, match=r"new\.parquet: the Parquet file is broken \(.*\); copy"):
        RowFile(path)
    half = len(content) // 2
    path.write_bytes(content[:half] + b"\xff" * 20_000 + content[half + 20_000 :])
    with (
        RowFile(path) as file,
        pytest.raises(DataError, match=r"file is broken after row 2\d00 \(.*\); copy") as error,
    ):
        list(file.blocks(100))
    assert "\n" not in str(error.value)


def test_a_file_that_is_edited_meanwhile_is_one_line(read, tmp_path):
    read({"x": ["a"] * 10})
    with RowFile(tmp_path / "new.parquet") as file:
        blocks = file.blocks(3)
        next(blocks)
        os.utime(tmp_path / "new.parquet", ns=(1, 1))
        with pytest.raises(DataError, match=r"new\.parquet changed while it was read; run"):
            list(blocks)
