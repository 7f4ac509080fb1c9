import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from helpers.cases import compose_config
from helpers.encoders import write_encoder
from helpers.report_cases import CASES

from regard.network.fold_inputs import FoldInputs
from regard.network.transformer.encoding import TextEncoder
from regard.network.transformer.folder import read_shape
from regard.network.transformer.model import assign_pretrained
from regard.network.transformer.network import build_encoder_network
from regard.tasks import MultiClass, Task

pytestmark = pytest.mark.slow  # importing Keras takes seconds

ONE_TEXT = FoldInputs()
TEXTS = ["a ship", "the salt of the harbour is on the wave"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_encoder(tmp_path_factory.mktemp("encoder"))


def build(folder, *words, task: Task | None = None, reads=ONE_TEXT):
    config = compose_config("model=encoder_finetuned", *words).model
    network = build_encoder_network(
        config,
        read_shape(folder),
        task or MultiClass(("a", "b", "c")),
        reads,
        max_tokens=20,
        seed=1,
    )
    assign_pretrained(network.get_layer("transformer"), folder)
    return network


def padded(encoder):
    ids = encoder.token_ids(TEXTS, 40)
    segments = np.array([[place < len(one) for place in range(12)] for one in ids], np.int32)
    token_ids = np.zeros((2, 12), np.int32)
    token_ids[segments > 0] = np.concatenate(ids)
    return {"token_ids": token_ids, "segments": segments}


@pytest.mark.parametrize(
    ("pooling", "frozen"), [("mean", "mean"), ("first", "cls"), ("max", "max")]
)
def test_pooled_states_are_those_of_the_frozen_encoder(pooling, frozen, folder):
    encoder = TextEncoder(folder)
    network = build(folder, f"model.pooling=[{pooling}]")
    features = keras.Model(network.inputs, network.get_layer(f"{pooling}_pooling").output)
    found = np.asarray(features.predict_on_batch(padded(encoder)))
    np.testing.assert_allclose(found, encoder.encode(TEXTS, [frozen], 40), atol=2e-5)


def test_padding_changes_no_output(folder):
    network = build(folder, "model.pooling=[attention,first]")
    inputs = padded(TextEncoder(folder))
    longer = {name: np.pad(cells, ((0, 0), (0, 5))) for name, cells in inputs.items()}
    longer["token_ids"][:, 12:] = 9  # no mask could be found by the ids
    found = network.predict_on_batch(longer)
    np.testing.assert_allclose(found, network.predict_on_batch(inputs), atol=1e-5)


@pytest.mark.parametrize("kind", CASES)
def test_outputs_are_those_of_the_task(kind, folder):
    task = CASES[kind][0]
    scale = [2.0] * task.n_outputs if task.has_units else []
    reads = FoldInputs(label_means=scale, label_stds=scale)
    network = build(folder, task=task, reads=reads)
    outputs = np.asarray(network.predict_on_batch(padded(TextEncoder(folder))))
    assert outputs.shape == (2, task.n_outputs)
    assert np.isfinite(outputs).all()
    assert task.has_units or ((outputs > 0) & (outputs < 1)).all()


def test_numbers_and_categories_are_read(folder):
    reads = FoldInputs(number_means=[1.0], number_stds=[2.0], n_values=(3,))
    network = build(folder, reads=reads)
    inputs = padded(TextEncoder(folder))
    inputs |= {"numbers": np.array([[1.0], [5.0]]), "categories": np.array([[0], [2]], np.int32)}
    before = np.asarray(network.predict_on_batch(inputs))
    inputs["numbers"] = np.array([[1.0], [9.0]])
    after = np.asarray(network.predict_on_batch(inputs))
    assert np.abs(after - before).max(axis=1)[0] < 1e-6 < np.abs(after - before).max(axis=1)[1]


SCRIPT = """
import json, sys
from pathlib import Path
import keras, numpy as np
from helpers.cases import compose_config
from regard.network.fold_inputs import FoldInputs
from regard.network.optimizers import build_optimizer
from regard.network.layer_rates import LayerRates
from regard.network.transformer.folder import read_shape
from regard.network.transformer.model import assign_pretrained
from regard.network.transformer.network import build_encoder_network
from regard.tasks import MultiClass

folder = Path(sys.argv[1])
words = ["model=encoder_finetuned", "model.fine_tuning.dropout=0", "model.head.dropout=0"]
config = compose_config(*words, "model.fine_tuning.recompute=" + sys.argv[2])
task = MultiClass(("a", "b", "c"))
reads = FoldInputs()
network = build_encoder_network(
    config.model, read_shape(folder), task, reads, max_tokens=20, seed=1
)
assign_pretrained(network.get_layer("transformer"), folder)
# The initial weights of the head are those of the backend.
network.layers[-1].set_weights([np.linspace(-1, 1, 48).reshape(16, 3), np.zeros(3)])
rates = LayerRates(0.1, 0.5, 2)
optimizer = build_optimizer(config.training, n_steps=9, rates=rates)
network.compile(optimizer, "categorical_crossentropy")
inputs = {
    "token_ids": np.array([[2, 7, 9, 3], [2, 5, 3, 0]], np.int32),
    "segments": np.array([[1, 1, 2, 2], [1, 1, 1, 0]], np.int32),
}
labels = np.eye(3, dtype="float32")[:2]
losses = [float(network.train_on_batch(inputs, labels)) for _ in range(3)]
print(json.dumps([losses, np.asarray(network.predict_on_batch(inputs)).tolist()]))
"""


def after_steps(folder, backend, recompute):
    """The losses of three steps, and the outputs after them."""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)  # also the helpers of tests
    command = [sys.executable, "-c", SCRIPT, str(folder), recompute]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    losses, outputs = json.loads(done.stdout.splitlines()[-1])
    return np.array(losses), np.array(outputs)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_backends_train_alike(backend, folder):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    losses, outputs = after_steps(folder, "tensorflow", "false")
    assert losses[2] < losses[0]
    for recompute in ("false", "true"):
        found = after_steps(folder, backend, recompute)
        np.testing.assert_allclose(found[0], losses, atol=2e-4)
        np.testing.assert_allclose(found[1], outputs, atol=2e-3)
