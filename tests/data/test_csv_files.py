import csv
import dataclasses
import io
from pathlib import Path

import pandas as pd
import pytest
from helpers.cases import competition
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data import csv_files
from regard.data.tables import each_text, read_tables, texts_of
from regard.errors import DataError

COMPETITION = competition(task="binary")
TRAIN = "id,text,label\n1,good,1\n2,bad,0\n"
TEST = "id,text\n3,new\n4,newer\n"
SAMPLE = "id,label\n3,0\n4,0\n"


@pytest.fixture
def read(tmp_path):
    """Read three files of the given contents; a content of None leaves the file out."""

    def read(train=TRAIN, test=TEST, sample=SAMPLE, **changes):
        competition = dataclasses.replace(COMPETITION, **changes)
        for name, content in (
            (competition.train_file, train),
            (competition.test_file, test),
            (competition.sample_file, sample),
        ):
            if content is not None:
                (tmp_path / name).write_bytes(
                    content if isinstance(content, bytes) else content.encode()
                )
        return read_tables(competition, tmp_path)

    return read


def message_of(read, **files) -> str:
    with pytest.raises(DataError) as error:
        read(**files)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_cells_are_the_strings_that_stand_in_the_file(read, caplog):
    with caplog.at_level("INFO"):
        tables = read(train='id,text,label,more\n01,"NA, ""so""\nnull",1,\n2,null,0,nan\n')
    assert tables.train.to_dict("list") == {
        "id": ["01", "2"],
        "text": ['NA, "so"\nnull', "null"],
        "label": ["1", "0"],
        "more": ["", "nan"],
    }
    assert all(pd.api.types.is_string_dtype(dtype) for dtype in tables.train.dtypes)
    assert tables.test["id"].tolist() == tables.sample["id"].tolist() == ["3", "4"]
    assert "2 train rows, 2 test rows" in caplog.text


def test_text_columns_are_joined_by_line_breaks():
    frame = pd.DataFrame({"title": ["a", "b"], "text": ["c", ""]}, dtype="str")
    assert texts_of(frame, competition(text_columns=["title", "text"])) == [["a\nc", "b\n"]]
    assert texts_of(frame, competition(text_columns=["text"])) == [["c", ""]]
    for texts in ("apart", "pair"):
        assert texts_of(frame, competition(text_columns=["title", "text"], texts=texts)) == [
            ["a", "b"],
            ["c", ""],
        ]


@pytest.mark.parametrize("texts", ["joined", "apart"])
@pytest.mark.parametrize("rows_at_once", [1, 2, 100])
def test_each_text_comes_column_by_column_as_texts_of_has_them(texts, rows_at_once, monkeypatch):
    monkeypatch.setattr(csv_files, "_ROWS_AT_ONCE", rows_at_once)
    frame = pd.DataFrame({"title": ["a", "b", "c"], "text": ["d", "", "f"]}, dtype="str")
    settings = competition(text_columns=["title", "text"], texts=texts)
    assert list(each_text(frame, settings)) == [
        text for column in texts_of(frame, settings) for text in column
    ]


def test_rows_keep_their_lines_and_places_over_blocks(read, monkeypatch):
    monkeypatch.setattr(csv_files, "_ROWS_AT_ONCE", 2)
    rows = ['1,"a\nb",0', "2,c,1", "", "3,d,0", '4,"e\n\nf",1', "5,g,0"]
    tables = read(train="\n".join(["id,text,label", *rows]))
    assert tables.train["text"].tolist() == ["a\nb", "c", "d", "e\n\nf", "g"]
    assert tables.train.index.tolist() == [0, 1, 2, 3, 4]
    assert "lines 11, 12" in message_of(
        read, train="\n".join(["id,text,label", *rows, "1,x,0", "2,y,1"])
    )
    assert "line 11: 2 cells" in message_of(
        read, train="\n".join(["id,text,label", *rows, "6,x", "7,y,1", "8"])
    )


