from types import SimpleNamespace

import numpy as np
import pytest
from helpers.learners import FakeLearner
from helpers.tables import frame

from regard.data.rows import Rows
from regard.errors import ConfigError
from regard.pipeline import make
from regard.pipeline.learners import LEARNERS
from regard.runs.fitted_model import FittedModel
from regard.runs.learner import ModelPredictor

ROWS = Rows(frame(text=["a", "b"]))


class Numbered(FittedModel):
    """Predict the number of a folder."""

    def __init__(self, number, weights=None):
        self.number = number
        self.weights = weights

    def predict(self, rows):
        return np.full((len(rows), 2), self.number, np.float32)

    def attention(self, rows):
        return self.weights


def uncalibrated(load_model):
    learner = SimpleNamespace(load_model=load_model)
    return SimpleNamespace(learner=learner, temperature=None, calibrated=lambda outputs: outputs)


@pytest.fixture
def predictor():
    """Return a predictor of models that are numbers, and the list of those that are loaded."""
    loaded = []

    def load_model(run, number):
        loaded.append(number)
        return Numbered(number, [np.full((2, 3), number, np.float32)])

    run = uncalibrated(load_model)
    return ModelPredictor(run, [0, 1, 5]), loaded


def test_outputs_are_the_mean_of_all_models(predictor):
    models, _ = predictor
    np.testing.assert_array_equal(models.outputs(ROWS), np.full((2, 2), 2, np.float32))
    assert models.outputs(ROWS).dtype == np.float32


def test_models_are_loaded_when_they_are_needed_and_once(predictor):
    models, loaded = predictor
    assert loaded == []
    assert models.by_model(ROWS, [1])[:, 0, 0].tolist() == [1]
    assert loaded == [1]
    assert models.by_model(ROWS)[:, 0, 0].tolist() == [0, 1, 5]
    assert models.by_model(ROWS, [2, 0])[:, 0, 0].tolist() == [5, 0]
    models.outputs(ROWS)
    assert loaded == [1, 0, 5]


def test_attention_is_the_mean_of_all_models(predictor):
    models, _ = predictor
    (weights,) = models.attention(ROWS)
    np.testing.assert_array_equal(weights, np.full((2, 3), 2))


def test_one_model_without_attention_is_enough_for_none():
    models = [Numbered(0, [np.zeros((2, 3))]), Numbered(1, None)]
    run = uncalibrated(lambda run, number: models[number])
    assert ModelPredictor(run, [0, 1]).attention(ROWS) is None
    assert FittedModel.attention(models[0], ROWS) is None


@pytest.mark.parametrize(
    ("models", "names"),
    [
        ("auto", ["fold_0", "fold_1"]),
        ("folds", ["fold_0", "fold_1"]),
        ("refit", ["refit"]),
        ("both", ["fold_0", "fold_1", "refit"]),
    ],
)
def test_folders_of_the_models(models, names, quick, monkeypatch):
    loaded = []

    class Noting(FakeLearner):
        def load_model(self, run, folder):
            loaded.append(folder.name)
            return super().load_model(run, folder)

    monkeypatch.setitem(LEARNERS, "network", Noting())
    run = make(quick("training.refit=true"), "refit")
    assert [folder.name for folder in run.model_folders(models)] == names
    assert run.model_folders("fold_1") == [run.folder / "fold_1"]
    run.predict(["the sea"], models=models)
    assert loaded == names


def test_run_without_a_model_of_all_rows_is_one_line(quick):
    run = make(quick(), "train")
    for models in ("refit", "both"):
        words = rf"predict\.models={models}, but run {run.name} has no model of all rows; train"
        with pytest.raises(ConfigError, match=words) as error:
            run.predict(["the sea"], models=models)
        assert "\n" not in str(error.value)


def test_networks_read_token_ids_and_linear_models_none(quick, monkeypatch):
    run = make(quick(), "train")
    rows = Rows(frame(text=["the zebra"]))
    (inputs,) = run.predictor().inputs(rows)
    assert inputs is rows.inputs(run.preprocessor)
    monkeypatch.setitem(LEARNERS, "linear", FakeLearner())
    linear = make(quick("model=nb_svm"), "train")
    assert linear.predictor().inputs(rows) == []


def test_learner_without_a_model_of_all_rows_is_one_line(quick):
    class Plain(FakeLearner):
        refit = FakeLearner.__bases__[0].refit

    run = make(quick(), "train")
    with pytest.raises(ConfigError, match=r"training\.refit is not known to model\.learner=netw"):
        Plain().refit(run, run.folder, progress=None)
