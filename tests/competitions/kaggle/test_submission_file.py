import pytest
from helpers.kaggle_server import SAMPLE

from regard.competitions.kaggle import check_submission
from regard.config import Dialect
from regard.errors import DataError


def test_valid_submission(tmp_path):
    for name in ("submission", "sample"):
        (tmp_path / f"{name}.csv").write_text(SAMPLE)
    check_submission(tmp_path / "submission.csv", tmp_path / "sample.csv", "id")


def test_encoding_and_separator_of_sample(tmp_path):
    (tmp_path / "submission.csv").write_text("id,label\né,1\n", encoding="utf-8")
    (tmp_path / "sample.csv").write_text("id;label\né;0\n", encoding="cp1252")
    check_submission(
        tmp_path / "submission.csv", tmp_path / "sample.csv", "id", Dialect("cp1252", ";")
    )
    (tmp_path / "sample.csv").write_text("id,label\né,0\n", encoding="utf-8-sig")
    check_submission(tmp_path / "submission.csv", tmp_path / "sample.csv", "id")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,label\nb,1\n", "the ids of .* differ from those of"),
        ("id,label\na,1\nb,0\n", "in another order"),
        ("id,labels\nb,1\na,0\n", "has the columns id, labels, but the sample has id, label"),
        ("id,label\nb,1\na, \n", r"empty cells in 1 rows \(ids a\)"),
        ("id,label\nb\na,0\n", "line 2: 1 cells, but the header has 2"),
        ("", "is empty"),
        (None, "does not exist; write it again by the command submit"),
    ],
)
def test_invalid_submission(text, message, tmp_path):
    (tmp_path / "sample.csv").write_text(SAMPLE)
    if text is not None:
        (tmp_path / "submission.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        check_submission(tmp_path / "submission.csv", tmp_path / "sample.csv", "id")


def test_unknown_id_column(tmp_path):
    for name in ("submission", "sample"):
        (tmp_path / f"{name}.csv").write_text(SAMPLE)
    with pytest.raises(DataError, match="no column 'key'; there are: id, label"):
        check_submission(tmp_path / "submission.csv", tmp_path / "sample.csv", "key")
