import numpy as np
import pytest
from helpers.learners import FakeLearner, FakeModel

from regard.artefacts import hash_file, read_array, read_json
from regard.errors import ConfigError
from regard.pipeline import make
from regard.pipeline.learners import LEARNERS


class NumberLearner(FakeLearner):
    """Predict by the number of the fold."""

    def load_model(self, run, folder):
        return NumberModel(run, folder)


class NumberModel(FakeModel):
    def fold(self):
        return int(self.folder.name.removeprefix("fold_").replace("refit", "10"))

    def predict(self, rows):
        return np.full((len(rows), 3), self.fold(), np.float32)


@pytest.fixture
def numbered(quick, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", NumberLearner())
    return quick


def test_predictions_are_the_mean_over_folds(numbered, caplog):
    with caplog.at_level("INFO"):
        run = make(numbered("folds.n_folds=4"), "predict")
    by_fold = read_array(run.folders["predict"] / "fold_outputs.npy")
    assert by_fold[:, 0, 0].tolist() == [0, 1, 2, 3]
    assert run.outputs.shape == (12, 3)
    np.testing.assert_allclose(run.outputs, 1.5)
    assert "predict: 12 test rows by 4 models" in caplog.messages


@pytest.mark.parametrize("n_workers", [1, 2, 3, 9])
def test_number_of_workers_makes_no_difference(n_workers, numbered):
    run = make(numbered("folds.n_folds=4", f"compute.n_workers={n_workers}"), "predict")
    by_fold = read_array(run.folders["predict"] / "fold_outputs.npy")
    assert by_fold[:, 0, 0].tolist() == [0, 1, 2, 3]


def test_predictions_note_their_test_file(quick, tmp_path):
    run = make(quick(), "predict")
    noted = read_json(run.folders["predict"] / "manifest.json")["test_file"]
    assert noted == hash_file(tmp_path / "data" / "tiny" / "test.csv")


def test_files_of_the_predictions(quick):
    run = make(quick(), "predict")
    names = {path.name for path in run.folders["predict"].iterdir()}
    assert names == {"manifest.json", "outputs.npy", "fold_outputs.npy", "usage.json"}


@pytest.mark.parametrize(("models", "mean"), [("auto", 0.5), ("refit", 10), ("both", 11 / 3)])
def test_model_of_all_rows_predicts_if_asked_for(models, mean, numbered):
    run = make(numbered("training.refit=true", f"predict.models={models}"), "predict")
    np.testing.assert_allclose(run.outputs, mean)
    has_folds = (run.folders["predict"] / "fold_outputs.npy").exists()
    assert has_folds == (models != "refit")


def test_model_of_all_rows_must_be_there(numbered):
    with pytest.raises(ConfigError, match=r"set training\.refit=true"):
        make(numbered("predict.models=refit"), "predict")


def test_small_blocks_give_the_same_predictions(quick, monkeypatch):
    expected = make(quick(), "predict").outputs
    found = make(quick("batches.prediction_size=1", "seed=1"), "predict").outputs
    np.testing.assert_array_equal(found, expected)
