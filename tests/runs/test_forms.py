from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition
from helpers.predictions import CASES
from helpers.tables import frame

from regard.data.features import FeatureSpace
from regard.data.preprocessor import Preprocessor
from regard.errors import ConfigError, DataError
from regard.runs.forms import FORMS, as_frame, in_form
from regard.tasks import Binary, MultiClass
from regard.tasks.spelling import Spelling
from regard.tasks.submission import submission_columns

LABEL_COLUMNS = {"multi_class": ["topic"], "ordinal": ["grade"]}


def run_of(task, *, thresholds=None, sample=None, **settings):
    """Return the parts of a run that decide the form of its predictions."""
    columns = LABEL_COLUMNS.get(task.kind, list(task.label_names))
    values = {"task": task.kind, "label_columns": columns, "metric": "auto", **settings}
    own = competition(**values)
    predicted = submission_columns(sample, task, own)
    return SimpleNamespace(
        config=SimpleNamespace(competition=own),
        task=task,
        thresholds=thresholds,
        predicted_columns=predicted,
        spelling=Spelling(),
        submission_columns=sample or [own.id_column_of_test, *predicted],
    )


def rows_of(outputs, **columns):
    return frame(text=["x"] * len(outputs), **columns)


ALL = {
    "multi_class": "topic,probability_a,probability_b,probability_c\n"
    "a,0.7,0.2,0.1\nb,0.2,0.5,0.3\nb,0.1,0.8,0.1\nc,0.1,0.3,0.6\n",
    "binary": "toxic,probability_1\n0,0.1\n1,0.9\n1,0.5\n1,0.6\n0,0.2\n",
    "multi_label": "a,b,c,probability_a,probability_b,probability_c\n"
    "1,0,0,0.9,0.4,0.2\n1,0,1,0.7,0.3,0.6\n1,1,0,0.6,0.8,0.1\n0,0,0,0.2,0.1,0.1\n",
    "ordinal": "grade,probability_above 1,probability_above 2\n"
    "1,0.25,0.0\n2,0.75,0.0\n2,0.75,0.5\n4,1.0,0.75\n",
    "regression": "a,b\n2.0,10.0\n3.0,4.0\n3.0,6.0\n",
    "soft_labels": "target\n0.25\n0.5\n0.75\n0.5\n",
}
PROBABILITIES = {
    "multi_class": "a,b,c",
    "binary": "toxic",
    "multi_label": "a,b,c",
    "ordinal": "above 1,above 2",
    "regression": "a,b",
    "soft_labels": "target",
}


def as_csv(found):
    return found.to_csv(index=False, float_format="%.6g")


@pytest.mark.parametrize("kind", CASES)
def test_everything_at_once(kind):
    task, _, outputs = CASES[kind]
    found = in_form("all", outputs, rows_of(outputs), run_of(task))
    lines = [line.split(",") for line in as_csv(found).splitlines()]
    expected = [line.split(",") for line in ALL[kind].splitlines()]
    assert lines[0] == expected[0]
    for line, other in zip(lines[1:], expected[1:], strict=True):
        assert list(map(float_or_text, line)) == list(map(float_or_text, other))


def float_or_text(cell):
    try:
        return float(cell)
    except ValueError:
        return cell


@pytest.mark.parametrize("kind", CASES)
def test_outputs_are_named_as_in_oof_csv(kind):
    task, _, outputs = CASES[kind]
    found = in_form("probabilities", outputs, rows_of(outputs), run_of(task))
    assert list(found) == PROBABILITIES[kind].split(",") == list(task.output_names)
    np.testing.assert_array_equal(found.to_numpy(), outputs)


@pytest.mark.parametrize("kind", CASES)
def test_submission_has_the_columns_of_the_sample(kind):
    task, _, outputs = CASES[kind]
    run = run_of(task)
    sample = [*reversed(run.predicted_columns), "id"]
    ids = [f"r{row}" for row in range(len(outputs))]
    found = in_form("submission", outputs, rows_of(outputs, id=ids), run_of(task, sample=sample))
    assert list(found) == sample
    assert found["id"].tolist() == ids
    without = in_form("submission", outputs, rows_of(outputs, id=ids), run)
    assert list(without) == ["id", *run.predicted_columns]
    pd.testing.assert_frame_equal(without[sample], found)


@pytest.mark.parametrize("form", FORMS)
def test_ids_come_first_and_the_index_is_that_of_the_rows(form):
    task, _, outputs = CASES["multi_class"]
    rows = rows_of(outputs, id=["07", "7", "x", ""])
    rows.index = pd.Index([4, 2, 9, 4])
    found = in_form(form, outputs, rows, run_of(task))
    assert found.columns[0] == "id"
    assert found["id"].tolist() == ["07", "7", "x", ""]
    assert found.index.tolist() == [4, 2, 9, 4]


def test_rows_without_ids_are_numbered_in_a_submission_alone():
    task, _, outputs = CASES["binary"]
    rows = rows_of(outputs)
    rows.index = pd.RangeIndex(100, 105)
    assert "id" not in in_form("all", outputs, rows, run_of(task))
    assert "id" not in in_form("probabilities", outputs, rows, run_of(task))
    found = in_form("submission", outputs, rows, run_of(task))
    assert found["id"].tolist() == [100, 101, 102, 103, 104]


