import numpy as np
import pytest
from helpers.cases import competition
from helpers.tables import frame

from regard.data.features import FeatureSpace
from regard.data.preprocessor import Preprocessor
from regard.data.rows import Rows, text_frame
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
