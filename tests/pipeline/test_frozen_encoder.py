import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from helpers.cases import compose_config
from helpers.encoders import write_encoder

from regard import pipeline
from regard.data.rows import Rows
from regard.errors import ArtefactError
from regard.pipeline import frozen_encoder
from regard.pipeline.frozen_encoder import pair_features

pytestmark = pytest.mark.slow  # importing Keras takes seconds

TEXTS = ["the ship on the wave", "leaf and moss", "a tram in the street", "", "a new text"]


@pytest.fixture
def settings(tiny, tmp_path):
    folder = write_encoder(tmp_path / "encoder")
    own = ["model=encoder_linear", f"model.encoder_folder={folder}", "model.C=[0.1,1]"]
    return lambda *words: tiny(*own, *words)


def competition(texts, any_order):
    words = [f"competition.texts={texts}", "competition.text_columns=[a,b]"]
    return compose_config(*words, f"competition.symmetric_pairs={any_order}").competition


def test_features_of_two_texts():
    first, second = np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])
    apart = pair_features([first, second], competition("pair", "false"))
    assert apart.tolist() == [[1, 2, 3, 1, 2, 1, 3, 2]]
    together = competition("pair", "true")
    assert pair_features([first, second], together).tolist() == [[4, 3, 2, 1, 3, 2]]
    assert pair_features([second, first], together).tolist() == [[4, 3, 2, 1, 3, 2]]
    columns = competition("separate", "false")
    assert pair_features([first, second], columns).tolist() == [[1, 2, 3, 1]]


def test_settings_and_folds_import_no_keras():
    code = "import sys, regard.pipeline; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("in_this_process")
def test_a_run_predicts_after_it_was_copied_alone(settings, tmp_path, monkeypatch):
    run = pipeline.train(settings("training.refit=true"))
    assert run.scores["oof_score"] > 0.35  # an encoder of random weights
    assert {path.name for path in (run.folder / "fold_0").iterdir()} >= {"model.npz", "terms.json"}
    assert len(pd.read_csv(run.folder / "submission.csv")) == 12
    expected = run.predict(TEXTS)
    # Texts of train and test are known, and the encoder is not asked again.
    with monkeypatch.context() as patch:
        patch.setattr(frozen_encoder, "encode_texts", lambda *_: pytest.fail("encoded again"))
        known = run.predictor().outputs(run.test_rows)
    np.testing.assert_array_equal(known, run.outputs)
    rows = Rows(run.test_rows.frame)
    alone = shutil.copytree(run.folder, tmp_path / "alone")
    shutil.rmtree(tmp_path / "outputs")
    found = pipeline.load(alone)
    pd.testing.assert_frame_equal(found.predict(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(found.predictor().outputs(rows), known, atol=1e-5)
    assert found.explain(TEXTS[0]).attrs["method"] == "leave_one_out"
    check_files(alone, tmp_path / "encoder")


def check_files(run, encoder):
    """The run refuses another encoder than that of its training."""
    path = encoder / "config.json"
    path.write_text(path.read_text() + " ")
    with pytest.raises(ArtefactError, match=r"config.json is not the one that run .* put the fold"):
        pipeline.load(run).predict(TEXTS)
    shutil.rmtree(encoder)
    with pytest.raises(ArtefactError, match=r"config.json is missing; it is needed as the one tha"):
        pipeline.load(run).predict(TEXTS)


@pytest.mark.usefixtures("in_this_process")
def test_a_member_of_a_blend(tiny, tmp_path, monkeypatch):
    write_encoder(tmp_path / "encoder")
    monkeypatch.chdir(tmp_path)
    words = ["+model@members.encoder_linear=encoder_linear", "model=tfidf_linear"]
    config = tiny(*words, "members.encoder_linear.encoder_folder=encoder", "blend.method=mean")
    run = pipeline.train(config)
    names = {name.rpartition("-")[0] for name in run.scores["blend"]["members"]}
    assert names == {"tfidf_linear", "encoder_linear"}
    monkeypatch.chdir(tmp_path / "data")  # the encoder of a relative setting is found again
    assert len(run.predict(TEXTS)) == len(TEXTS)


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    "words",
    [
        ["competition.text_columns=[text,id]", "competition.texts=pair"],
        ["features.text_statistics=[length]", "competition.categorical_columns=[id]"],
    ],
)
def test_pairs_and_other_columns(words, settings):
    run = pipeline.make(settings(*words, "model.encoder_pooling=[mean,max]"), "predict")
    assert np.isfinite(run.outputs).all()


@pytest.mark.usefixtures("in_this_process")
def test_numbers_are_predicted(settings, tmp_path):
    for name in ("train", "sample_submission"):
        path = tmp_path / "data" / "tiny" / f"{name}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame["category"] = frame["category"].str.len().astype(float)
        frame.to_csv(path, index=False)
    words = ["competition.task=regression", "competition.metric=rmse", "competition.submit=numbers"]
    run = pipeline.make(settings(*words), "predict")
    assert run.scores["oof_score"] < 1.0
