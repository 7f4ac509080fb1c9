import numpy as np
import pytest
from helpers.encoders import write_encoder

from regard import pipeline
from regard.errors import ConfigError
from regard.network.transformer.states import KnownStates
from regard.pipeline import make
from regard.pipeline.runner import Session, plan_run

pytestmark = pytest.mark.slow  # importing Keras takes seconds


@pytest.fixture
def settings(tiny, tmp_path):
    folder = write_encoder(tmp_path / "encoder")
    return lambda *words: tiny("model=encoder_linear", f"model.encoder_folder={folder}", *words)


def plan(config):
    return plan_run(config, Session()).fingerprints


@pytest.mark.usefixtures("in_this_process")
def test_each_distinct_text_is_encoded_once(settings, caplog):
    caplog.set_level("INFO")
    run = make(settings(), "encode")
    known = KnownStates(run.artefact("encode"))
    (texts,) = run.texts("train")
    assert known.states.shape == (len(set(texts)), 16)
    assert (known.rows(texts) >= 0).all()
    assert np.isfinite(known.states).all()
    assert "47 distinct texts of train" in caplog.text


def test_states_follow_the_encoder_and_its_settings_alone(settings, tmp_path):
    before = plan(settings())
    assert "embed" not in before
    for same in ("model.C=[1]", "seed=5", "folds.seed=3", "training.epochs=2"):
        assert plan(settings(same))["encode"] == before["encode"]
    for other in ("model.encoder_pooling=[cls]", "model.encoder_max_tokens=9"):
        after = plan(settings(other))
        assert after["encode"] != before["encode"]
        assert after["train"] != before["train"]
    (tmp_path / "encoder" / "README.md").write_text("a file that is not read")
    assert plan(settings()) == before
    write_encoder(tmp_path / "encoder", layer_norm_eps=0.1)
    assert plan(settings())["encode_test"] != before["encode_test"]


def test_an_encoder_without_a_folder_is_refused_before_any_stage(tiny, tmp_path):
    # A page may have such a member before its folder is named.
    config = tiny("+model@members.encoder_linear=encoder_linear")
    assert config.members["encoder_linear"].encoder_folder is None
    for wrong in (config, tiny("model=encoder_linear")):
        with pytest.raises(ConfigError, match=r"\.encoder_folder is not set; name the folder"):
            pipeline.train(wrong)
    assert not list((tmp_path / "outputs").glob("*/runs/*"))
