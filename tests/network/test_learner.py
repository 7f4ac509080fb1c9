import dataclasses
import importlib.util
import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from regard.artefacts import read_array, read_fold_state, read_json
from regard.data.rows import Rows
from regard.errors import ConfigError
from regard.network import learner as module
from regard.network.learner import NetworkLearner
from regard.pipeline import make
from regard.pipeline.runner import Session, plan_run


@pytest.fixture
def network(tiny, in_this_process):
    """Return settings of the tiny competition with a small network and its own vectors."""
    return lambda *overrides: tiny("embeddings=word2vec", "training.epochs=2", *overrides)


def test_workers_import_the_module_that_trains():
    assert importlib.util.find_spec(NetworkLearner.preload)


def test_adversarial_training_needs_tensorflow(tiny, monkeypatch):
    config = tiny("training.adversarial_epsilon=1", "model.trainable_embeddings=true")
    run = plan_run(config, Session())
    NetworkLearner().check(run)
    monkeypatch.setattr(module, "keras_backend", lambda: "jax")
    with pytest.raises(ConfigError, match=r"adversarial_epsilon needs TensorFlow, .*=jax; set it"):
        NetworkLearner().check(run)


def test_settings_of_a_network_are_json_values(tiny):
    settings = NetworkLearner().settings(tiny())
    assert json.loads(json.dumps(settings)) == settings


@pytest.mark.slow
def test_importing_the_learner_imports_no_keras():
    code = "import sys, regard.pipeline.learners; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_fold_is_trained_and_predicts(network):
    run = make(network(), "predict")
    folder = run.folder / "fold_0"
    held_out = read_array(folder / "oof_outputs.npy")
    assert held_out.shape == ((run.folds == 0).sum(), 3)
    assert held_out.dtype == np.float32
    history = read_json(folder / "history.json")
    assert history["batch_size"] == 8
    assert len(history["epochs"]) == 2
    assert not (folder / "state.npz").exists()


@pytest.mark.slow
def test_a_hierarchical_network_knows_the_ends_of_sentences(network):
    small = ["model.hierarchical.units=3", "model.sequence_attention=[self_attention]"]
    run = make(network("model=hierarchical_attention", *small, "training.epochs=1"), "train")
    stored = read_json(run.fold_folders[0] / "network.json")["reads"]["sentence_ends"]
    assert [run.vocabulary[index] for index in stored] == [
        token for token in run.vocabulary if token in {".", "!", "?"}
    ]
    rows = run.test_rows.take(np.array([1, 5]))
    (weights,) = run.predictor().attention(rows)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_folds_predict_the_same_alone_and_together(network):
    run = make(network(), "train")
    rows = run.test_rows.take(np.array([1, 5]))
    together = run.predictor().by_model(rows)
    alone = [NetworkLearner().load_model(run, folder) for folder in run.fold_folders]
    for outputs, model in zip(together, alone, strict=True):
        np.testing.assert_array_equal(outputs, model.predict(rows))
    assert not np.array_equal(together[0], together[1])
    weights = [model.attention(rows)[0] for model in alone]
    mean = run.predictor().attention(rows)[0]
    np.testing.assert_allclose(mean, np.mean(weights, axis=0), atol=1e-6)


@pytest.mark.slow
def test_loaded_model_predicts_the_rows_that_it_held_out(network):
    run = make(network(), "train")
    for fold, folder in enumerate(run.fold_folders):
        held_out = Rows(run.table("train")).take(np.flatnonzero(run.folds == fold))
        outputs = NetworkLearner().load_model(run, folder).predict(held_out)
        expected = read_array(folder / "oof_outputs.npy")
        np.testing.assert_allclose(outputs, expected, atol=1e-6)


@pytest.mark.slow
def test_model_of_all_rows_trains_for_the_epochs_of_the_folds(network):
    run = make(network("training.refit=true", "predict.models=refit"), "predict")
    folder = run.folder / "refit"
    n_epochs = max(1, round(np.mean(run.scores["best_epochs"])))
    epochs = read_json(folder / "history.json")["epochs"]
    assert [epoch["epoch"] for epoch in epochs] == list(range(1, n_epochs + 1))
    names = {path.name for path in folder.iterdir()}
    assert {"manifest.json", "weights.npz", "network.json"} <= names
    assert "state.npz" not in names
    model = NetworkLearner().load_model(run, folder)
    np.testing.assert_array_equal(model.predict(run.test_rows), run.outputs)
    folds = run.predictor("folds").outputs(run.test_rows)
    assert not np.array_equal(run.outputs, folds)
    both = run.predictor("both").by_model(run.test_rows)
    np.testing.assert_array_equal(both[-1], run.outputs)
    assert len(both) == 3


