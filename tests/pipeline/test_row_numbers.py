"""A competition whose files have no ids, from training to new rows."""

import pandas as pd
import pytest
from helpers.cases import tiny_tables

from regard.competitions.kaggle import check_submission
from regard.config import ROW_NUMBERS
from regard.pipeline import make
from regard.pipeline.predict_file import predict_file

pytestmark = pytest.mark.slow  # whole runs


@pytest.fixture
def folder(tmp_path):
    """Write the files of a competition, without their ids."""
    folder = tmp_path / "data" / "tiny"
    for name, frame in tiny_tables().items():
        frame.drop(columns="id").to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_submissions_have_no_ids(quick, folder, tmp_path):
    run = make(quick("competition.id_column=null"), "report")
    path = run.folder / "submission.csv"
    submission = pd.read_csv(path)
    assert list(submission) == ["category"]
    assert len(submission) == 12
    check_submission(path, folder / "sample_submission.csv", ROW_NUMBERS)
    oof = pd.read_csv(run.folder / "oof.csv")
    assert oof[ROW_NUMBERS].tolist() == list(range(48))
    predict_file(run, str(folder / "test.csv"), str(tmp_path / "new.csv"))
    assert (tmp_path / "new.csv").read_bytes() == path.read_bytes()
