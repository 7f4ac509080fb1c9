import dataclasses
from pathlib import Path

import pandas as pd
import pytest
from helpers.cases import competition
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.artefacts import hash_file
from regard.config import ROW_NUMBERS
from regard.data import tables as module
from regard.data.tables import (
    each_text,
    file_names,
    read_table,
    read_tables,
    read_test,
    read_train,
    texts_of,
    write_tables,
)
from regard.data.whole_files import joined_digest
from regard.errors import ArtefactError, DataError

COMPETITION = competition(task="binary")
TRAIN = "id,text,label\n1,good,1\n2,bad,0\n"
TEST = "id,text\n3,new\n4,newer\n"
SAMPLE = "id,label\n3,0\n4,0\n"
CELLS = [
    "",
    " ",
    "NA",
    "nan",
    "null",
    "None",
    "01",
    "1e3",
    "a\nb",
    "a\r\nb",
    '"',
    "\0",
    "é",
    "\U0001f600",
]


@pytest.fixture
def read(tmp_path):
    """Return a function that writes three files and reads them; a content of None writes none."""

    def read(train=TRAIN, test=TEST, sample=SAMPLE, **changes):
        changed = dataclasses.replace(COMPETITION, **changes)
        contents = {"train": train, "test": test, "sample": sample}
        for part, (name, *_) in file_names(changed).items():
            if contents[part] is not None:
                (tmp_path / name).write_text(contents[part])
        return read_tables(changed, tmp_path)

    return read


def message_of(read, **files) -> str:
    with pytest.raises(DataError) as error:
        read(**files)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_three_files_are_read(read, tmp_path, caplog):
    with caplog.at_level("INFO"):
        tables = read()
    assert tables.train["text"].tolist() == ["good", "bad"]
    assert tables.test["id"].tolist() == tables.sample["id"].tolist() == ["3", "4"]
    assert [line for line in caplog.messages if line.endswith("rows")] == [
        "2 train rows",
        "2 test rows",
    ]


def test_digests_are_those_of_the_files(read, tmp_path):
    read()
    files = read_train(COMPETITION, tmp_path) | read_test(COMPETITION, tmp_path)
    assert {part: file.digest for part, file in files.items()} == {
        "train": hash_file(tmp_path / "train.csv"),
        "test": hash_file(tmp_path / "test.csv"),
        "sample": hash_file(tmp_path / "sample_submission.csv"),
    }


def test_train_file_needs_no_other_file(tmp_path):
    (tmp_path / "train.csv").write_text(TRAIN)
    (file,) = read_train(COMPETITION, tmp_path).values()
    assert file.frame["text"].tolist() == ["good", "bad"]
    alone = dataclasses.replace(COMPETITION, test_file=None, sample_file=None)
    assert file_names(alone) == {"train": ["train.csv"]}
    assert list(read_train(alone, tmp_path)) == ["train"]


def test_test_file_and_sample_need_no_train_file(tmp_path):
    (tmp_path / "test.csv").write_text(TEST)
    (tmp_path / "sample_submission.csv").write_text(SAMPLE)
    files = read_test(COMPETITION, tmp_path)
    assert files["test"].frame["text"].tolist() == ["new", "newer"]
    assert files["sample"].frame["id"].tolist() == ["3", "4"]


def test_joined_text_columns_are_one_text():
    frame = pd.DataFrame({"title": ["a", "b"], "text": ["c", ""]}, dtype="str")
    assert texts_of(frame, ["title", "text"], "joined") == [["a\nc", "b\n"]]
    assert texts_of(frame, ["text"], "joined") == [["c", ""]]
    for texts in ("separate", "pair"):
        assert texts_of(frame, ["title", "text"], texts) == [["a", "b"], ["c", ""]]


