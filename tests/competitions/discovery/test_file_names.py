import pytest

from regard.competitions.discovery.file_names import find_files
from regard.errors import DataError


@pytest.fixture
def found(tmp_path):
    """Return a function that writes empty files and finds those of the roles."""

    def found(*names):
        for name in names:
            (tmp_path / name).write_text("")
        paths, guesses = find_files(tmp_path)
        doubts = "; ".join(guess.doubt for guess in guesses if guess.doubt)
        return {role: [path.name for path in files] for role, files in paths.items()}, doubts

    return found


@pytest.mark.parametrize(
    ("names", "train"),
    [
        (("Train.csv", "train_extra.csv"), ["Train.csv"]),
        (("train.csv.gz",), ["train.csv.gz"]),
        (("train.zip",), ["train.zip"]),
        (("training.tsv.bz2",), ["training.tsv.bz2"]),
        (
            ("train_10.csv", "train_2.csv", "train_1.csv"),
            ["train_1.csv", "train_2.csv", "train_10.csv"],
        ),
        (
            ("train-00001-of-00002.parquet", "train-00000-of-00002.parquet"),
            ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"],
        ),
    ],
)
def test_train_files(names, train, found):
    roles, doubts = found(*names, "TEST.jsonl", "test_labels.csv", "sample-submission.csv.xz")
    assert roles == {"train": train, "test": ["TEST.jsonl"], "sample": ["sample-submission.csv.xz"]}
    assert doubts == ""


@pytest.mark.parametrize(
    ("names", "train"),
    [
        (("train.jsonl", "train.parquet", "test.parquet"), "train.parquet"),
        (("train.jsonl", "train.csv", "test.parquet"), "train.csv"),
        (("train.csv", "train.csv.gz", "test.csv"), "train.csv"),
    ],
)
def test_one_of_several_formats_is_chosen_with_a_doubt(names, train, found):
    roles, doubts = found(*names, "sample.csv")
    assert roles["train"] == [train]
    (other,) = {*names[:2]} - {train}
    assert doubts == f"train_file: {train} is read, and {other} is not"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("train.csv", "test.csv"), "has no sample file, only: test.csv, train.csv"),
        (
            ("train_a.csv", "train_b.csv", "test.csv", "sample.csv"),
            "several train files: train_a.csv, train_b.csv; rename one of them to train.csv",
        ),
        (
            ("train_a.csv", "train_b.csv", "test.csv", "sample.csv"),
            "or all of them to train_1.csv, train_2.csv, ... if their rows belong together",
        ),
        (("all.zip",), "has no train file, only: all.zip; unpack all.zip there"),
        (
            ("train.csv", "test_1.csv", "test_2.csv", "sample.csv"),
            "several test files: test_1.csv, test_2.csv; rename one of them to test.csv",
        ),
    ],
)
def test_unclear_files(names, message, found):
    with pytest.raises(DataError, match=message):
        found(*names)


def test_missing_folder(tmp_path):
    with pytest.raises(DataError, match=r"foo does not exist; create it with train\.csv"):
        find_files(tmp_path / "foo")
