import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest

from regard.artefacts import read_array, read_fold_state, read_json
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
    attention = read_array(run.folders["predict"] / "attention_weights_1.npy")
    assert len(attention) == 3
    np.testing.assert_allclose(attention.sum(axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_folds_predict_the_same_alone_and_together(network):
    run = make(network(), "train")
    rows = np.array([1, 5])
    learner = NetworkLearner()
    together = learner.predict_folds(run, [0, 1], rows, progress=None)
    alone = [learner.predict_folds(run, [fold], rows, progress=None)[0] for fold in (0, 1)]
    for (outputs, weights), (own_outputs, own_weights) in zip(together, alone, strict=True):
        np.testing.assert_array_equal(outputs, own_outputs)
        np.testing.assert_array_equal(weights[0], own_weights[0])
    assert not np.array_equal(together[0][0], together[1][0])


@pytest.mark.slow
def test_interrupted_fold_continues_from_its_last_epoch(network, monkeypatch):
    expected = make(network("name=whole"), "predict")

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
