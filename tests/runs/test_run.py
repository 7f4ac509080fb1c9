import pickle

import numpy as np
import pandas as pd
import pytest
from helpers.cases import tiny_tables

from regard.artefacts import read_json
from regard.errors import ConfigError, DataError
from regard.pipeline import make
from regard.runs.run import Run


@pytest.fixture
def run(quick):
    """Make a run up to its submission."""
    return make(quick(), "submit")


def test_run_has_everything_that_its_stages_made(run, tmp_path):
    train, test = (pd.read_csv(tmp_path / f"data/tiny/{part}.csv") for part in ("train", "test"))
    assert run.name.startswith("lstm_attention-")
    assert run.folder == tmp_path / "outputs" / "tiny" / "runs" / run.name
    assert run.competition_folder == tmp_path / "outputs" / "tiny"
    assert run.train_ids.tolist() == train["id"].tolist()
    assert run.test_ids.tolist() == test["id"].tolist()
    assert run.task.classes == ("sea", "town", "wood")
    assert [run.task.classes[label] for label in run.labels] == train["category"].tolist()
    assert run.vocabulary[:2] == ["<pad>", "<unk>"]
    assert run.identical[7] == 4
    assert sorted(set(run.folds.tolist())) == [0, 1]
    assert run.n_folds == 2
    assert len(run.train_inputs) == 48
    assert len(run.test_inputs) == len(run.test_rows) == 12
    assert run.test_rows.frame["text"].tolist() == tiny_tables()["test"]["text"].tolist()
    assert run.features.n_values == ()
    assert run.outputs.shape == (12, 3)
    assert run.scores == read_json(run.folder / "metrics.json")
    assert run.thresholds is None
    assert [history["best_epoch"] for history in run.histories] == [1, 1]
    assert run.manifest["input_hashes"] == run.input_hashes


def test_pickle_carries_no_data(run):
    unread = Run(run.config, run.folders, run.input_hashes, run.fingerprints, run.learner)
    expected = pickle.dumps(unread)
    for part in ("train", "test", "sample"):
        run.table(part)
    for name in ("labels", "folds", "vocabulary", "targets", "task", "scores", "identical"):
        getattr(run, name)
    run.predict(["the sea"])
    stored = pickle.dumps(run)
    assert len(stored) == len(expected) < 10_000
    again = pickle.loads(stored)
    assert again.folders == run.folders
    assert again.fingerprints == run.fingerprints
    assert again.config == run.config
    assert type(again.learner) is type(run.learner)
    np.testing.assert_array_equal(again.labels, run.labels)


def test_run_without_stages_can_be_made(quick):
    run = Run(quick(), {}, {})
    assert run.config == quick()
    assert run.folders == run.fingerprints == {}


ROWS = pd.DataFrame(
    {"id": [7, 8, 9], "text": ["the ship", None, "zebra"], "more": 1}, index=[4, 2, 0]
)


def test_rows_are_predicted(run):
    found = run.predict(ROWS)
    classes = ["sea", "town", "wood"]
    names = [f"probability_{name}" for name in classes]
    assert found.columns.tolist() == ["id", "category", *names]
    assert found["id"].tolist() == ["7", "8", "9"]
    assert found.index.tolist() == [4, 2, 0]
    outputs = found[names].to_numpy()
    np.testing.assert_allclose(outputs.sum(axis=1), 1, atol=1e-5)
    assert found["category"].tolist() == [classes[index] for index in outputs.argmax(axis=1)]


def test_texts_are_predicted_as_rows(run):
    texts = ["the ship", "", "zebra"]
    found = run.predict(texts)
    expected = run.predict(ROWS).drop(columns="id").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected)
    assert run.predict(tuple(texts)).equals(found)


@pytest.mark.parametrize("form", ["all", "probabilities", "submission"])
def test_test_rows_have_the_predictions_of_the_pipeline(form, run):
    found = run.predict(run.table("test"), form=form).set_index("id")
    if form == "submission":
        expected = run.submission.set_index("id")["category"]
        assert found["category"].to_dict() == expected.to_dict()
    else:
        np.testing.assert_array_equal(found.iloc[:, -3:].to_numpy(), run.outputs)


@pytest.mark.parametrize("form", ["all", "probabilities", "submission"])
def test_one_row_is_predicted_as_among_others(form, run):
    together = run.predict(ROWS, form=form)
    for row in range(len(ROWS)):
        pd.testing.assert_frame_equal(
            run.predict(ROWS.iloc[[row]], form=form), together.iloc[[row]]
        )


def test_models_are_loaded_once_and_kept(run, monkeypatch):
    loaded = []
    load_model = type(run.learner).load_model

    def noted(self, run, folder):
        loaded.append(folder.name)
        return load_model(self, run, folder)

    monkeypatch.setattr(type(run.learner), "load_model", noted)
    again = pickle.loads(pickle.dumps(run))
    for _ in range(3):
        again.predict(ROWS)
    assert loaded == ["fold_0", "fold_1"]
    assert again.predictor() is again.predictor("auto")


def test_unknown_form_is_one_line(run):
    with pytest.raises(ConfigError, match="form=labels is not known"):
        run.predict(ROWS, form="labels")


def test_missing_column_is_one_line(run):
    with pytest.raises(DataError, match="the rows have no column 'text'") as error:
        run.predict(ROWS.drop(columns="text"))
    assert "\n" not in str(error.value)


def test_run_without_a_learner_predicts_nothing(quick):
    with pytest.raises(TypeError, match="made without a learner"):
        Run(quick(), {}, {}).predictor()
