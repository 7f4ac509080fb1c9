import logging

import pytest
from helpers.cases import competition, tiny_tables, write_tables
from helpers.labels import label_frame

from regard.data.known_labels import clean_labels, find_unlabelled
from regard.data.tables import read_train
from regard.errors import DataError


def unlabelled(spellings, *cells, **columns):
    names = ["label", *columns]
    settings = competition(label_missing=spellings, label_columns=names, metric="log_loss")
    return find_unlabelled(label_frame(*cells, **columns), settings).tolist()


@pytest.mark.parametrize(
    ("spellings", "cells", "expected"),
    [
        (["-1"], ("0", "-1", "-1.0", "1"), [False, True, True, False]),
        (["nan"], ("0", "NaN", "", "nan"), [False, True, False, True]),
        ([""], ("a", ""), [False, True]),
        ([None], ("a", "null", "NULL"), [False, True, True]),
        (["?", "N/A"], ("?", "n/a", "a"), [True, True, False]),
        ([], ("", "a"), [False, False]),
    ],
)
def test_spellings_of_a_missing_label_are_compared_by_value(spellings, cells, expected):
    assert unlabelled(spellings, *cells) == expected


def test_a_row_without_one_of_several_labels_lacks_them_all():
    assert unlabelled(["-1"], "0", "-1", "1", other=["1", "1", "-1"]) == [False, True, True]


def test_clean_labels_have_no_blanks_and_decimal_points():
    settings = competition(decimal=",")
    found = clean_labels(label_frame("3,5", "1.200,0 ", "x\u00a0", "4"), settings)
    assert found["label"].tolist() == ["3.5", "1200.0", "x", "4"]
    plain = clean_labels(label_frame("1,234", " a"), competition())
    assert plain["label"].tolist() == ["1,234", "a"]


def write_labels(folder, labels):
    tables = tiny_tables(n_train=len(labels))
    tables["train"]["category"] = labels
    write_tables(folder, tables)
    return {"label_columns": ["category"]}


def test_rows_without_a_label_are_left_out_once_and_named(tmp_path, caplog):
    names = write_labels(tmp_path, ["sea", "?", "wood", "?", *["sea", "wood"] * 4])
    with caplog.at_level(logging.INFO):
        files = read_train(competition(label_missing=["?"], **names), tmp_path)
    assert "2 of 12 rows have a label that is missing" in caplog.text
    assert "first ids: x001, x003" in caplog.text
    assert "10 train rows" in caplog.text
    file = files["train"]
    assert len(file.frame) == len(file.lines) == 10
    assert file.frame.index.tolist() == list(range(10))
    assert "?" not in file.frame["category"].tolist()
    assert file.frame["id"].tolist()[:2] == ["x000", "x002"]


def test_no_row_may_be_left_out_of_all(tmp_path):
    names = write_labels(tmp_path, ["?"] * 12)
    with pytest.raises(DataError, match=r"so none is left; correct competition\.label_missing"):
        read_train(competition(label_missing=["?"], **names), tmp_path)


def test_blanks_around_labels_are_told(tmp_path, caplog):
    names = write_labels(tmp_path, ["sea ", "sea", *["wood", "sea"] * 5])
    with caplog.at_level(logging.INFO):
        read_train(competition(**names), tmp_path)
    assert "1 labels are read without blanks around them" in caplog.text
    assert "'sea ' is 'sea'" in caplog.text
