import csv
import hashlib
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.artefacts import hash_file
from regard.config import Dialect
from regard.data import byte_streams, whole_files
from regard.data.whole_files import first_few, read_whole
from regard.errors import DataError

TRAIN = "id,text,label\n1,good,1\n2,bad,0\n"


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a file and reads it."""

    def read(content, *, name="train.csv", encoding="utf-8", separator=None):
        content = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(content)
        return read_whole(tmp_path / name, Dialect(encoding, separator))

    return read


def test_cells_are_read_as_they_are(read):
    frame = read('id,text,label,more\n01,"NA, ""so""\nnull",1,\n2,null,0,nan\n').frame
    assert frame.to_dict("list") == {
        "id": ["01", "2"],
        "text": ['NA, "so"\nnull', "null"],
        "label": ["1", "0"],
        "more": ["", "nan"],
    }
    assert all(pd.api.types.is_string_dtype(dtype) for dtype in frame.dtypes)


def test_lines_are_those_on_which_rows_start(read):
    assert read('id,text\n1,"a\nb"\n\n2,c\n').lines.tolist() == [2, 5]


def test_digest_is_that_of_the_bytes(read, tmp_path):
    content = "\ufeff" + TRAIN.replace("good", "café")
    assert read(content).digest == hashlib.blake2b(content.encode()).hexdigest()
    assert read(content).digest == hash_file(tmp_path / "train.csv")


@pytest.mark.parametrize("rows_per_block", [1, 2, 3, 100])
def test_blocks_of_rows_make_no_difference(rows_per_block, read, monkeypatch):
    monkeypatch.setattr(whole_files, "ROWS_PER_BLOCK", rows_per_block)
    rows = ['1,"a\nb"', "2,c", "", "3,d", '4,"e\n\nf"', "5,g"]
    file = read("\n".join(["id,text", *rows]))
    assert file.frame["text"].tolist() == ["a\nb", "c", "d", "e\n\nf", "g"]
    assert file.frame.index.tolist() == [0, 1, 2, 3, 4]
    assert file.lines.tolist() == [2, 4, 6, 7, 10]
    with pytest.raises(DataError, match=r"line 11: 1 cells, .* \(2 such rows\)"):
        read("\n".join(["id,text", *rows, "6", "7,y", "8"]))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"\xef\xbb\xbf" + TRAIN.encode(), "utf-8"),
        (TRAIN.replace("\n", "\r\n"), "utf-8"),
        (TRAIN.replace("\n", "\r"), "utf-8"),
        (TRAIN.replace("\n", "\n\n") + "\n", "utf-8"),
        (TRAIN.rstrip(), "utf-8"),
        (TRAIN.encode("utf-16"), "utf-16"),
        (TRAIN.encode("utf-16")[2:], "utf-16"),
        (TRAIN.encode("utf-32")[4:], "utf-32"),
        (TRAIN.replace("good", '"good"').replace("id,", '"id",'), "utf-8"),
    ],
    ids=[
        "byte order mark",
        "crlf",
        "cr",
        "blank lines",
        "no last line end",
        "utf-16",
        "utf-16 without its mark",
        "utf-32 without its mark",
        "quoted",
    ],
)
def test_files_of_any_program_read_the_same(read, content, encoding):
    assert read(content, encoding=encoding).frame.equals(read(TRAIN).frame)


@pytest.mark.parametrize(
    ("name", "setting", "separator"),
    [
        ("train.csv", "\t", "\t"),
        ("train.csv", "\\t", "\t"),
        ("train.csv", ";", ";"),
        ("train.tsv", None, "\t"),
    ],
)
def test_separators_other_than_commas(name, setting, separator, read):
    frame = read(TRAIN.replace(",", separator), name=name, separator=setting).frame
    assert frame.equals(read(TRAIN).frame)


def test_long_cell(read):
    assert len(read(f"id,text\n1,{'x' * 200_000}\n").frame["text"][0]) == 200_000


def test_quote_inside_an_unquoted_cell_is_a_character(read):
    assert read('id,text\n1,a 5" disk\n2,b\n').frame["text"][0] == 'a 5" disk'
    assert read('id,text\n1,a\n2,a 5" disk\n').frame["text"][1] == 'a 5" disk'


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(cells=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), min_size=1, max_size=6))
def test_written_cells_are_read_back(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("data") / "train.csv"
    written = io.StringIO(newline="")
    rows = [[str(row), "t" + text, label] for row, (text, label) in enumerate(cells)]
    csv.writer(written).writerows([["id", "text", "label"], *rows])
    path.write_bytes(written.getvalue().encode())
    file = read_whole(path)
    assert file.frame.to_numpy().tolist() == rows
    assert file.digest == hash_file(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["is empty"]),
        ("\n \n", ["is empty"]),
        ("id,text,label\n", ["header, but no rows"]),
        ("id,text,label,text\n1,a,0,b\n", ["two columns named 'text'", "rename or remove one"]),
        (
            'id,text,label\n1,"a\n\nb",0\n2,c,d,1\n3,x,y,1\n',
            ["line 5: 4 cells, but the header has 3 (2 such rows)", "in quotes"],
        ),
        (
            'id,text,label\n1,"a\n\nb",0\n2,c\n',
            ["line 5: 2 cells, but the header has 3 (1 such rows)"],
        ),
        ('id,text,label\n1,"a\n\nb",0\n2,"c\n\nd', ["line 5: a quote is opened and never closed"]),
        ('id,text,label\n1,a,0\n2,"c\nd","e\nf', ["line 4: a quote is opened and never closed"]),
        ('id,text,label\n1,a,0\n"2"3,b,"c\n', ["line 3: a quote is opened and never closed"]),
        ('id,text\r1,a\r2,"c\rd"\r3,"e', ["line 5: a quote is opened and never closed"]),
        ('id,"text\n1,a\n', ["line 1: a quote is opened and never closed"]),
        (
            b"id,text,label\n1,a,0\n2,caf\xe9,1\n",
            ["line 3: byte 0xe9 is not valid utf-8", "for example cp1252"],
        ),
        (TRAIN.encode("utf-16"), ["line 1: byte 0xff is not valid utf-8", "for example utf-16"]),
    ],
)
def test_broken_file_is_one_line_with_a_remedy(content, words, read, tmp_path):
    with pytest.raises(DataError) as error:
        read(content)
    message = str(error.value)
    assert message.startswith(str(tmp_path / "train.csv"))
    assert "\n" not in message
    for word in words:
        assert word in message


def test_a_wrong_byte_is_named_after_a_byte_order_mark(read):
    with pytest.raises(DataError, match="line 3: byte 0xe9 is not valid utf-8-sig"):
        read(b"\xef\xbb\xbfid,text\n1,a\n\xe9,b\n", encoding="utf-8-sig")


def test_missing_file_is_one_line_with_the_nearest_name(tmp_path):
    with pytest.raises(DataError, match=r"test\.csv does not exist; put it there"):
        read_whole(tmp_path / "test.csv")
    (tmp_path / "tests.csv").write_text(TRAIN)
    with pytest.raises(DataError, match=r"test\.csv does not exist; did you mean 'tests\.csv'\?"):
        read_whole(tmp_path / "test.csv")


def test_file_is_opened_once(tmp_path, monkeypatch):
    path = tmp_path / "train.csv"
    path.write_text(TRAIN)

    class DeletedOnceOpen(byte_streams.HashingReader):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            path.unlink()

    monkeypatch.setattr(byte_streams, "HashingReader", DeletedOnceOpen)
    assert read_whole(path).frame["text"].tolist() == ["good", "bad"]


def test_missing_column_is_named_with_the_nearest(read, tmp_path):
    file = read("id,txt,label\n1,a,0\n")
    file.need_columns(["id", "label"])
    with pytest.raises(DataError, match=r"train\.csv has no column 'text'; did you mean 'txt'\?"):
        file.need_columns(["id", "text"])
    with pytest.raises(DataError, match=r"no column 'fold'; there are: id, label, txt$"):
        file.need_columns(["fold"])
    with pytest.raises(DataError, match=r"no column 'id'; .*id#text.*; or set competition\.separ"):
        read("id#text\n1#a\n").need_columns(["id"])


def test_list_of_values_is_cut_after_five():
    assert first_few([1, 2, 3, 4, 5]) == "1, 2, 3, 4, 5"
    assert first_few("abcdef") == "a, b, c, d, e, ..."


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "\ufeffSEP=;"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_line_that_names_the_separator_is_passed_over(first, line_end, read):
    file = read(line_end.join([first, "id;text,label", "1;good,1", "2;bad,0"]))
    assert file.frame["text,label"].tolist() == ["good,1", "bad,0"]
    assert file.lines.tolist() == [3, 4]
    with pytest.raises(DataError, match="line 4: 1 cells, but the header has 2"):
        read(line_end.join([first, "id;text", "1;good", "2"]))
    with pytest.raises(DataError, match="line 4: byte 0xe9"):
        read(line_end.join([first, "id;text", "1;good", "2;caf"]).encode() + b"\xe9")


@pytest.mark.parametrize(
    ("name", "header", "separator"),
    [
        ("train.csv", "id;text", ";"),
        ("train.csv", "id\ttext", "\t"),
        ("train.tsv", "id,text", ","),
        ("train.csv", "id|text", "|"),
        ("train.csv", "id,a;b", ","),
        ("train.csv", '"a;b",id', ","),
        ("train.csv", "text", ","),
    ],
)
def test_the_header_tells_the_separator(name, header, separator, read):
    file = read(header + "\n" + header.replace('"', ""), name=name)
    assert file.separator == separator


def test_wrong_bytes_may_be_replaced(tmp_path):
    path = tmp_path / "train.csv"
    path.write_bytes(b"id,text\n1,caf\xe9\n")
    with pytest.raises(DataError, match=r"or set competition\.encoding_errors=replace"):
        read_whole(path)
    frame = read_whole(path, Dialect(encoding_errors="replace")).frame
    assert frame["text"].tolist() == ["caf\ufffd"]


def test_places_of_a_parquet_file_are_rows(tmp_path):
    path = tmp_path / "train.csv"
    pd.DataFrame({"id": ["1", "2"]}).to_parquet(path)
    file = read_whole(path)
    assert (file.unit, file.is_csv, file.lines.tolist()) == ("row", False, [1, 2])
    assert file.places(np.array([False, True])) == "rows 2"


def test_an_unclear_quote_is_a_character(read):
    assert read('id,text\n1,"a"\n').is_clear
    file = read('id,text\n1,"a "b" c"\n')
    assert not file.is_clear
    assert file.frame["text"].tolist() == ['a b" c"']