@pytest.mark.parametrize(
    ("train", "changes"),
    [
        (b"\xef\xbb\xbf" + TRAIN.encode(), {}),
        (TRAIN.replace("\n", "\r\n"), {}),
        (TRAIN.replace("\n", "\r"), {}),
        (TRAIN.replace("\n", "\n\n") + "\n", {}),
        (TRAIN.rstrip(), {}),
        (TRAIN.encode("utf-16"), {"encoding": "utf-16"}),
        (TRAIN.encode("utf-16")[2:], {"encoding": "utf-16"}),
        (TRAIN.replace("good", '"good"').replace("id,", '"id",'), {}),
    ],
    ids=[
        "byte order mark",
        "crlf",
        "cr",
        "blank lines",
        "no last line end",
        "utf-16",
        "utf-16 without its mark",
        "quoted",
    ],
)
def test_files_of_any_program_read_the_same(read, train, changes):
    encoded = {
        "test": TEST.encode(changes.get("encoding", "utf-8")),
        "sample": SAMPLE.encode(changes.get("encoding", "utf-8")),
    }
    assert read(train=train, **encoded, **changes).train.equals(read().train)


@pytest.mark.parametrize("separator", ["\t", "\\t", ";"])
def test_separators_other_than_commas(tmp_path, separator):
    for name, content in (
        ("train.csv", TRAIN),
        ("test.csv", TEST),
        ("sample_submission.csv", SAMPLE),
    ):
        (tmp_path / name).write_text(content.replace(",", ";" if separator == ";" else "\t"))
    competition = dataclasses.replace(COMPETITION)
    competition.separator = separator
    assert read_tables(competition, tmp_path).train["text"].tolist() == ["good", "bad"]


def test_a_cell_may_be_longer_than_the_csv_module_expects(read):
    assert (
        len(read(train=f"id,text,label\n1,{'x' * 200_000},1\n2,b,0\n").train["text"][0]) == 200_000
    )


def test_the_test_files_may_have_an_id_column_of_their_own(read):
    tables = read(
        test=TEST.replace("id", "test_id"),
        sample=SAMPLE.replace("id", "test_id"),
        test_id_column="test_id",
    )
    assert tables.test["test_id"].tolist() == ["3", "4"]


def test_sample_and_test_may_differ_in_the_order_of_rows(read):
    assert read(sample="id,label\n4,0\n3,0\n").sample["id"].tolist() == ["4", "3"]


def test_empty_texts_are_kept_with_one_warning(read, caplog):
    tables = read(train="id,text,label\n1,,1\n2, ,0\n5,x,0\n")
    assert tables.train["text"].tolist() == ["", " ", "x"]
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "train.csv: 2 empty texts in column 'text'" in warnings[0]
    assert "ids 1, 2" in warnings[0]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), min_size=1, max_size=6))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path_factory, cells):
    folder = tmp_path_factory.mktemp("data")
    written = io.StringIO(newline="")
    csv.writer(written).writerows(
        [["id", "text", "label"], *([str(i), "t" + a, b] for i, (a, b) in enumerate(cells))]
    )
    (folder / "train.csv").write_bytes(written.getvalue().encode())
    (folder / "test.csv").write_text(TEST)
    (folder / "sample_submission.csv").write_text(SAMPLE)
    train = read_tables(COMPETITION, folder).train
    assert list(zip(train["text"], train["label"], strict=True)) == [("t" + a, b) for a, b in cells]


def test_a_missing_file_is_named_with_the_way_to_get_it(read, tmp_path):
    message = message_of(read, test=None)
    assert str(tmp_path / "test.csv") in message
    assert "data/README.md" in message
    (tmp_path / "tests.csv").write_text(TEST)
    assert "did you mean 'tests.csv'?" in message_of(read, test=None)
    with pytest.raises(DataError, match="not there"):
        read_tables(COMPETITION, Path("nowhere"))


