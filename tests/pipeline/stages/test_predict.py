import numpy as np
import pytest
from helpers.learners import FakeLearner

from regard.artefacts import read_array
from regard.pipeline import make
from regard.pipeline.learners import LEARNERS


class AttentiveLearner(FakeLearner):
    """Predict by the number of the fold, with attention weights."""

    def predict_folds(self, run, folds, attention_rows, *, progress):
        n_rows = len(run.inputs("test"))
        return [
            (
                np.full((n_rows, 3), fold, np.float32),
                [np.full((len(attention_rows), 4), 10 * fold, np.float32)],
            )
            for fold in folds
        ]


@pytest.fixture
def attentive(quick, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", AttentiveLearner())
    return quick


def test_predictions_are_the_mean_over_folds(attentive, caplog):
    with caplog.at_level("INFO"):
        run = make(attentive("folds.n_folds=4"), "predict")
    by_fold = read_array(run.folders["predict"] / "fold_outputs.npy")
    assert by_fold[:, 0, 0].tolist() == [0, 1, 2, 3]
    assert run.outputs.shape == (12, 3)
    np.testing.assert_allclose(run.outputs, 1.5)
    assert "predict: 12 test rows by 4 models" in caplog.messages


@pytest.mark.parametrize("n_workers", [1, 2, 3, 9])
def test_number_of_workers_makes_no_difference(n_workers, attentive):
    run = make(attentive("folds.n_folds=4", f"compute.n_workers={n_workers}"), "predict")
    by_fold = read_array(run.folders["predict"] / "fold_outputs.npy")
    assert by_fold[:, 0, 0].tolist() == [0, 1, 2, 3]


def test_attention_weights_are_the_mean_over_folds(attentive):
    run = make(attentive("report.n_attention_texts=5"), "predict")
    folder = run.folders["predict"]
    rows = read_array(folder / "attention_rows.npy")
    assert len(rows) == 5
    assert (np.diff(rows) > 0).all()
    assert read_array(folder / "attention_weights_1.npy").shape == (5, 4)
    np.testing.assert_allclose(read_array(folder / "attention_weights_1.npy"), 5)


def test_report_may_show_more_rows_than_there_are(attentive):
    run = make(attentive("report.n_attention_texts=99"), "predict")
    rows = read_array(run.folders["predict"] / "attention_rows.npy")
    assert rows.tolist() == list(range(12))


def test_model_without_attention_has_no_attention_files(quick):
    run = make(quick(), "predict")
    names = {path.name for path in run.folders["predict"].iterdir()}
    assert names == {"manifest.json", "outputs.npy", "fold_outputs.npy"}