@pytest.mark.slow
def test_interrupted_model_of_all_rows_continues_from_its_last_epoch(network, monkeypatch):
    settings = ["training.refit=true", "training.epochs=3", "training.patience=9"]
    monkeypatch.setattr(module, "_mean_epochs", lambda run, n_planned, config: 3)
    expected = make(network("name=whole", *settings), "refit")

    def interrupt(path, state):
        store_state(path, state)
        if len(state.history) == 2:
            raise KeyboardInterrupt

    make(network(*settings), "train")
    store_state = module._store_state
    with monkeypatch.context() as patch:
        patch.setattr(module, "_store_state", interrupt)
        with pytest.raises(KeyboardInterrupt):
            make(network(*settings), "refit")
    run = plan_run(network(*settings), Session())
    assert not (run.folder / "refit").exists()
    state = read_fold_state(run.folder / ".refit.unfinished" / "state.npz")
    assert [epoch["epoch"] for epoch in state["history"]] == [1, 2]
    run = make(network(*settings), "refit")
    assert not (run.folder / ".refit.unfinished").exists()
    name = "refit/weights.npz"
    with np.load(run.folder / name) as found, np.load(expected.folder / name) as whole:
        assert found.files == whole.files
        for array in whole.files:
            np.testing.assert_array_equal(found[array], whole[array])


@pytest.mark.parametrize(
    ("best_epochs", "n_epochs", "planned", "expected"),
    [
        ([2, 4], [4, 4], 4, 3),
        ([1, 1], [3, 3], 4, 1),
        # Few rows: the folds had 11 epochs instead of 4, all rows have 6 at most.
        ([10, 8], [11, 11], 6, 5),
        ([1, 1], [11, 11], 1, 1),
    ],
)
def test_epochs_of_the_model_of_all_rows(best_epochs, n_epochs, planned, expected, tiny):
    config = tiny("training.epochs=4")
    run = SimpleNamespace(
        config=config,
        scores={"best_epochs": best_epochs},
        histories=[{"epochs": [{}] * n} for n in n_epochs],
    )
    training = dataclasses.replace(config.training, epochs=planned)
    settings = dataclasses.replace(config, training=training)
    assert module._mean_epochs(run, 4, settings) == expected


@pytest.mark.slow
def test_interrupted_fold_continues_from_its_last_epoch(network, monkeypatch, tmp_path):
    # Elsewhere, as runs of the same models share their folds.
    expected = make(network(f"output_dir={tmp_path / 'there'}"), "predict")

    def interrupt(path, state):
        store_state(path, state)
        raise KeyboardInterrupt

    store_state = module._store_state
    with monkeypatch.context() as patch:
        patch.setattr(module, "_store_state", interrupt)
        with pytest.raises(KeyboardInterrupt):
            make(network(), "predict")
    run = plan_run(network(), Session())
    state = read_fold_state(run.unfinished_folder / ".fold_0.unfinished" / "state.npz")
    assert [epoch["epoch"] for epoch in state["history"]] == [1]
    run = make(network(), "predict")
    assert (run.folder / "oof.csv").read_bytes() == (expected.folder / "oof.csv").read_bytes()
    np.testing.assert_array_equal(run.outputs, expected.outputs)


@pytest.mark.slow
def test_few_rows_are_trained_on_for_more_epochs(tiny, in_this_process, caplog):
    few = ["embeddings=word2vec", "training.epochs=4", "batches.size=16", "training.min_steps=32"]
    with caplog.at_level("INFO"):
        run = make(tiny(*few, "training.patience=4"), "train")
    note = (
        "few rows: 11 epochs in batches of 10 instead of 4 of 16, by training.min_steps=32; set it "
        "to 0 to keep them"
    )
    assert caplog.messages.count(f"train: {note}") == 1  # the two folds have 24 rows each
    assert [history["batch_size"] for history in run.histories] == [10, 10]
    assert max(len(history["epochs"]) for history in run.histories) > 4
