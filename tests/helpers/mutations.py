"""Small competitions, and random damage to their files and to JSON and YAML values."""

import codecs
import copy
import csv
import gzip
import io
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

Files = dict[str, bytes]
FILES = ("train.csv", "test.csv", "sample_submission.csv")
WORDS = (
    "old",
    "ship",
    "lay",
    "in",
    "a",
    "quiet",
    "harbour",
    "while",
    "rain",
    "fell",
    "on",
    "roofs",
)
N_TRAIN = 24
N_TEST = 8
CELLS = (
    *("", " ", "nan", "NaN", "NA", "None", "null", "?", "-", "inf", "-inf", "1e400", "-1", "2"),
    *("1e5", "0x10", "9" * 400, "1,5", "1.000,5", "0.5", "true", "TRUE", "yes", "x", "a,b", "[1]"),
    *(
        "=1+1",
        "${x}",
        "${",
        "???",
        "#",
        "%s",
        "{}",
        "<html>",
        "\u00e9",
        "\uff21",
        "\u0130",
        "\u0967",
    ),
    *(
        "\0",
        "\ufeff",
        "\u200b",
        "\u202e",
        "\u2028",
        "\x1a",
        "\x85",
        "\xa0",
        "\r",
        "\n",
        "a\nb",
        "a\r\nb",
    ),
    *('"', '""', '"a', 'a"b', ",", ";", "\t", "|", "'", "\\", '\\"', "word " * 3000, "id", "label"),
)
BYTES = (
    *(
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf0\x9f",
        b"\x00",
        b"\x1a",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    ),
    *(
        b'"',
        b'""',
        b'\n"',
        b'",',
        b",",
        b",,",
        b";",
        b"\t",
        b"|",
        b"'",
        b"\\",
        b"\r",
        b"\n",
        b"\r\n",
    ),
    *(
        b"\n\n",
        b"sep=;\n",
        b"# x\n",
        b"\x85",
        b"\xa0",
        b" ",
        b"\x1f\x8b\x08",
        b"PK\x03\x04",
        b"PAR1",
    ),
)
ENCODINGS = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "cp1252",
    "gb18030",
    "shift_jis",
    "cp037",
)


def many(n_examples: int) -> settings:
    """Return settings of a test of so many damaged inputs; `MUTATIONS` sets another number.

    The suite tries the same ones each time.
    """
    number = os.environ.get("MUTATIONS")
    return settings(
        max_examples=int(number or n_examples),
        deadline=None,
        database=None,
        derandomize=number is None,
        suppress_health_check=list(HealthCheck),
    )


def _text(rng: random.Random, row: int) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(3, 9))) + f" no {row}, \u00e9"


def _table(
    label: Callable[[random.Random, int], dict[str, Any]],
    sample: dict[str, Any],
    *,
    texts: tuple[str, ...] = ("text",),
    separator: str = ",",
) -> Files:
    """Return the bytes of a competition's three files."""
    rng = random.Random(1)
    rows = [
        {"id": f"a{row}", **{name: _text(rng, row) for name in texts}, **label(rng, row)}
        for row in range(N_TRAIN + N_TEST)
    ]
    test = [{name: row[name] for name in ("id", *texts)} for row in rows[N_TRAIN:]]
    submission = [{"id": row["id"], **sample} for row in test]
    tables = (rows[:N_TRAIN], test, submission)
    return {
        name: write_rows(
            [list(table[0]), *(list(map(str, row.values())) for row in table)], separator
        )
        for name, table in zip(FILES, tables, strict=True)
    }