def test_test_file_may_have_another_id_column():
    task, _, outputs = CASES["binary"]
    rows = rows_of(outputs, id=list("abcde"), test_id=list("vwxyz"))
    found = in_form("all", outputs, rows, run_of(task, test_id_column="test_id"))
    assert list(found)[:2] == ["test_id", "toxic"]
    assert found["test_id"].tolist() == list("vwxyz")


def test_class_may_be_named_as_the_id_column():
    task = MultiClass(("id", "b"))
    outputs = np.float32([[0.75, 0.25]])
    found = in_form("probabilities", outputs, rows_of(outputs, id=["7"]), run_of(task))
    assert list(found) == ["id", "id", "b"]
    assert found.to_numpy().tolist() == [["7", 0.75, 0.25]]
    found = in_form("all", outputs, rows_of(outputs, id=["7"]), run_of(task))
    assert list(found) == ["id", "topic", "probability_id", "probability_b"]


def test_labels_are_decided_by_tuned_thresholds():
    task = Binary(("spam",), ("no", "yes"))
    outputs = np.float32([[0.5], [0.7]])
    found = in_form("all", outputs, rows_of(outputs), run_of(task, thresholds=np.array([0.6])))
    assert found["spam"].tolist() == ["no", "yes"]
    assert list(found) == ["spam", "probability_yes"]
    run = run_of(task, thresholds=np.array([0.6]), submit="labels")
    assert in_form("submission", outputs, rows_of(outputs), run)["spam"].tolist() == ["no", "yes"]


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_give_the_columns_alone(form):
    task, _, outputs = CASES["multi_label"]
    found = in_form(form, outputs[:0], rows_of(outputs[:0], id=[]), run_of(task))
    assert len(found) == 0
    assert found.columns[0] == "id"


def test_unknown_form_is_one_line():
    task, _, outputs = CASES["binary"]
    with pytest.raises(ConfigError, match=r"form=submision is not known; did you mean 'submiss"):
        in_form("submision", outputs, rows_of(outputs), run_of(task))


@pytest.mark.parametrize("form", FORMS)
def test_outputs_that_are_no_probabilities_are_one_line(form):
    task, _, outputs = CASES["binary"]
    outputs = outputs.copy()
    outputs[3] = np.nan
    rows = rows_of(outputs, id=list("abcde"))
    with pytest.raises(DataError, match=r"1 predictions are not prob.*\(first ids: d\)"):
        in_form(form, outputs, rows, run_of(task))
    with pytest.raises(DataError, match=r"\(first ids: 3\)"):
        in_form(form, outputs, rows_of(outputs), run_of(task))


def preprocessor(**columns):
    return Preprocessor(competition(**columns), (), (), ["<pad>", "<unk>"], FeatureSpace((), ()))


def test_texts_are_a_frame_of_the_only_column():
    found = as_frame(["a", "", "b"], preprocessor(text_columns=["body"]).columns)
    assert found.to_dict("list") == {"body": ["a", "", "b"]}
    assert as_frame(("a",), preprocessor().columns).to_dict("list") == {"text": ["a"]}
    assert as_frame(pd.Series(["a"]), preprocessor().columns).to_dict("list") == {"text": ["a"]}
    assert len(as_frame([], preprocessor().columns)) == 0


def test_cells_of_a_frame_become_text_and_missing_ones_empty():
    rows = pd.DataFrame(
        {"id": [7, 8], "text": ["a", None], "size": [1.5, np.nan], "n": [1, 2]}, index=[5, 3]
    )
    found = as_frame(rows, preprocessor(numeric_columns=["size", "n"]).columns)
    assert found.to_dict("list") == {
        "id": ["7", "8"],
        "text": ["a", ""],
        "size": ["1.5", ""],
        "n": ["1", "2"],
    }
    assert found.index.tolist() == [5, 3]
    assert rows["id"].tolist() == [7, 8]  # stays as it is


def test_missing_texts_are_empty():
    given = ["a", None, np.nan]
    for rows in (given, pd.Series(given), pd.DataFrame({"text": given})["text"]):
        assert as_frame(rows, preprocessor().columns).to_dict("list") == {"text": ["a", "", ""]}


def test_columns_of_one_name_are_refused():
    rows = pd.DataFrame([["a", "b"]], columns=["text", "text"])
    with pytest.raises(DataError, match="two columns named 'text'"):
        as_frame(rows, preprocessor().columns)


def test_missing_column_is_named_with_the_nearest():
    with pytest.raises(DataError, match=r"the rows have no column 'text'; did you mean 'txt'"):
        as_frame(frame(txt=["a"]), preprocessor().columns)


@pytest.mark.parametrize("columns", [{"text_columns": ["a", "b"]}, {"numeric_columns": ["size"]}])
def test_texts_alone_are_refused_where_models_read_several_columns(columns):
    with pytest.raises(DataError, match=r"give the rows as .* or as a frame; they read .*, "):
        as_frame(["a"], preprocessor(**columns).columns)


def test_single_text_is_refused():
    with pytest.raises(DataError, match="give the rows as a list of texts"):
        as_frame("a text", preprocessor().columns)
