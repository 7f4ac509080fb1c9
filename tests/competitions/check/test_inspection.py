import dataclasses
import logging

import pytest
from helpers.cases import SMALL, competition, compose_config, tiny_tables, write_tables
from helpers.tables import frame, text_tables

from regard.competitions.check import Lengths, check, inspect_tables, report_lines
from regard.data.tables import Tables
from regard.errors import ConfigError, DataError


def test_findings():
    tables = text_tables(
        ["one two three", "yes", "yes", "no", "no", "", "caf\u00e9 \u0434\u0430"],
        "abaaaab",
        ["no", "", "new words here !"],
    )
    found = inspect_tables(tables, competition(), [])
    assert found.n_rows == (7, 3)
    assert found.n_empty == {"text": (1, 1)}
    assert found.n_repeated == 2
    assert (found.n_conflicting, found.conflicting_ids) == (1, ("a1", "a2"))
    assert found.n_in_train == 2
    assert found.labels == {"a": "5 rows, 71.43%", "b": "2 rows, 28.57%"}
    assert found.lengths["text"] == (
        Lengths(1.0, pytest.approx(2.7), 3),
        Lengths(1.0, pytest.approx(3.7), 4),
    )
    assert found.scripts == {"Latin": 0.8, "Cyrillic": 0.1}
    assert found.suspicious == {}


def test_pairs_repeat_if_both_texts_do():
    texts = {"one": ["a", "a", "a"], "two": ["b", "b", "c"]}
    tables = Tables(
        frame(id=["1", "2", "3"], label=["x", "y", "y"], **texts),
        frame(id=["4"], one=["a"], two=["c"]),
        frame(id=["4"], label=["x"]),
    )
    found = inspect_tables(tables, competition(text_columns=["one", "two"], texts="pair"), [])
    assert (found.n_repeated, found.n_conflicting, found.n_in_train) == (1, 1, 1)
    assert set(found.lengths) == {"one", "two"}


def test_findings_are_logged(tiny, caplog):
    with caplog.at_level(logging.INFO):
        found = check(tiny())
    assert found.n_rows == (48, 12)
    assert caplog.messages[0] == f"tiny: {tiny().data_dir}/tiny"
    for line in report_lines(found):
        assert line in caplog.messages
    assert caplog.messages[-1] == "ready: the submission will hold labels in category"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sample_submission": {"other": "1"}}, "sample_submission.csv has the columns"),
        ({"sample_submission": {"id": [f"x{row}" for row in range(100, 112)]}}, "ids are not in"),
        ({"train": {"category": "sea"}}, "in every row"),
        ({"test": {"id": "x050"}}, "rows repeat"),
    ],
    ids=["columns", "ids", "labels", "repeated ids"],
)
def test_unusable_files(change, message, tiny, tmp_path):
    frames = {name: part.assign(**change.get(name, {})) for name, part in tiny_tables().items()}
    write_tables(tmp_path / "data" / "tiny", frames)
    with pytest.raises(DataError, match=message) as error:
        check(tiny())
    assert "\n" not in str(error.value)


def test_label_with_fewer_rows_than_folds(tiny, tmp_path):
    frames = tiny_tables()
    frames["train"].loc[0, "category"] = "sprt"
    write_tables(tmp_path / "data" / "tiny", frames)
    with pytest.raises(DataError, match="'sprt' has 1 rows, too few for folds"):
        check(tiny())


def test_fewer_groups_than_folds(tiny, tmp_path):
    frames = tiny_tables()
    frames["train"]["author"] = [f"author {row // 24}" for row in range(48)]
    write_tables(tmp_path / "data" / "tiny", frames)
    with pytest.raises(DataError, match=r"'author' form 2 groups, too few .* folds.n_folds=2"):
        check(tiny("competition.group_column=author", "folds.n_folds=3"))
    check(tiny("competition.group_column=author", "folds.n_folds=2"))


def test_word_in_numeric_column(tiny, tmp_path):
    frames = tiny_tables()
    frames["train"]["age"] = "old"
    frames["test"]["age"] = "3"
    write_tables(tmp_path / "data" / "tiny", frames)
    with pytest.raises(DataError, match="'old'"):
        check(tiny("competition.numeric_columns=[age]"))


def test_metric_of_another_task(tiny):
    config = tiny()
    wrong = dataclasses.replace(
        config, competition=dataclasses.replace(config.competition, metric="rmse", submit="auto")
    )
    with pytest.raises(ConfigError, match="rmse"):
        check(wrong)


def test_competition_without_a_test_file_is_checked(tmp_path, caplog):
    tables = tiny_tables()
    write_tables(tmp_path / "data" / "tiny", {"train": tables["train"]})
    settings = compose_config(*SMALL, "competition.test_file=null", "competition.sample_file=null")
    with caplog.at_level("INFO"):
        findings = check(dataclasses.replace(settings, data_dir=str(tmp_path / "data")))
    assert findings.n_rows == (48, 0)
    assert "training ends with the report" in caplog.text