def write_rows(rows: list[list[str]], separator: str = ",") -> bytes:
    """Return rows of cells as UTF-8 CSV."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()


COMPETITIONS: dict[str, Files] = {
    "binary": _table(lambda rng, row: {"label": row % 2}, {"label": 0.5}),
    "labels": _table(lambda rng, row: {"label": row % 2}, {"label": 0}),
    "multi_class": _table(lambda rng, row: {"topic": "abc"[row % 3]}, {"topic": "a"}),
    "class_columns": _table(
        lambda rng, row: {"topic": "abc"[row % 3]}, {"a": 0.3, "b": 0.3, "c": 0.4}, separator=";"
    ),
    "multi_label": _table(
        lambda rng, row: {"bad": row % 2, "rude": row // 2 % 2, "odd": row // 3 % 2},
        {"bad": 0.5, "rude": 0.5, "odd": 0.5},
    ),
    "regression": _table(lambda rng, row: {"score": rng.gauss(0, 1)}, {"score": 0.0}),
    "ordinal": _table(lambda rng, row: {"rating": row % 5 + 1}, {"rating": 3}, separator="\t"),
    "pair": _table(
        lambda rng, row: {"is_duplicate": row % 2},
        {"is_duplicate": 0.5},
        texts=("question1", "question2"),
    ),
}


def read_rows(content: bytes) -> tuple[list[list[str]], str]:
    """Return the rows of a CSV file, however damaged, and its separator."""
    text = content.decode("utf-8", errors="replace")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    return [row for row in rows if row] or [[""]], separator


def _on_bytes(content: bytes, kind: str, a: float, b: float, snippet: bytes) -> bytes:
    """Change bytes; `a` and `b` are positions, as shares of the content."""
    start, end = sorted((int(a * len(content)), int(b * len(content))))
    part = content[start:end]
    changes: dict[str, bytes] = {
        "insert": content[:start] + snippet + content[start:],
        "replace": content[:start] + snippet + content[start + 1 :],
        "delete": content[:start] + content[end:],
        "delete_few": content[:start] + content[start + 3 :],
        "repeat": content[:end] + part + content[end:],
        "truncate": content[:start],
        "start": snippet + content,
        "end": content + snippet,
        "crlf": content.replace(b"\n", b"\r\n"),
        "cr": content.replace(b"\n", b"\r"),
        "separators": content.replace(b",", snippet),
        "quotes": content.replace(b'"', snippet),
        "gzip": gzip.compress(content, mtime=0),
        "empty": b"",
    }
    return changes[kind]


def _on_cells(content: bytes, kind: str, a: float, b: float, cell: str) -> bytes:
    """Change cells, rows or columns; `a` chooses the row, `b` the column."""
    rows, separator = read_rows(content)
    row = int(a * len(rows))
    column = int(b * max(map(len, rows)))
    if kind == "cell" and column < len(rows[row]):
        rows[row][column] = cell
    elif kind == "header" and column < len(rows[0]):
        rows[0][column] = cell
    elif kind == "fill":
        rows[1:] = [[*line[:column], cell, *line[column + 1 :]] for line in rows[1:]]
    elif kind == "drop_column":
        rows = [line[:column] + line[column + 1 :] for line in rows]
    elif kind == "repeat_column":
        rows = [line + line[column : column + 1] for line in rows]
    elif kind == "new_column":
        rows = [[*line[:column], cell, *line[column:]] for line in rows]
    elif kind == "number_rows":
        rows = [[str(index) if index else cell, *line] for index, line in enumerate(rows)]
    elif kind == "reverse_columns":
        rows = [line[::-1] for line in rows]
    elif kind == "drop_row":
        del rows[row]
    elif kind == "repeat_row":
        rows.insert(row, rows[row])
    elif kind == "few_rows":
        rows = rows[: row + 1]
    elif kind == "shuffle":
        rows[1:] = rows[:0:-1]
    elif kind == "short_row":
        rows[row] = rows[row][:column]
    elif kind == "long_row":
        rows[row] = [*rows[row], cell]
    elif kind == "half":
        rows[1::2] = [[*line[:column], cell, *line[column + 1 :]] for line in rows[1::2]]
    return write_rows(rows, separator)


def _encoded(content: bytes, encoding: str) -> bytes:
    text = content.decode("utf-8", errors="replace")
    return text.encode(codecs.lookup(encoding).name, errors="replace")


BYTE_KINDS = (
    *("insert", "insert", "replace", "delete", "delete_few", "repeat", "truncate", "start", "end"),
    *("crlf", "cr", "separators", "quotes", "gzip", "empty"),
)
CELL_KINDS = (
    *(
        "cell",
        "cell",
        "cell",
        "header",
        "fill",
        "half",
        "drop_column",
        "repeat_column",
        "new_column",
    ),
    *("number_rows", "reverse_columns", "drop_row", "repeat_row", "few_rows", "shuffle"),
    *("short_row", "long_row"),
)
_share = st.integers(0, 999).map(lambda number: number / 1000)
_bytes = st.tuples(
    st.just(_on_bytes), st.sampled_from(BYTE_KINDS), _share, _share, st.sampled_from(BYTES)
)
_cells = st.tuples(
    st.just(_on_cells), st.sampled_from(CELL_KINDS), _share, _share, st.sampled_from(CELLS)
)
_encoding = st.tuples(st.just(_encoded), st.sampled_from(ENCODINGS))
_targets = st.sampled_from([*((name,) for name in FILES), FILES, FILES[:2]])
mutations = st.lists(st.tuples(_targets, st.one_of(_cells, _bytes, _cells, _encoding)), max_size=4)


def mutated(files: Files, changes: list[tuple[tuple[str, ...], tuple[Any, ...]]]) -> Files:
    """Return files after some changes, each to one or several of them."""
    files = dict(files)
    for names, (change, *arguments) in changes:
        for name in names:
            files[name] = change(files[name], *arguments)
    return files


def nodes_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in a JSON value."""
    yield path
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    for key in inner if isinstance(inner, dict) else ():
        yield from nodes_of(inner[key], (*path, key))


def with_node(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Return a JSON value with another value at a path; without it where `new` is ...."""
    if not path:
        return None if new is ... else new
    changed = copy.deepcopy(value)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    if new is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = new
    return changed
