import pytest
from helpers.encoders import write_encoder

from regard import pipeline
from regard.artefacts import read_array
from regard.errors import ConfigError, DataError
from regard.pipeline import make
from regard.pipeline.runner import Session, plan_run


@pytest.fixture
def settings(tiny, tmp_path):
    folder = write_encoder(tmp_path / "encoder")
    return lambda *words: tiny("model=encoder_finetuned", f"model.encoder_folder={folder}", *words)


def plan(config):
    return plan_run(config, Session()).fingerprints


@pytest.mark.usefixtures("in_this_process")
def test_all_train_texts_are_written_as_pieces(settings, caplog):
    caplog.set_level("INFO")
    run = make(settings(), "pieces")
    folder = run.artefact("pieces")
    assert len(read_array(folder / "offsets.npy")) == 48 + 1
    names = {"encoder_config.json", "encoder_tokenizer.json", "encoder_cut.json"}
    assert names < {path.name for path in folder.iterdir()}
    assert "pieces of 48 texts" in caplog.text


def test_pieces_follow_the_encoder_and_the_texts_alone(settings, tmp_path):
    before = plan(settings())
    assert not {"embed", "encode"} & before.keys()
    for same in ("model.pooling=[max]", "seed=5", "folds.seed=3", "batches.max_tokens=9"):
        assert plan(settings(same))["pieces"] == before["pieces"]
    (tmp_path / "encoder" / "README.md").write_text("a file that is not read")
    assert plan(settings()) == before
    write_encoder(tmp_path / "encoder", layer_norm_eps=0.1)
    after = plan(settings())
    assert after["pieces"] != before["pieces"]
    assert after["train"] != before["train"]


def test_an_encoder_without_a_folder_is_refused_before_any_stage(tiny, tmp_path):
    with pytest.raises(ConfigError, match=r"model.encoder_folder is not set; name the folder"):
        pipeline.train(tiny("model=encoder_finetuned"))
    assert not list((tmp_path / "outputs").glob("*/runs/*"))


def test_a_damaged_folder_is_one_line(settings, tmp_path):
    (tmp_path / "encoder" / "tokenizer.json").write_text("{}")
    with pytest.raises(DataError, match=r"tokenizer.json: not a tokenizer \(.*; copy the folder"):
        make(settings(), "pieces")
    (tmp_path / "encoder" / "config.json").unlink()
    with pytest.raises(DataError, match=r"encoder has no config.json; an encoder's folder has the"):
        make(settings(), "pieces")


def test_an_unknown_kind_of_encoder_is_one_line(settings, tmp_path):
    write_encoder(tmp_path / "encoder", model_type="deberta-v2")
    with pytest.raises(DataError, match=r"model_type=deberta-v2 is not supported; supported are b"):
        make(settings(), "pieces")
