import numpy as np
import pandas as pd
import pytest
from helpers.damage import without_lists

from regard.errors import ArtefactError, DataError
from regard.pipeline import make
from regard.pipeline.blend_artefacts import read_members


@pytest.fixture
def runs(quick):
    """Make two trained runs."""
    return [make(quick(f"seed={seed}"), "train") for seed in (1, 2)]


def read(runs):
    return read_members(runs[0], [run.folder for run in runs])


def edit_oof(run, edit):
    path = run.folder / "oof.csv"
    frame = pd.read_csv(path)
    edit(frame)
    frame.to_csv(path, index=False)


def test_members_are_read(runs):
    members = read(runs)
    assert [member.folder for member in members] == [run.folder for run in runs]
    assert [member.seed for member in members] == [1, 2]
    assert [member.scores for member in members] == [run.scores for run in runs]
    for member in members:
        np.testing.assert_array_equal(member.folds, runs[0].folds)
        assert member.outputs.shape == (48, 3)
        assert member.outputs.dtype == np.float32


def test_prediction_that_is_no_number_is_one_line(runs):
    without_lists(runs[1].folder)
    edit_oof(runs[1], lambda frame: frame.__setitem__("sea", np.nan))
    with pytest.raises(DataError, match=f"run {runs[1].name} has predictions that are not numbers"):
        read(runs)


@pytest.mark.parametrize("content", [None, "", "id,fold,sea\nx,y,z\n"])
def test_broken_predictions_are_one_line(content, runs):
    without_lists(runs[1].folder)
    path = runs[1].folder / "oof.csv"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(ArtefactError, match=r"oof\.csv: cannot be read .*delete its folder"):
        read(runs)
