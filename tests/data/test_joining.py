import pandas as pd
import pytest
from helpers.cases import competition

from regard.artefacts import hash_file
from regard.data.joining import (
    JoinedTable,
    digest_with_joins,
    join_files,
    read_joined,
    read_table_of_joins,
)
from regard.data.whole_files import read_whole
from regard.errors import ArtefactError, DataError

JOINS = {"joined_files": ["one.csv", "two.csv"], "join_column": "key"}


def join(folder, rows="id,key\n1,b\n2,a\n", one="key,prompt\na,x\n", two="key,prompt\nb,y\n"):
    for name, content in {"train.csv": rows, "one.csv": one, "two.csv": two}.items():
        (folder / name).write_text(content)
    settings = competition(**JOINS)
    table = read_joined(settings, folder)
    return join_files(read_whole(folder / "train.csv"), settings, table)


def test_columns_of_two_files(tmp_path):
    file = join(tmp_path)
    assert file.frame.to_dict("list") == {"id": ["1", "2"], "key": ["b", "a"], "prompt": ["y", "x"]}


def test_digest_is_that_of_all_files(tmp_path):
    own = join(tmp_path).digest
    hashes = {name: hash_file(tmp_path / name) for name in ("train.csv", "one.csv", "two.csv")}
    settings = competition(**JOINS)
    assert digest_with_joins(hashes["train.csv"], settings, hashes.__getitem__) == own
    assert join(tmp_path, two="key,prompt\nb,z\n").digest != own


def test_nothing_to_join(tmp_path):
    (tmp_path / "train.csv").write_text("id\n1\n")
    file = read_whole(tmp_path / "train.csv")
    assert read_joined(competition(), tmp_path) is None
    assert join_files(file, competition(), None) is file
    assert digest_with_joins("abc", competition(), {}.__getitem__) == "abc"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"two": "key,prompt\nc,y\n"}, "1 values of 'key' are not in one.csv, two.csv .first: b"),
        ({"two": "key,prompt\nb,y\na,z\n"}, "1 rows repeat a 'key' with other cells .first: a"),
        ({"two": "id,prompt\nb,y\n"}, "two.csv has no column 'key'"),
        ({"rows": "id,kay\n1,a\n"}, "train.csv has no column 'key'; did you mean 'kay'"),
        ({"rows": "id,key,prompt\n1,a,p\n2,b,q\n"}, "both have a column 'prompt'; rename one"),
    ],
)
def test_mistakes(tmp_path, files, message):
    with pytest.raises(DataError, match=message):
        join(tmp_path, **files)


def table():
    frame = pd.DataFrame({"key": ["a", "b"], "prompt": ["x", "y"], "title": ["X", "Y"]})
    return JoinedTable("key", frame, "one.csv")


def test_new_rows_get_the_columns_they_lack():
    rows = pd.DataFrame({"text": ["s", "t"], "key": ["b", "a"]}, index=[7, 8])
    found = table().complete(rows, ["text", "prompt"], "new.csv")
    assert found.to_dict("list") == {"text": ["s", "t"], "key": ["b", "a"], "prompt": ["y", "x"]}
    assert found.index.tolist() == [7, 8]


def test_own_columns_come_first():
    rows = pd.DataFrame({"text": ["s"], "key": ["c"], "prompt": ["own"]})
    assert table().complete(rows, ["text", "prompt"], "new.csv") is rows
    assert table().columns_to_give(["text", "prompt"], ["text", "prompt"]) == ["text", "prompt"]
    assert table().columns_to_give(["text", "prompt"], ["text"]) == ["text", "key"]


def test_unknown_key_is_one_line():
    rows = pd.DataFrame({"text": ["s"], "key": ["c"]})
    message = (
        "new.csv: 1 values of 'key' are not among those of one.csv .first: 'c'.; give the rows"
    )
    with pytest.raises(DataError, match=message):
        table().complete(rows, ["text", "prompt"], "new.csv")


def test_table_is_kept(tmp_path):
    table().write(tmp_path)
    kept = read_table_of_joins(tmp_path)
    assert (kept.key, kept.files) == ("key", "one.csv")
    pd.testing.assert_frame_equal(kept.frame, table().frame.astype("str"))


@pytest.mark.parametrize("content", ["[]", "{}", '{"key": "k", "files": "", "columns": {"a": []}}'])
def test_broken_table(tmp_path, content):
    (tmp_path / "joined.json").write_text(content)
    with pytest.raises(ArtefactError, match="not the joined files of a run; train it again"):
        read_table_of_joins(tmp_path)


def test_files_next_to_new_rows_come_first(tmp_path, caplog):
    (tmp_path / "two.csv").write_text("key,prompt,title\nb,new,N\nc,z,Z\n")
    settings = competition(**JOINS)
    first = table()
    found = first.with_files(settings, tmp_path).frame
    assert dict(zip(found["key"], found["prompt"], strict=True)) == {"b": "new", "c": "z", "a": "x"}
    (tmp_path / "two.csv").write_text("key,other\nb,new\n")
    assert first.with_files(settings, tmp_path) is first
    assert "two.csv: not read, as the columns are not those" in caplog.text
