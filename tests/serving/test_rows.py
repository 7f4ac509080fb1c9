import re

import pandas as pd
import pytest
from helpers.cases import competition, serve_settings
from hypothesis import given
from hypothesis import strategies as st

from regard.data.joining import JoinedTable
from regard.errors import DataError
from regard.serving.bodies import PredictRequest
from regard.serving.rows import MAX_EXPLAINED_ROWS, Row, read_rows

ONE = competition(task="binary")
PAIR = competition(
    task="binary",
    text_columns=["one", "other"],
    numeric_columns=["age"],
    categorical_columns=["place"],
)


ESSAYS = competition(
    task="regression",
    prompt_column="prompt",
    joined_files=["prompts.csv"],
    join_column="prompt_id",
)
PROMPTS = JoinedTable(
    "prompt_id",
    pd.DataFrame({"prompt_id": ["1", "2"], "prompt": ["Tell A.", "Tell B."]}),
    "prompts.csv",
)


def read(body, page=ONE, table=None, **limits):
    return read_rows(PredictRequest.model_validate(body), page, serve_settings(**limits), table)


def test_the_three_forms_of_a_request():
    assert read({"text": "a"}) == [Row({"text": "a"})]
    assert read({"texts": ["a", ""]}) == [Row({"text": "a"}), Row({"text": ""})]
    assert read({"rows": [{"text": "a"}], "explain": True}) == [Row({"text": "a"}, explain=True)]


def test_cells_become_text_and_those_left_out_are_empty():
    row = {"one": "a", "other": None, "age": 3.5, "id": 7}
    cells = {"one": "a", "other": "", "age": "3.5", "place": ""}
    assert read({"rows": [row]}, PAIR) == [Row(cells)]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "the request has no rows; give one of text, texts and rows"),
        ({"text": "a", "texts": []}, "the request has text and texts; give one of"),
        ({"texts": []}, "the request has 0 rows; send 1 to 3 at a time"),
        ({"texts": ["a"] * 4}, "the request has 4 rows; send 1 to 3 at a time"),
        ({"texts": ["a"] * 4, "explain": True}, "4 rows to explain; send 1 to 3 at a time"),
        ({"rows": [{"text": "a"}, {}]}, "row 1 has no column 'text'; an empty text is written ''"),
        ({"rows": [{"txt": "a"}]}, "row 0 has a column 'txt'; did you mean 'text'?"),
        ({"text": "abcdef"}, "row 0 has 6 characters in 'text'; send at most 5"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(body, message):
    with pytest.raises(DataError, match=re.escape(message)):
        read(body, max_rows=3, max_characters=5)


def test_several_texts_and_numbers_are_checked():
    with pytest.raises(DataError, match=r"text is for rows with one text column; .* one, other"):
        read({"text": "a"}, PAIR)
    with pytest.raises(DataError, match="row 0 has 'old' in 'age', which is no number"):
        read({"rows": [{"one": "", "other": "", "age": "old"}]}, PAIR)


def test_few_rows_are_explained_at_a_time():
    with pytest.raises(DataError, match=f"17 rows to explain; send 1 to {MAX_EXPLAINED_ROWS} "):
        read({"texts": ["a"] * 17, "explain": True})


@given(st.text())
def test_every_text_comes_through_whole(text):
    (row,) = read({"text": text})
    assert row.cells["text"] == text


def test_halves_of_surrogate_pairs_are_replaced():
    (row,) = read_rows(PredictRequest.model_construct(text="a\ud800"), ONE, serve_settings())
    assert row.cells["text"] == "a\ufffd"


@pytest.mark.parametrize(
    ("row", "prompt"),
    [
        ({"prompt_id": 2}, "Tell B."),
        ({"prompt_id": "1"}, "Tell A."),
        ({"prompt_id": "9", "prompt": "Own."}, "Own."),
        ({"prompt": "Own."}, "Own."),
        ({"prompt_id": ""}, ""),
        ({}, ""),
    ],
)
def test_cells_of_joined_files(row, prompt):
    rows = read({"rows": [{"text": "a", **row}]}, ESSAYS, PROMPTS)
    assert rows == [Row({"text": "a", "prompt": prompt})]


def test_unknown_key_of_joined_files():
    body = {"rows": [{"text": "a", "prompt_id": "9"}]}
    with pytest.raises(DataError, match="row 0: 1 values of 'prompt_id' are not among those of"):
        read(body, ESSAYS, PROMPTS)


def test_numbers_are_written_as_in_files():
    (row,) = read({"rows": [{"one": "a", "other": "b", "age": "1,234"}]}, PAIR)
    assert row.cells["age"] == "1,234"
    with pytest.raises(DataError, match="row 0 has 'nan' in 'age', which is no number"):
        read({"rows": [{"one": "a", "other": "b", "age": "nan"}]}, PAIR)
