import numpy as np
import pytest
from helpers.damage import files_in
from helpers.encoders import write_encoder

from regard import pipeline
from regard.errors import ConfigError, DataError
from regard.network.transformer import jobs, states
from regard.network.transformer.states import KnownStates
from regard.pipeline import make
from regard.pipeline.runner import Session, plan_run
from regard.pipeline.stages import encode

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


class Stopped(BaseException):
    """The process is killed."""


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("stops_after", [0, 1, 3, 5])
def test_states_go_on_after_an_interruption(stops_after, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(encode, "_TEXTS_PER_JOB", 8)
    monkeypatch.setattr(states, "_KEEP_AFTER", 0.0)
    whole = make(settings(f"output_dir={tmp_path / 'whole'}"), "encode").artefact("encode")
    encoded = []

    def encode_few(folder, content, texts, *arguments, progress):
        if len(encoded) == stops_after:
            raise Stopped
        encoded.append(texts)
        return jobs.encode_texts(folder, content, texts, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(encode, "encode_texts", encode_few)
        with pytest.raises(Stopped):
            make(settings(), "encode")
        stops_after = None
        found = make(settings(), "encode").artefact("encode")
    assert sum(map(len, encoded)) == 47
    for name in ("keys.npy", "states.npy"):
        assert (found / name).read_bytes() == (whole / name).read_bytes()
    assert files_in(found) == files_in(whole)
    assert not list(found.parent.glob(".*"))


@pytest.mark.usefixtures("in_this_process")
def test_encoder_that_changes_meanwhile_is_one_line(settings, tmp_path, monkeypatch):
    path = tmp_path / "encoder" / "config.json"
    content = path.read_bytes()
    whole = make(settings(f"output_dir={tmp_path / 'whole'}"), "encode").artefact("encode")

    def change(*arguments, progress):
        found = jobs.encode_texts(*arguments)
        path.write_bytes(content + b" ")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(encode, "encode_texts", change)
        with pytest.raises(DataError, match="changed") as error:
            make(settings(), "encode")
    assert "\n" not in str(error.value)
    path.write_bytes(content)
    found = make(settings(), "encode").artefact("encode")
    assert (found / "states.npy").read_bytes() == (whole / "states.npy").read_bytes()


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
    for wrong, key in (
        (config, "members.encoder_linear"),
        (tiny("model=encoder_linear"), "model"),
    ):
        with pytest.raises(ConfigError, match=rf"^{key}\.encoder_folder is not set; name the"):
            pipeline.train(wrong)
    assert not list((tmp_path / "outputs").glob("*/runs/*"))
