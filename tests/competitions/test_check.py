import dataclasses
import logging

import pandas as pd
import pytest
from helpers.cases import competition, tiny_tables, write_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.competitions.check import (
    Lengths,
    check,
    inspect_tables,
    report_lines,
)
from regard.data.tables import Tables
from regard.errors import ConfigError, DataError


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def tables(texts: list[str], labels: list[str], test_texts: list[str], **more) -> Tables:
    train = frame(id=[f"a{row}" for row in range(len(texts))], text=texts, label=labels, **more)
    test = frame(id=[f"b{row}" for row in range(len(test_texts))], text=test_texts)
    return Tables(train, test, frame(id=test["id"], label=labels[:1] * len(test)))


def findings(texts, labels, test_texts=("x",), **settings):
    return inspect_tables(
        tables(list(texts), list(labels), list(test_texts)), competition(**settings), []
    )


def test_what_the_files_hold():
    found = findings(
        ["one two three", "yes", "yes", "no", "no", "", "caf\u00e9 \u0434\u0430"],
        "abaaaab",
        ["no", "", "new words here !"],
    )
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


def test_lines_are_aligned():
    lines = report_lines(findings(["a b", "c", "c"], "xyy", ["d"]))
    assert lines[:2] == [
        "rows                   train 3      test 1",
        "empty texts: text      train 0      test 0",
    ]
    assert "letters: Latin         in 100.0% of texts" in lines
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("\u6211", "Han"),
        ("\u0645", "Arabic"),
        ("\uff21", "Latin"),
        ("\u3042", "Hiragana"),
        ("\uac00", "Hangul"),
        ("\u0e01", "Thai"),
    ],
)
def test_scripts_are_those_of_the_letters(text, script):
    assert findings([text, "12 !"], "ab").scripts == pytest.approx(
        {script: 1 / 3, "Latin": 1 / 3} if script != "Latin" else {script: 2 / 3}
    )


@pytest.mark.parametrize(
    "text", ["caf\u00c3\u00a9", "it\u00e2\u20ac\u2122s", "\ufffd", "a\x00b", "a\x85b"]
)
def test_signs_of_a_wrong_encoding_are_found_with_their_ids(text):
    found = findings(["fine", "fine\ttoo\n"], "ab", ["na\u00efve \u00c0 la carte", text])
    ((count, ids),) = found.suspicious.values()
    assert (count, ids) == (1, ("b1",))
    assert "competition.encoding" in "\n".join(report_lines(found))


@pytest.mark.slow
@given(st.text(st.characters(categories=["L"], max_codepoint=0x17F), min_size=1))
@settings(max_examples=100, deadline=None)
def test_utf_8_read_as_cp1252_is_found(text):
    try:
        garbled = text.encode().decode("cp1252")
    except UnicodeDecodeError:
        return
    assert bool(findings([garbled, "a"], "ab").suspicious) == (not text.isascii())


def test_texts_of_another_length_in_test_are_pointed_out():
    assert any(
        line.startswith("look: ")
        for line in report_lines(findings(["a b c d", "a b c"], "ab", ["a"]))
    )
    assert not any(
        line.startswith("look: ")
        for line in report_lines(findings(["a b c d", "a b c"], "ab", ["a b c"]))
    )


def test_rows_that_a_quote_has_swallowed_are_pointed_out(tiny, tmp_path, caplog):
    path = tmp_path / "data" / "tiny" / "train.csv"
    rows = [f"x9{row},some words,sea" for row in range(6)]
    rows[1], rows[5] = 'x91,"some words,sea', 'x95,some words",sea'
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "\n".join(rows) + "\n", encoding="utf-8")
    found = check(tiny())
    line = len(before.splitlines()) + 2
    assert found.n_rows[0] == 48 + 2
    assert found.with_rows_inside == {"train.csv": (1, line)}
    assert any(
        text.startswith("look: train.csv: 1 rows have") and f"line {line};" in text
        for text in report_lines(found)
    )


def test_texts_of_several_lines_with_commas_have_no_rows_inside():
    assert (
        findings(["Dear all,\nhello, you, there\nbye, now, then", "a"], "ab").with_rows_inside == {}
    )


def test_labels_of_other_tasks():
    assert findings("abc", ["1", "2.5", "4"], task="regression").labels == {
        "label": "lowest 1, 5% 1.15, 25% 1.75, median 2.5, 75% 3.25, 95% 3.85, highest 4"
    }
    assert findings("abc", ["0.0", "1.0", "1.0"], task="multi_label").labels == {
        "label": "2 rows, 66.67%"
    }
    spam = findings("abc", ["ham", "spam", "ham"], task="multi_label", label_values=["ham", "spam"])
    assert spam.labels == {"label": "1 rows, 33.33%"}
    many = findings(map(str, range(30)), [f"c{row}" for row in range(30)]).labels
    assert (len(many), many["(10 more)"]) == (21, "10 rows")


def test_pairs_repeat_if_both_texts_do():
    texts = {"one": ["a", "a", "a"], "two": ["b", "b", "c"]}
    files = Tables(
        frame(id=["1", "2", "3"], label=["x", "y", "y"], **texts),
        frame(id=["4"], one=["a"], two=["c"]),
        frame(id=["4"], label=["x"]),
    )
    found = inspect_tables(files, competition(text_columns=["one", "two"], texts="pair"), [])
    assert (found.n_repeated, found.n_conflicting, found.n_in_train) == (1, 1, 1)
    assert set(found.lengths) == {"one", "two"}


def test_checking_logs_the_findings(tiny, caplog):
    with caplog.at_level(logging.INFO):
        found = check(tiny())
    assert found.n_rows == (48, 12)
    assert caplog.messages[0] == f"tiny: {tiny().data_dir}/tiny"
    for line in report_lines(found):
        assert line in caplog.messages
    assert caplog.messages[-1] == "a submission of labels in category is possible"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sample_submission": {"other": "1"}}, "sample_submission.csv has the columns"),
        ({"sample_submission": {"id": [f"x{row}" for row in range(100, 112)]}}, "ids are not in"),
        ({"train": {"category": "sea"}}, "in every row"),
        ({"test": {"id": "x050"}}, "rows repeat"),
    ],
    ids=["columns", "ids", "labels", "repeated ids"],
)
def test_files_of_which_no_submission_can_be_made_are_refused(change, words, tiny, tmp_path):
    frames = {name: part.assign(**change.get(name, {})) for name, part in tiny_tables().items()}
    write_tables(tmp_path / "data" / "tiny", frames)
    with pytest.raises(DataError, match=words) as error:
        check(tiny())
    assert "\n" not in str(error.value)


def test_a_label_of_fewer_rows_than_folds_is_refused_as_training_would(tiny, tmp_path):
    frames = tiny_tables()
    frames["train"].loc[0, "category"] = "sprt"
    write_tables(tmp_path / "data" / "tiny", frames)
    with pytest.raises(DataError, match="'sprt' has 1 rows, too few for folds"):
        check(tiny())


def test_numbers_that_are_none_are_refused(tiny, tmp_path):
    frames = tiny_tables()
    frames["train"]["age"], frames["test"]["age"] = "old", "3"
    write_tables(tmp_path / "data" / "tiny", frames)
    with pytest.raises(DataError, match="'old'"):
        check(tiny("competition.numeric_columns=[age]"))


def test_a_metric_that_does_not_fit_is_refused(tiny):
    config = tiny()
    wrong = dataclasses.replace(
        config, competition=dataclasses.replace(config.competition, metric="rmse", submit="auto")
    )
    with pytest.raises(ConfigError, match="rmse"):
        check(wrong)