@pytest.mark.parametrize("texts", ["joined", "pair"])
@pytest.mark.parametrize("rows_per_block", [1, 2, 100])
def test_each_text_has_the_order_of_texts_of(texts, rows_per_block, monkeypatch):
    monkeypatch.setattr(module, "ROWS_PER_BLOCK", rows_per_block)
    frame = pd.DataFrame({"title": ["a", "b", "c"], "text": ["d", "", "f"]}, dtype="str")
    columns = ["title", "text"]
    found = list(each_text(frame, competition(text_columns=columns, texts=texts)))
    assert found == [text for column in texts_of(frame, columns, texts) for text in column]


def test_tables_are_kept_as_they_are(tmp_path):
    train = pd.DataFrame({"id": list(map(str, range(len(CELLS)))), "text": CELLS}, dtype="str")
    test = pd.DataFrame(
        {
            "__index_level_0__": ["v"],
            "index": ["w"],
            "a b": ["x"],
            "ä.ö": ["y"],
            "": ["z"],
            "0": [""],
        },
        dtype="str",
    )
    sample = pd.DataFrame({"id": ["1"], "ID": ["2"], "a/b\n": ["3"]}, dtype="str")
    frames = {"train": train, "test": test, "sample": sample}
    write_tables(tmp_path, frames)
    for part, frame in frames.items():
        pd.testing.assert_frame_equal(read_table(tmp_path, part), frame)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    columns=st.lists(st.text(max_size=5), min_size=1, max_size=3, unique=True),
    rows=st.lists(st.lists(st.text(max_size=8), min_size=3, max_size=3), max_size=4),
)
def test_any_cells_and_column_names_are_kept(tmp_path_factory, columns, rows):
    folder = tmp_path_factory.mktemp("tables")
    cells = [row[: len(columns)] for row in rows]
    frame = pd.DataFrame(cells, columns=pd.Index(columns, dtype="str"), dtype="str")
    write_tables(folder, {"test": frame})
    found = read_table(folder, "test")
    assert list(found.columns) == columns
    assert found.to_numpy().tolist() == cells


def test_csv_cells_survive_parquet(read, tmp_path):
    tables = read(train='id,text,label,a.b c\n1,"NA\n\0",1,\n2,"\U0001f600, é",0,null\n')
    write_tables(tmp_path, {"train": tables.train})
    assert read_table(tmp_path, "train").to_dict("list") == {
        "id": ["1", "2"],
        "text": ["NA\n\0", "\U0001f600, é"],
        "label": ["1", "0"],
        "a.b c": ["", "null"],
    }


def test_test_files_may_have_another_id_column(read):
    tables = read(
        test=TEST.replace("id", "test_id"),
        sample=SAMPLE.replace("id", "test_id"),
        test_id_column="test_id",
    )
    assert tables.test["test_id"].tolist() == ["3", "4"]


def test_sample_may_have_another_order(read):
    assert read(sample="id,label\n4,0\n3,0\n").sample["id"].tolist() == ["4", "3"]


