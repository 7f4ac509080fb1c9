import shutil

import numpy as np
import pandas as pd
import pytest
from helpers.encoders import write_encoder

from regard import pipeline
from regard.data.rows import Rows

pytestmark = pytest.mark.slow  # importing Keras takes seconds

TEXTS = ["the ship on the wave", "leaf and moss", "a tram in the street", "", "a new text"]


@pytest.fixture
def settings(tiny, tmp_path):
    folder = write_encoder(tmp_path / "encoder")
    own = [
        "model=encoder_finetuned",
        f"model.encoder_folder={folder}",
        "model.fine_tuning.epochs=2",
    ]
    return lambda *words: tiny(*own, *words)


@pytest.mark.usefixtures("in_this_process")
def test_a_run_predicts_from_its_own_folder_alone(settings, tmp_path):
    run = pipeline.train(settings("training.refit=true"))
    names = {path.name for path in (run.folder / "fold_0").iterdir()}
    assert names >= {"weights.npz", "network.json", "history.json"}
    assert len(pd.read_csv(run.folder / "submission.csv")) == 12
    expected = run.predict(TEXTS)
    rows = Rows(run.test_rows.frame)
    outputs = run.outputs
    alone = shutil.copytree(run.folder, tmp_path / "alone")
    shutil.rmtree(tmp_path / "outputs")
    shutil.rmtree(tmp_path / "encoder")
    found = pipeline.load(alone)
    pd.testing.assert_frame_equal(found.predict(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(found.predictor().outputs(rows), outputs, atol=1e-5)
    assert found.explain(TEXTS[0]).attrs["method"] == "leave_one_out"
