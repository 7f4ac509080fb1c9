import json
import os
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # importing Keras takes seconds

PATHS = {
    "embedding/embeddings": 0.025,
    "embedding/norm/gamma": 0.025,
    "layer_0/projection/kernel": 0.05,
    "layer_0/norm_1/beta": 0.05,
    "layer_1/outer/bias": 0.1,
    "attention/kernel": 1.0,
    "probabilities/kernel": 1.0,
}
SCRIPT = """
import json
import keras
from regard.network.layer_rates import LayerRates, set_layer_rates
from regard.network.optimizers import OPTIMIZERS

class Named(keras.layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(2,), initializer="ones", name="kernel")
        self.bias = self.add_weight(shape=(2,), initializer="ones", name="bias")

layers = [Named(name=name) for name in ("layer_0", "layer_1", "probabilities")]
for layer in layers:
    layer.build(None)
variables = [variable for layer in layers for variable in (layer.kernel, layer.bias)]
optimizer = OPTIMIZERS[{name!r}](0.1, weight_decay=None)
rates = LayerRates(0.5, 0.4, 2)
set_layer_rates(optimizer, rates, weight_decay=0.5, not_decayed=["bias"])
optimizer.build(variables)
gradients = [keras.ops.ones(2) * 3.0 for _ in variables]
optimizer.apply(gradients, variables)
print(json.dumps([float(keras.ops.convert_to_numpy(variable)[0]) for variable in variables]))
"""


def moved(name, backend):
    """The first number of kernel and bias of each layer, after a step from 1."""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    command = [sys.executable, "-c", SCRIPT.format(name=name)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("path", "share"), PATHS.items())
def test_lower_layers_have_lower_rates(path, share):
    from regard.network.layer_rates import LayerRates

    assert LayerRates(0.1, 0.5, 2).of(path) == pytest.approx(share)


@pytest.mark.parametrize(
    ("name", "backend"),
    [("lazy_adam", "tensorflow"), ("sgd", "tensorflow"), ("lazy_adam", "jax"), ("adamw", "jax")],
)
def test_a_step_moves_and_decays_each_layer_at_its_rate(name, backend):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    size = 3.0 if name == "sgd" else 1.0  # the first step of Adam has the size of the rate
    rates = np.array([0.1 * 0.5 * 0.4, 0.1 * 0.5, 0.1])
    kernels = 1 - rates * 0.5 - rates * size
    biases = 1 - rates * size
    expected = np.stack([kernels, biases], axis=1).ravel()
    np.testing.assert_allclose(moved(name, backend), expected, atol=1e-4)


def test_a_pretrained_encoder_has_no_weight_decay_of_keras():
    from helpers.cases import compose_config

    from regard.network.layer_rates import LayerRates
    from regard.network.optimizers import build_optimizer

    training = compose_config("training.weight_decay=0.1").training
    optimizer = build_optimizer(training, n_steps=10, rates=LayerRates(0.1, 0.9, 2))
    assert optimizer.weight_decay is None
    assert build_optimizer(training, n_steps=10).weight_decay == pytest.approx(0.1)
