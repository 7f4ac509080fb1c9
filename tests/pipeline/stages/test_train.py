import numpy as np
import pandas as pd
import pytest
from helpers.learners import FakeLearner

from regard.pipeline import make
from regard.pipeline.learners import LEARNERS


class ReportingLearner(FakeLearner):
    """Report progress."""

    def train_fold(self, run, fold, *, progress):
        progress({"epochs": 2, "note": "few rows"})
        super().train_fold(run, fold, progress=progress)
        progress({"finished": {"epoch": 1.0, "score": 0.5 + fold / 10}})


def test_folds_are_gathered(quick, caplog):
    with caplog.at_level("INFO"):
        run = make(quick("folds.n_folds=3"), "train")
    assert "train: 3 of 3 folds to train" in caplog.messages
    oof = pd.read_csv(run.folder / "oof.csv")
    assert oof["fold"].tolist() == run.folds.tolist()
    for fold in range(3):
        held_out = np.load(run.folder / f"fold_{fold}" / "oof_outputs.npy")
        rows = oof["fold"] == fold
        np.testing.assert_allclose(oof.loc[rows, ["sea", "town", "wood"]], held_out, atol=1e-6)


@pytest.mark.parametrize(
    ("overrides", "shown"),
    [([], "accuracy"), (["competition.metric=f1_macro"], "f1_macro")],
)
def test_progress_names_the_metric(overrides, shown, quick, monkeypatch, caplog):
    monkeypatch.setitem(LEARNERS, "network", ReportingLearner())
    with caplog.at_level("INFO"):
        make(quick(*overrides), "train")
    assert f"fold 0: {shown} 0.5000 at epoch 1" in caplog.messages
    assert f"fold 1: {shown} 0.6000 at epoch 1" in caplog.messages
    assert caplog.messages.count("train: few rows") == 1


def test_time_and_memory_are_noted(quick):
    notes = make(quick(), "train").scores["training"]
    assert list(notes) == ["seconds", "seconds_of_jobs", "peak_memory_mb"]
    assert 0 <= notes["seconds_of_jobs"] <= notes["seconds"] + 0.01
    assert notes["peak_memory_mb"] > 20
