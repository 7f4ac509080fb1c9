import dataclasses
import pickle

import numpy as np
import pytest
from helpers.cases import competition
from helpers.tables import frame
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.features import FeatureSpace
from regard.data.preprocessor import (
    Preprocessor,
    Unknown,
    count_unknown,
    read_features,
    read_tokenizer,
    read_vocabulary,
)
from regard.data.tables import each_text
from regard.errors import ArtefactError, DataError
from regard.text import Tokenizer, index_texts

VOCABULARY = ["<pad>", "<unk>", "sea", "ship", "old", "news"]
COLUMNS = {
    "text_columns": ["text"],
    "numeric_columns": ["size"],
    "categorical_columns": ["kind"],
}
SPACE = FeatureSpace(("size",), (("a", "b"),))
PREPROCESSOR = Preprocessor(
    competition(**COLUMNS), ("lower_case",), ("capitals",), VOCABULARY, SPACE
)
ROWS = frame(text=["SEA ship", "zebra", ""], size=["3", "", "1"], kind=["b", "a", "new"])


def texts_of(inputs, text=0):
    return [inputs.texts[text][row].tolist() for row in range(len(inputs))]


def test_rows_become_inputs():
    inputs = PREPROCESSOR.inputs(ROWS)
    assert texts_of(inputs) == [[2, 3], [1], [1]]
    expected = np.float32([[3, 0, 3 / 7], [np.nan, 1, 0], [1, 0, 0]])
    np.testing.assert_array_equal(inputs.numbers, expected)
    assert inputs.categories.tolist() == [[2], [1], [0]]
    assert not inputs.paired
    assert PREPROCESSOR.columns == ["text", "size", "kind"]


def test_columns_of_a_file_that_are_not_read_do_not_matter():
    more = ROWS.assign(id=["1", "2", "3"], label="x")[["label", "kind", "id", "size", "text"]]
    inputs = PREPROCESSOR.inputs(more)
    assert texts_of(inputs) == texts_of(PREPROCESSOR.inputs(ROWS))


def test_joined_columns_are_one_text_and_a_pair_two():
    rows = frame(one=["sea", "old"], two=["ship", "news"])
    columns = {"text_columns": ["one", "two"]}
    for texts, expected in (
        ("joined", [[[2, 3], [4, 5]]]),
        ("separate", [[[2], [4]], [[3], [5]]]),
        ("pair", [[[2], [4]], [[3], [5]]]),
    ):
        settings = competition(**columns, texts=texts)
        found = Preprocessor(settings, (), (), VOCABULARY, FeatureSpace((), ())).inputs(rows)
        assert [texts_of(found, text) for text in range(len(found.texts))] == expected
        assert found.paired == (texts == "pair")
        assert found.symmetric == (texts == "pair")


def test_texts_that_are_indexed_already_are_not_read_again():
    test = frame(text=["ship ship"], size=["1"], kind=["a"])
    frames = (ROWS, test)
    texts = [text for one in frames for text in each_text(one, PREPROCESSOR.competition)]
    # The texts of train come first, and those of test follow them.
    indexed = index_texts(texts, ("lower_case",))
    assert texts_of(PREPROCESSOR.inputs(ROWS, indexed=indexed)) == [[2, 3], [1], [1]]


def test_no_rows_have_no_inputs():
    inputs = PREPROCESSOR.inputs(ROWS.iloc[:0])
    assert len(inputs) == 0
    assert inputs.numbers.shape == (0, 3)
    assert inputs.categories.shape == (0, 1)


words = st.lists(st.sampled_from(["sea", "SHIP", "zebra", "old,", "<unk>", ""]), max_size=5)


@pytest.mark.slow
@given(st.lists(words.map(" ".join), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_row_has_the_same_inputs_whatever_rows_are_beside_it(texts):
    rows = frame(text=texts, size=["1"] * len(texts), kind=["a"] * len(texts))
    together = texts_of(PREPROCESSOR.inputs(rows))
    alone = [texts_of(PREPROCESSOR.inputs(rows.iloc[[row]]))[0] for row in range(len(rows))]
    assert alone == together


def test_preprocessor_is_written_and_read(tmp_path):
    PREPROCESSOR.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "vocabulary.txt",
        "features.json",
        "tokenizer.json",
    }
    again = dataclasses.replace(
        PREPROCESSOR,
        tokenizer=read_tokenizer(tmp_path, ["lower_case"]),
        vocabulary=read_vocabulary(tmp_path),
        features=read_features(tmp_path),
    )
    assert again.key == dataclasses.replace(PREPROCESSOR, tokenizer=again.tokenizer).key
    assert texts_of(again.inputs(ROWS)) == texts_of(PREPROCESSOR.inputs(ROWS))
    assert again.features == SPACE
    assert again.vocabulary == VOCABULARY


@given(st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]))))
@settings(max_examples=40, deadline=None)
def test_any_tokens_and_values_are_read_back(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("fitted")
    space = FeatureSpace(tuple(values[:1]), (tuple(values),))
    dataclasses.replace(PREPROCESSOR, vocabulary=values, features=space).write(folder)
    assert read_vocabulary(folder) == values
    assert read_features(folder) == space


@pytest.mark.parametrize(
    "change",
    [
        {"competition": competition(**COLUMNS, texts="separate")},
        {"tokenizer": ()},
        {"tokenizer": Tokenizer(("lower_case",), "tr")},
        {"tokenizer": Tokenizer(("lower_case",), "en", "characters")},
        {"statistics": ()},
        {"vocabulary": VOCABULARY[:-1]},
        {"features": FeatureSpace((), (("a", "b"),))},
        {"features": FeatureSpace(("size",), (("a", "c"),))},
    ],
)
def test_key_holds_all_that_decides_how_rows_are_read(change):
    assert dataclasses.replace(PREPROCESSOR, **change).key != PREPROCESSOR.key
    assert pickle.loads(pickle.dumps(PREPROCESSOR)).key == PREPROCESSOR.key


def test_unknown_tokens_are_counted():
    inputs = PREPROCESSOR.inputs(ROWS)
    assert count_unknown([inputs]) == Unknown(2, 4)  # an empty text has one token
    assert count_unknown([inputs, inputs]) == Unknown(4, 8)
    assert count_unknown([]) == Unknown(0, 0)


def test_cell_that_is_no_number_is_one_line():
    rows = ROWS.assign(size="big")
    with pytest.raises(DataError, match=r"^new\.csv: 3 cells of .*'big'") as error:
        PREPROCESSOR.inputs(rows, file="new.csv")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"values": []}', '{"with_empty_cells": 3, "values": []}', "null"],
)
def test_broken_features_are_one_line(content, tmp_path):
    (tmp_path / "features.json").write_text(content)
    with pytest.raises(ArtefactError, match=r"features\.json: ") as error:
        read_features(tmp_path)
    assert "\n" not in str(error.value)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(ArtefactError, match=r"vocabulary\.txt: cannot be read"):
        read_vocabulary(tmp_path)
    with pytest.raises(ArtefactError, match=r"features\.json: cannot be read"):
        read_features(tmp_path)
