import pytest
from helpers.cases import competition

from regard.config import ROW_NUMBERS, Dialect
from regard.errors import ConfigError


def test_one_value_is_that_of_every_file():
    settings = competition(encoding="cp1252", separator=";", quoting="none", skip_blank=True)
    expected = Dialect("cp1252", ";", "none", None, True)
    assert [settings.dialect(part) for part in ("train", "test", "sample")] == [expected] * 3


def test_a_mapping_has_the_value_of_each_file():
    settings = competition(encoding={"train": "cp1252", "test": "utf-16"}, escape={"test": "\\"})
    assert settings.dialect("train") == Dialect("cp1252")
    assert settings.dialect("test") == Dialect("utf-16", escape="\\")
    assert settings.dialect("sample") == Dialect()


def test_a_doubled_backslash_is_one():
    assert competition(escape="\\\\").dialect("train") == Dialect(escape="\\")


def test_no_id_column_becomes_that_of_row_numbers():
    assert competition(id_column=None).id_column_of_test == ROW_NUMBERS
    assert competition(id_column=None).numbers_test_rows
    assert not competition(id_column=None, test_id_column="id").numbers_test_rows


def test_train_files():
    assert competition().train_files == ["train.csv"]
    several = competition(train_file=["a.csv", "b.csv"])
    assert several.train_files == ["a.csv", "b.csv"]
    assert several.train_name == "a.csv + b.csv"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"encoding": {"train": "cp1253x"}}, "encoding=cp1253x is not known to Python"),
        ({"encoding": {"tests": "utf-8"}}, r"encoding has tests: utf-8; give one text for all fil"),
        ({"encoding": {"train": 8}}, r"encoding has train: 8; .* as in encoding: \{train: \.\.\."),
        ({"encoding": 8}, "encoding=8 is no text"),
        ({"separator": {"train": "ab"}}, "separator='ab' is not one character"),
        ({"quoting": "always"}, "quoting=always is not known"),
        ({"escape": "/"}, "escape='/' is neither null nor a backslash"),
        ({"encoding_errors": "ignore"}, "encoding_errors=ignore is not known"),
        ({"train_file": []}, "train_file is empty"),
        ({"train_file": ["a.csv", "a.csv"]}, "train_file names a.csv twice"),
        ({"train_file": [1]}, r"train_file=\[1\] is no name and no list of names"),
    ],
)
def test_wrong_settings_are_one_line(settings, message):
    with pytest.raises(ConfigError, match=message):
        competition(**settings)
