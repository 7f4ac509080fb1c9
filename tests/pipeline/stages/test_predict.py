import numpy as np
import pytest
from helpers.learners import FakeLearner, FakeModel

from regard.artefacts import hash_file, read_array, read_json
from regard.errors import ConfigError
from regard.pipeline import make
from regard.pipeline.learners import LEARNERS


class AttentiveLearner(FakeLearner):
    """Predict by the number of the fold, with attention weights."""

    def load_model(self, run, folder):
        return AttentiveModel(run, folder)


class AttentiveModel(FakeModel):
    def fold(self):
        return int(self.folder.name.removeprefix("fold_").replace("refit", "10"))

    def predict(self, rows):
        return np.full((len(rows), 3), self.fold(), np.float32)

    def attention(self, rows):
        return [np.full((len(rows), 4), 10 * self.fold(), np.float32)]


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


def test_predictions_note_their_test_file(quick, tmp_path):
    run = make(quick(), "predict")
    noted = read_json(run.folders["predict"] / "manifest.json")["test_file"]
    assert noted == hash_file(tmp_path / "data" / "tiny" / "test.csv")


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
    assert names == {"manifest.json", "outputs.npy", "fold_outputs.npy", "usage.json"}


@pytest.mark.parametrize(("models", "mean"), [("auto", 0.5), ("refit", 10), ("both", 11 / 3)])
def test_model_of_all_rows_predicts_if_asked_for(models, mean, attentive):
    run = make(attentive("training.refit=true", f"predict.models={models}"), "predict")
    np.testing.assert_allclose(run.outputs, mean)
    has_folds = (run.folders["predict"] / "fold_outputs.npy").exists()
    assert has_folds == (models != "refit")


def test_model_of_all_rows_must_be_there(attentive):
    with pytest.raises(ConfigError, match=r"set training\.refit=true"):
        make(attentive("predict.models=refit"), "predict")


def test_small_blocks_give_the_same_predictions(quick, monkeypatch):
    expected = make(quick(), "predict").outputs
    found = make(quick("batches.prediction_size=1", "seed=1"), "predict").outputs
    np.testing.assert_array_equal(found, expected)
