import pytest
from helpers.cases import competition

from regard.artefacts import hash_file
from regard.data.joining import digest_with_joins, join_files
from regard.data.whole_files import read_whole
from regard.errors import DataError

JOINS = {"joined_files": ["one.csv", "two.csv"], "join_column": "key"}


def join(folder, rows="id,key\n1,b\n2,a\n", one="key,prompt\na,x\n", two="key,prompt\nb,y\n"):
    for name, content in {"train.csv": rows, "one.csv": one, "two.csv": two}.items():
        (folder / name).write_text(content)
    return join_files(read_whole(folder / "train.csv"), competition(**JOINS), folder)


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
    assert join_files(file, competition(), tmp_path) is file
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