def test_empty_texts_are_kept_with_one_warning(read, caplog):
    tables = read(train="id,text,label\n1,,1\n2, ,0\n5,x,0\n")
    assert tables.train["text"].tolist() == ["", " ", "x"]
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "train.csv: 2 empty texts in column 'text' are kept (ids 1, 2)" in warnings[0]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"train": "id,txt,label\n1,a,0\n"}, "train.csv has no column 'text'; did you mean 'txt'?"),
        ({"train": "id,text\n1,a\n"}, "train.csv has no column 'label'"),
        ({"subgroup_columns": ["women"]}, "train.csv has no column 'women'"),
        ({"fold_column": "foldd"}, "train.csv has no column 'foldd'"),
        ({"numeric_columns": ["size"]}, "train.csv has no column 'size'"),
        ({"test": "id,txt\n3,a\n"}, "test.csv has no column 'text'"),
        ({"sample": "row,label\n3,0\n"}, "sample_submission.csv has no column 'id'"),
        ({"test_id_column": "test_id"}, "test.csv has no column 'test_id'"),
        (
            {"train": 'id,text,label\n7,"a\n\nb",0\n8,c,1\n7,d,0\n'},
            "train.csv: 1 rows repeat the 'id' of an earlier row (ids 7; lines 6); ids must differ",
        ),
        ({"test": "id,text\n3,a\n3,b\n"}, "test.csv: 1 rows repeat"),
        ({"sample": "id,label\n3,0\n4,0\n4,0\n"}, "sample_submission.csv: 1 rows repeat"),
        (
            {"train": 'id,text,label\n7,"a\n\nb",0\n,c,1\n ,d,1\n'},
            "train.csv: 2 rows have no 'id' (lines 5, 6); give every row an id",
        ),
        ({"train": "id,text,label\n1,,0\n2, ,1\n"}, "column 'text' is empty in every row"),
        (
            {"sample": "id,label\n3,0\n"},
            "test.csv: 1 ids are not in sample_submission.csv (ids 4); the two must agree",
        ),
        (
            {"sample": SAMPLE + "9,0\n8,0\n"},
            "sample_submission.csv: 2 ids are not in test.csv (ids 9, 8); the two must agree",
        ),
        (
            {"sample": SAMPLE + "".join(f"{row},0\n" for row in range(10, 17))},
            "7 ids are not in test.csv (ids 10, 11, 12, 13, 14, ...)",
        ),
    ],
)
def test_files_that_do_not_fit_are_one_line(files, words, read):
    assert words in message_of(read, **files)


@pytest.mark.parametrize(
    ("in_test", "in_sample"),
    [
        (["3", "4"], ["4.0", "3.0"]),
        (["3.0", "4.0"], ["3", "4"]),
        (["007", "008"], ["8", "7"]),
        (["a1 ", "b2"], ["A1", "B2"]),
    ],
)
def test_ids_are_compared_by_value(in_test, in_sample, read, caplog):
    test = "id,text\n" + "".join(f"{one},text {one}\n" for one in in_test)
    sample = "id,label\n" + "".join(f"{one},0\n" for one in in_sample)
    found = read(test=test, sample=sample)
    assert sorted(found.test["id"]) == sorted(in_sample)
    assert found.sample["id"].tolist() == in_sample
    assert found.test["text"].tolist() == [f"text {one}" for one in in_test]
    assert "are compared by value" in caplog.text


def test_ids_that_share_a_value_are_kept_apart(read):
    with pytest.raises(DataError, match=r"2 ids are not in test\.csv"):
        read(test="id,text\n3,a\n3.0,b\n", sample="id,label\n03,0\n003,0\n")


def test_missing_file_is_named(read, tmp_path):
    message = message_of(read, test=None)
    assert message.startswith(f"{tmp_path / 'test.csv'} does not exist")
    assert "set competition.train_file, test_file and sample_file to" in message
    with pytest.raises(DataError, match="does not exist"):
        read_tables(COMPETITION, Path("nowhere"))


@pytest.mark.parametrize("content", [None, b"PAR1"], ids=["missing", "broken"])
def test_unreadable_table_is_one_line_with_a_remedy(content, tmp_path):
    if content:
        (tmp_path / "test.parquet").write_bytes(content)
    with pytest.raises(ArtefactError, match=r"test\.parquet: cannot be read .*; delete its folder"):
        read_table(tmp_path, "test")


def test_several_train_files_are_one_table(read, tmp_path):
    (tmp_path / "more.csv").write_text("label,id,text\n1,9,fine\n")
    names = ["train.csv", "more.csv"]
    (tmp_path / "train.csv").write_text(TRAIN)
    settings = dataclasses.replace(COMPETITION, train_file=names)
    (file,) = read_train(settings, tmp_path).values()
    assert file.frame.to_dict("list") == {
        "id": ["1", "2", "9"],
        "text": ["good", "bad", "fine"],
        "label": ["1", "0", "1"],
    }
    digests = [hash_file(tmp_path / name) for name in names]
    assert file.digest == joined_digest(digests) != joined_digest(digests[::-1])
    assert joined_digest(digests[:1]) == digests[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "id,text,label\n2,new,0\n",
            r"more\.csv: 1 rows have the 'id' of a row of train\.csv \(ids 2; lines 2\); ids must",
        ),
        (
            "id,text,label,more\n9,new,0,1\n",
            r"train\.csv lacks columns of more\.csv \(more\); all train files must have",
        ),
    ],
)
def test_train_files_that_do_not_fit_are_one_line(content, message, tmp_path):
    (tmp_path / "train.csv").write_text(TRAIN)
    (tmp_path / "more.csv").write_text(content)
    settings = dataclasses.replace(COMPETITION, train_file=["train.csv", "more.csv"])
    with pytest.raises(DataError, match=message):
        read_train(settings, tmp_path)