@pytest.mark.parametrize(
    ("train", "words"),
    [
        ("", ["train.csv is empty"]),
        ("\n \n", ["train.csv is empty"]),
        ("id,text,label\n", ["header, but no rows"]),
        (
            "id,txt,label\n1,a,0\n",
            ["no column 'text'", "did you mean 'txt'?", "there are: id, txt, label"],
        ),
        ("id,text\n1,a\n", ["no column 'label'"]),
        ("id;text;label\n1;a;0\n", ["no column 'id'", "id;text;label", "competition.separator"]),
        ("id,text,label,text\n1,a,0,b\n", ["two columns of the name 'text'"]),
        (
            'id,text,label\n7,"a\n\nb",0\n8,c,1\n7,d,0\n',
            ["1 rows repeat the 'id'", "ids 7", "lines 6"],
        ),
        ('id,text,label\n7,"a\n\nb",0\n,c,1\n ,d,1\n', ["2 rows have no 'id'", "lines 5, 6"]),
        ("id,text,label\n1,,0\n2, ,1\n", ["column 'text' is empty in every row"]),
        (
            'id,text,label\n1,"a\n\nb",0\n2,c,d,1\n3,x,y,1\n',
            ["line 5: 4 cells, but the header has 3 (2 such rows)"],
        ),
        (
            'id,text,label\n1,"a\n\nb",0\n2,c\n',
            ["line 5: 2 cells, but the header has 3 (1 such rows)"],
        ),
        ('id,text,label\n1,"a\n\nb",0\n2,"c\n\nd', ["line 5: a quote is opened and never closed"]),
        ('id,text,label\n1,a,0\n2,"c\nd","e\nf', ["line 4: a quote is opened and never closed"]),
        ('id,text,label\n1,a,0\n"2"3,b,"c\n', ["line 3: a quote is opened and never closed"]),
        (
            b"id,text,label\n1,a,0\n2,caf\xe9,1\n",
            ["line 3: byte 0xe9 is not valid utf-8", "cp1252"],
        ),
        (TRAIN.encode("utf-16"), ["line 1: byte 0xff is not valid utf-8", "utf-16"]),
    ],
)
def test_a_broken_train_file_is_refused_with_the_place_and_the_remedy(read, train, words):
    message = message_of(read, train=train)
    assert "train.csv" in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"sample": "id,label\n3,0\n"},
            ["test.csv: 1 ids are not in sample_submission.csv (ids 4)"],
        ),
        (
            {"sample": SAMPLE + "9,0\n8,0\n"},
            ["sample_submission.csv: 2 ids are not in test.csv (ids 9, 8)"],
        ),
        ({"sample": "row,label\n3,0\n"}, ["sample_submission.csv has no column 'id'"]),
        ({"test": "id,txt\n3,a\n"}, ["test.csv has no column 'text'"]),
        ({"test": "id,text\n3,a\n3,b\n"}, ["test.csv: 1 rows repeat"]),
        ({"sample": "id,label\n3,0\n4,0\n4,0\n"}, ["sample_submission.csv: 1 rows repeat"]),
        ({"test_id_column": "test_id"}, ["test.csv has no column 'test_id'"]),
    ],
)
def test_files_that_do_not_fit_each_other_are_refused(read, files, words):
    message = message_of(read, **files)
    for word in words:
        assert word in message


def test_a_quote_inside_an_unquoted_cell_is_a_character(read):
    assert read(train='id,text,label\n1,a 5" disk,0\n2,b,1\n').train["text"][0] == 'a 5" disk'
    assert read(train='id,text,label\n1,a,0\n2,a 5" disk,1\n').train["text"][1] == 'a 5" disk'


def test_a_list_of_ids_is_cut_after_five(read):
    sample = SAMPLE + "".join(f"{row},0\n" for row in range(10, 17))
    assert "7 ids are not in test.csv (ids 10, 11, 12, 13, 14, ...)" in message_of(
        read, sample=sample
    )
