import json
import shutil

import numpy as np
import pandas as pd
import pytest
from helpers.encoders import PIECES, write_encoder

from regard import pipeline
from regard.artefacts import read_json
from regard.data.rows import Rows
from regard.errors import ArtefactError, ConfigError, DataError
from regard.network import learner as networks
from regard.network.transformer import learner as module
from regard.network.transformer.learner import EncoderLearner
from regard.pipeline import make
from regard.pipeline.export import export_run

TEXTS = ["the ship on the wave", "leaf and moss", "a tram in the street", "", "a new text"]
PAIR = ["competition.text_columns=[text,id]", "competition.texts=pair"]


@pytest.fixture
def settings(tiny, tmp_path):
    folder = write_encoder(tmp_path / "encoder")
    own = ["model=encoder_finetuned", f"model.encoder_folder={folder}"]
    return lambda *words: tiny(*own, "model.fine_tuning.epochs=2", *words)


def test_settings_are_json_values_without_those_that_are_replaced(settings):
    found = EncoderLearner().settings(settings())
    assert json.loads(json.dumps(found)) == found
    for same in ("training.epochs=9", "training.warmup=0.5", "batches.size=70"):
        assert EncoderLearner().settings(settings(same)) == found
    for other in ("model.fine_tuning.epochs=3", "training.clip_norm=2", "model.pooling=[max]"):
        assert EncoderLearner().settings(settings(other)) != found


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.epochs=9", "training.epochs is not read by .*; set model.fine_tuning.epochs"),
        ("batches.size=9", "batches.size is not read by .*; set model.fine_tuning.batch_size"),
        ("training.min_steps=9", "training.min_steps is not read by .*; leave it out"),
    ],
)
def test_a_setting_of_the_command_line_that_is_replaced_is_refused(override, message, settings):
    config = settings()
    config.overrides = ["model=encoder_finetuned", override]
    with pytest.raises(ConfigError, match=message):
        module.check_overrides(config)
    # In a blend, it may be meant for other members.
    config.overrides = [override, "(its member encoder_finetuned)"]
    module.check_overrides(config)
    config.overrides = ["training.clip_norm=2", "training.label_smoothing=0.1"]
    module.check_overrides(config)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["batches.word_dropout=0.1"], "batches.word_dropout is for networks of word vectors; se"),
        (["batches.max_tokens=2"], "batches.max_tokens=2 leaves no room for a text next to the 2"),
    ],
)
@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_settings_that_do_not_fit_are_refused(words, message, settings):
    with pytest.raises(ConfigError, match=message):
        make(settings(*words), "train")


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_a_run_predicts_from_its_own_folder_alone(settings, tmp_path):
    run = pipeline.train(settings("training.refit=true"))
    names = {path.name for path in (run.folder / "fold_0").iterdir()}
    assert names >= {"weights.npz", "network.json", "history.json"}
    assert len(pd.read_csv(run.folder / "submission.csv")) == 12
    expected, outputs = run.predict(TEXTS), run.outputs
    rows = Rows(run.test_rows.frame)
    alone = shutil.copytree(run.folder, tmp_path / "alone")
    shutil.rmtree(tmp_path / "outputs")
    shutil.rmtree(tmp_path / "encoder")
    found = pipeline.load(alone)
    pd.testing.assert_frame_equal(found.predict(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(found.predictor().outputs(rows), outputs, atol=1e-5)
    assert found.explain(TEXTS[0]).attrs["method"] == "leave_one_out"
    with pytest.raises(ConfigError, match="is a finetuned_encoder model, and exports are of netw"):
        export_run(found.config, run=str(alone))
    check_damages(alone)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_weights_that_do_not_fit_are_one_line(settings, tmp_path):
    path = tmp_path / "encoder" / "config.json"
    config = settings()
    path.write_text(path.read_text().replace('"num_hidden_layers": 2', '"num_hidden_layers": 1'))
    with pytest.raises(DataError, match=r"encoder.layer.1.* does not fit the sizes in .*config.js"):
        make(config, "train")


def check_damages(run):
    """A run whose tokenizer has changed is refused, in one line."""
    path = run / "inputs" / "encoder_tokenizer.json"
    path.write_text(path.read_text() + " ")
    with pytest.raises(ArtefactError, match=r"encoder_tokenizer.json: .*"):
        pipeline.load(run).predict(TEXTS)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_an_interrupted_fold_ends_with_the_same_outputs(settings, monkeypatch, tmp_path):
    few = ["folds.only=[0]"]
    expected = make(settings(*few, f"output_dir={tmp_path / 'there'}"), "predict")

    def interrupt(path, state):
        store_state(path, state)
        raise KeyboardInterrupt

    store_state = networks._store_state
    with monkeypatch.context() as patch:
        patch.setattr(networks, "_store_state", interrupt)
        with pytest.raises(KeyboardInterrupt):
            make(settings(*few), "predict")
    run = make(settings(*few), "predict")
    assert (run.folder / "oof.csv").read_bytes() == (expected.folder / "oof.csv").read_bytes()
    np.testing.assert_array_equal(run.outputs, expected.outputs)
    history = read_json(run.folder / "fold_0" / "history.json")
    assert [epoch["epoch"] for epoch in history["epochs"]] == [1, 2]
    assert history["batch_size"] == 32 > 24  # of fine-tuning, not of batches


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    "words",
    [
        [*PAIR, "competition.symmetric_pairs=true", "model.pooling=[attention,first]"],
        ["features.text_statistics=[length]", "competition.categorical_columns=[id]"],
    ],
)
def test_pairs_and_other_columns(words, settings):
    run = make(settings("folds.only=[0]", *words), "predict")
    assert np.isfinite(run.outputs).all()


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_all_layers_are_trained_the_lower_ones_less(settings, tmp_path):
    from regard.network.transformer.model import load_transformer

    words = ["model.fine_tuning.layer_decay=0.1", "model.fine_tuning.learning_rate=0.001"]
    run = make(settings("folds.only=[0]", *words), "train")
    model = EncoderLearner().load_model(run, run.folder / "fold_0")
    trained = model.network.get_layer("transformer")
    before = load_transformer(tmp_path / "encoder")

    def moved(layer, weight):
        new, old = (getattr(one.get_layer(layer), weight) for one in (trained, before))
        new, old = (getattr(part, "kernel", part) for part in (new, old))
        return np.abs(np.asarray(new) - np.asarray(old))

    upper, lower = (moved(f"layer_{index}", "outer").mean() for index in (1, 0))
    assert 0.05 * upper < lower < 0.2 * upper
    pieces = moved("embedding", "pieces").max(axis=1)
    assert 0 < pieces.max() < 0.2 * moved("layer_0", "outer").max()
    assert pieces[PIECES.index("[PAD]")] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_a_blend_with_a_linear_model(settings, tmp_path):
    words = ["+model@members.tfidf_linear=tfidf_linear", "blend.method=mean", "name=both"]
    run = pipeline.train(settings("folds.n_folds=2", *words))
    names = {name.rpartition("-")[0] for name in run.scores["blend"]["members"]}
    assert names == {"encoder_finetuned", "tfidf_linear"}
    shutil.rmtree(tmp_path / "encoder")
    assert len(run.predict(TEXTS)) == len(TEXTS)