def test_rows_without_ids_are_numbered(read):
    tables = read("text,label\na,0\nb,1\n", "text\nc\nd\n", "label\n0\n0\n", id_column=None)
    assert tables.train[ROW_NUMBERS].tolist() == ["0", "1"]
    assert tables.test[ROW_NUMBERS].tolist() == tables.sample[ROW_NUMBERS].tolist() == ["0", "1"]


def test_numbers_go_on_in_the_next_train_file(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("text,label\na,0\nb,1\n")
    settings = dataclasses.replace(COMPETITION, train_file=["a.csv", "b.csv"], id_column=None)
    (file,) = read_train(settings, tmp_path).values()
    assert file.frame[ROW_NUMBERS].tolist() == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"sample": "label\n0\n"},
            r"sample_submission\.csv has 1 rows, but test\.csv has 2; witho",
        ),
        ({"test": "(row),text\n1,a\n2,b\n"}, r"test\.csv has a column '\(row\)'; rename it"),
    ],
)
def test_files_without_ids_that_do_not_fit_are_one_line(files, message, read):
    whole = {"train": "text,label\na,0\nb,1\n", "test": "text\nc\nd\n", "sample": "label\n0\n0\n"}
    with pytest.raises(DataError, match=message):
        read(**{**whole, **files}, id_column=None)


def test_a_swallowed_row_is_one_line(read):
    rows = [f"{row},words {row},{row % 2}" for row in range(5, 45)]
    rows[3] = '8,"words,1'
    rows[4] = '9,words",0'
    message = message_of(read, train="\n".join(["id,text,label", *rows]))
    assert "train.csv line 5: a quote opens a cell there that takes in the rows of" in message
    plain = read(train="\n".join(["id,text,label", *rows]), quoting="none").train
    assert plain["text"][3] == '"words'


def test_an_id_of_the_sample_that_a_quote_has_swallowed_is_found(read):
    test = 'id,text\n3,"new\n4,newer"\n'
    assert "test.csv line 2: a quote opens a cell there" in message_of(read, test=test)


def test_an_unclear_quote_is_a_warning(read, caplog):
    read('id,text,label\n1,"a 2\\" pipe",1\n2,b,0\n')
    assert "1 row has a quote inside a quoted cell that is not doubled (line 2)" in caplog.text
    assert read('id,text,label\n1,"a 2\\" pipe",1\n2,b,0\n', escape="\\").train["text"][0] == (
        'a 2" pipe'
    )


def test_files_of_other_formats_and_encodings(read, tmp_path):
    (tmp_path / "train.jsonl").write_text('{"id": 1, "text": "good", "label": 1}\n')
    read(TRAIN, encoding={"test": "utf-8"})
    settings = dataclasses.replace(COMPETITION, train_file="train.jsonl")
    assert read_tables(settings, tmp_path).train["label"].tolist() == ["1"]
    (tmp_path / "train.csv").write_bytes("id,text,label\n1,café,0\n".encode("cp1252"))
    (tmp_path / "test.csv").write_text("id;text\n3;café\n4;a\n")
    settings = dataclasses.replace(COMPETITION, encoding={"train": "cp1252"})
    tables = read_tables(settings, tmp_path)
    assert tables.train["text"].tolist() == ["café"]
    assert tables.test["text"].tolist() == ["café", "a"]
