import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition
from helpers.tables import frame

from regard.data.features import FeatureSpace
from regard.data.preprocessor import Preprocessor
from regard.data.rows import Rows, str_cells, text_frame
from regard.errors import DataError

VOCABULARY = ["<pad>", "<unk>", "the", "sea", "ship"]


def preprocessor(**columns):
    return Preprocessor(competition(**columns), (), (), VOCABULARY, FeatureSpace((), ()))


def texts_of(inputs):
    return [inputs.texts[0][row].tolist() for row in range(len(inputs))]


def test_rows_are_read_as_token_ids():
    rows = Rows(frame(text=["the sea", "ship"]))
    assert len(rows) == 2
    assert texts_of(rows.inputs(preprocessor())) == [[2, 3], [4]]


def test_each_reading_is_made_once():
    rows = Rows(frame(text=["the sea"]))
    calls = []

    def read():
        calls.append(1)
        return "found"

    assert rows.once("a", read) == rows.once("a", read) == "found"
    assert len(calls) == 1
    rows.once("b", read)
    assert len(calls) == 2
    # Two folds of a run have preprocessors that are equal, but not the same object.
    assert rows.inputs(preprocessor()) is rows.inputs(preprocessor())


def test_preprocessors_that_read_otherwise_share_nothing():
    rows = Rows(frame(text=["The sea"], other=["ship"]))
    plain = preprocessor()
    lower = Preprocessor(competition(), ("lower_case",), (), VOCABULARY, plain.features)
    small = Preprocessor(competition(), (), (), VOCABULARY[:3], plain.features)
    found = [
        texts_of(rows.inputs(one))
        for one in (plain, lower, small, preprocessor(text_columns=["other"]))
    ]
    assert found == [[[1, 3]], [[2, 3]], [[1, 1]], [[4]]]


def test_some_rows_are_read_anew():
    rows = Rows(frame(text=["the sea", "ship", "the ship"]), "new.csv")
    rows.inputs(preprocessor())
    taken = rows.take(np.array([2, 0]))
    assert taken.frame["text"].tolist() == ["the ship", "the sea"]
    assert texts_of(taken.inputs(preprocessor())) == [[2, 4], [2, 3]]
    assert taken.file == "new.csv"
    assert len(rows.take(np.array([], np.int64))) == 0


def test_messages_name_the_file():
    rows = Rows(frame(text=["a"], age=["old"]), "new.csv")
    with pytest.raises(DataError, match=r"^new\.csv: 1 cells of the numeric column 'age'"):
        rows.inputs(preprocessor(numeric_columns=["age"]))


def test_texts_are_rows_of_one_column():
    found = text_frame(("a", ""), "body")
    assert found.to_dict("list") == {"body": ["a", ""]}
    assert found["body"].dtype == "str"
    assert len(text_frame([], "body")) == 0


def test_missing_text_is_empty():
    found = text_frame(["a", None, float("nan"), pd.NA, pd.NaT, 3], "body")
    assert found["body"].tolist() == ["a", "", "", "", "", "3"]
    assert found["body"].dtype == "str"


def test_cells_are_those_of_a_file():
    rows = pd.DataFrame({0: [1.0, None], "text": ["a", None], "is": [True, False]}, index=[4, 2])
    found = str_cells(rows, "the frame")
    assert found.to_dict("list") == {"0": ["1.0", ""], "text": ["a", ""], "is": ["True", "False"]}
    assert found.index.tolist() == [4, 2]


@pytest.mark.parametrize("cell", ["\ud800", "an \udc00 end", "\udc00\ud800"])
def test_half_a_character_is_one_line(cell):
    with pytest.raises(DataError, match=r"the list, column 'body', row 1 \(from 0\): '\\ud[8c]00'"):
        text_frame(["a", cell, cell], "body")
    rows = pd.DataFrame({"n": [1, 2], "text": pd.Series([None, cell], dtype="object")})
    with pytest.raises(DataError, match="the frame, column 'text', row 1") as error:
        str_cells(rows, "the frame")
    assert "\n" not in str(error.value)
    assert str(error.value).isascii()


@pytest.mark.parametrize("names", [["text", "text"], ["1", 1], ["a", "b", "a"]])
def test_columns_of_one_name_are_one_line(names):
    rows = pd.DataFrame([["x"] * len(names)], columns=names)
    with pytest.raises(DataError, match=rf"^the frame has two columns named '{names[0]}'; rename"):
        str_cells(rows, "the frame")
