import json

import pandas as pd
import pytest

from regard.data.row_files import RowFile
from regard.errors import DataError


@pytest.fixture
def read(tmp_path):
    """Return a function that writes lines and reads them in blocks."""

    def read(*lines, columns=None, n_rows=2):
        lines = [line if isinstance(line, bytes) else line.encode() for line in lines]
        (tmp_path / "new.jsonl").write_bytes(b"\n".join(lines))
        with RowFile(tmp_path / "new.jsonl") as file:
            return pd.concat(file.blocks(n_rows, columns), ignore_index=True).to_dict("list")

    return read


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ('"null"', "null"),
        ("null", ""),
        ("true", "True"),
        ("false", "False"),
        ("1", "1"),
        ("-0", "-0"),
        ("1.50", "1.50"),
        ("1e5", "1e5"),
        ("9" * 5000, "9" * 5000),
        ("NaN", ""),
        ("-Infinity", "-inf"),
        ('"a\\n\\u2028\\ud83d\\ude00"', "a\n\u2028\U0001f600"),
        ('"a\u2028\x85b"', "a\u2028\x85b"),
    ],
)
def test_cells_are_those_of_a_csv_file(value, cell, read):
    assert read('{"x": "a"}', f'{{"x": {value}}}') == {"x": ["a", cell]}
    assert read(f'{{"x": {value}}}') == {"x": [cell]}


@pytest.mark.parametrize("value", [True, False, None, float("inf"), float("nan"), "a", 12, 0.1])
def test_cells_are_those_that_pandas_writes(value, read, tmp_path):
    pd.DataFrame({"i": ["1"], "x": [value]}).to_csv(tmp_path / "new.csv", index=False)
    with RowFile(tmp_path / "new.csv") as file:
        expected = next(file.blocks(1)).to_dict("list")
    assert read(json.dumps({"i": "1", "x": value})) == expected


def test_columns_are_the_keys_of_the_first_row(read):
    rows = ['{"id": 1, "text": "a"}', '{"text": "b"}', "", '{"more": [1], "text": "c", "id": 3}']
    assert read(*rows) == {"id": ["1", "", "3"], "text": ["a", "b", "c"]}


def test_line_ends_and_a_byte_order_mark(read):
    assert read(b"\xef\xbb\xbf\r", '{"x": 1}\r', " \t\r", '{"x": 2}\r', "") == {"x": ["1", "2"]}


def test_nested_values_stay_json(read):
    rows = [
        '{"text": "a", "tags": ["b", "\\u00e9"]}',
        '{"text": "c", "tags": {"d": 1.50, "e": []}}',
    ]
    assert read(*rows) == {
        "text": ["a", "c"],
        "tags": ['["b", "\u00e9"]', '{"d": "1.50", "e": []}'],
    }
    with pytest.raises(DataError, match="half of a surrogate pair"):
        read('{"tags": ["\\ud83d"]}')


GOOD = '{"x": "a"}'


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["", " "], "is empty"),
        (["{}"], "line 1: the first object has no keys"),
        (["[", GOOD, "]"], "line 1: no valid JSON (Expecting value at column 1); each line must"),
        (['[{"x": 1}]'], "line 1: an array; each line must be one JSON object"),
        ([GOOD, "", "3"], "line 3: a single value; each line must be one JSON object"),
        ([GOOD, GOOD, "", '{"x": "b'], "line 4: no valid JSON (Unterminated string starting at at"),
        ([GOOD, GOOD, "{'x': 1}"], "line 3: no valid JSON (Expecting property name enclosed in"),
        ([GOOD, '{"x": ' + "[" * 100_000], "line 2: no valid JSON (values are nested too deeply)"),
        ([GOOD, GOOD, b'{"x": "\xe9"}'], "line 3: byte 0xe9 is not valid utf-8"),
        ([b'{"x": "\xe9"}'], "line 1: byte 0xe9 is not valid utf-8"),
        ([GOOD, "", '{"x": "\\ud83d"}'], "line 3: \\ud83d is half of a surrogate pair"),
        (['{"\\ud83d": 1}'], "line 1: \\ud83d is half of a surrogate pair"),
    ],
)
def test_broken_file_is_one_line(lines, words, read, tmp_path):
    with pytest.raises(DataError) as error:
        read(*lines)
    message = str(error.value)
    assert message.startswith(str(tmp_path / "new.jsonl"))
    assert "\n" not in message
    assert words in message


@pytest.mark.parametrize("n_rows", [1, 1000, 9000])
def test_a_wrong_byte_is_found_on_its_line(n_rows, read):
    with pytest.raises(DataError, match=f"line {n_rows + 1}: byte 0xe9"):
        read(*[GOOD] * n_rows, b'{"x": "\xe9"}', *[GOOD] * 2000, n_rows=1000)
