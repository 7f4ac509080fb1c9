import numpy as np
import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.damage import without_lists

from regard.errors import DataError
from regard.pipeline import make
from regard.tasks.submission import score_in_name


def test_submission_has_the_columns_ids_and_order_of_the_sample(quick, tmp_path):
    run = make(quick(), "submit")
    submission = pd.read_csv(run.folder / "submission.csv", dtype=str)
    sample = pd.read_csv(tmp_path / "data" / "tiny" / "sample_submission.csv", dtype=str)
    assert list(submission) == list(sample)
    assert submission["id"].tolist() == sample["id"].tolist()
    classes = np.array(["sea", "town", "wood"])[run.outputs.argmax(axis=1)]
    expected = dict(zip(run.test_ids, classes, strict=True))
    assert dict(zip(submission["id"], submission["category"], strict=True)) == expected


def test_copy_is_named_by_its_score(quick):
    run = make(quick(), "submit")
    (copy,) = run.folder.glob("[01].*_*.csv")
    assert copy.name == f"{score_in_name(run.scores['oof_score'])}_{run.name}.csv"
    assert copy.read_bytes() == (run.folder / "submission.csv").read_bytes()


def test_tuned_thresholds_decide(quick):
    run = make(quick("competition.metric=f1_macro", "thresholds.tuned=true"), "submit")
    submission = pd.read_csv(run.folder / "submission.csv").set_index("id")["category"]
    decided = run.task.decide(run.outputs, run.thresholds)
    expected = [run.task.classes[label] for label in decided]
    assert submission[run.test_ids].tolist() == expected


def test_ids_are_kept_as_they_are(quick, tmp_path):
    tables = tiny_tables()
    ids = [f"{row:03d}" for row in range(11)] + ["NA"]
    tables["test"]["id"] = ids
    tables["sample_submission"] = pd.DataFrame({"id": ids[::-1], "category": "sea"})
    write_tables(tmp_path / "data" / "tiny", tables)
    run = make(quick(), "submit")
    lines = (run.folder / "submission.csv").read_text().splitlines()[1:]
    assert [line.partition(",")[0] for line in lines] == ids[::-1]


def test_new_sample_writes_the_submission_again_and_trains_nothing(quick, tmp_path):
    run = make(quick(), "submit")
    tables = tiny_tables()
    tables["sample_submission"] = tables["sample_submission"].sort_values("id")
    write_tables(tmp_path / "data" / "tiny", tables)
    again = make(quick(), "submit")
    assert again.folder == run.folder
    submission = pd.read_csv(again.folder / "submission.csv")
    assert submission["id"].tolist() == [f"x{row:03d}" for row in range(48, 60)]


def test_prediction_that_is_no_number_is_refused(quick):
    run = make(quick(), "predict")
    outputs = run.outputs.copy()
    without_lists(run.folder)
    outputs[3] = np.nan
    np.save(run.folders["predict"] / "outputs.npy", outputs)
    with pytest.raises(DataError, match="x051") as error:
        make(quick(), "submit")
    assert "\n" not in str(error.value)
    assert not (run.folder / "submission.csv").exists()
