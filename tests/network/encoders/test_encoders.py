"""The promises that every encoder keeps."""

import functools
import pkgutil

import keras
import numpy as np
import pytest
from helpers.cases import compose_config
from helpers.layers import numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.network import encoders
from regard.network.encoders import ENCODERS

pytestmark = pytest.mark.slow  # importing Keras takes seconds

SMALL = ["model.skip_connection=false", "model.rnn.bidirectional=true", "model.cnn.filters=4"]
SMALL += ["model.hierarchical.units=3", "model.hierarchical.max_sentence_tokens=3"]
SMALL += ["model.dpcnn.filters=4", "model.dpcnn.n_blocks=2", "model.rnn.units=3"]


@functools.cache
def network(name: str, seed: int = 1) -> keras.Model:
    """An encoder alone: from vectors and a mask to the sequence and its mask."""
    config = compose_config(*SMALL, f"model.encoder={name}").model
    vectors = keras.Input((None, 2))
    mask = keras.Input((None,), dtype="bool")
    outputs = ENCODERS[name].build(vectors, mask, config.encoder_settings, seed=seed)
    return keras.Model([vectors, mask], list(outputs))


def real_timesteps(
    model: keras.Model, texts: list[np.ndarray], length: int, padding: float
) -> list[np.ndarray]:
    """The sequences of texts in a batch of a length, without their padding."""
    batch = np.full((len(texts), length, 2), padding, np.float32)
    for row, text in enumerate(texts):
        batch[row, : len(text)] = text
    mask = right_padded([len(text) for text in texts], length)
    sequence, mask = model.predict_on_batch([batch, mask])
    return [of_text[real] for of_text, real in zip(sequence, mask, strict=True)]


def test_every_module_of_the_folder_registers_an_encoder():
    modules = {module.name for module in pkgutil.iter_modules(encoders.__path__)}
    assert {encoder.build.__module__.rpartition(".")[2] for encoder in ENCODERS.values()} == modules


@pytest.mark.parametrize("name", ENCODERS)
@settings(max_examples=10, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    extra=st.integers(0, 7),
    seed=st.integers(0, 99),
)
def test_padding_changes_nothing(name, lengths, extra, seed):
    random = np.random.default_rng(seed)
    texts = [random.normal(size=(length, 2)).astype(np.float32) for length in lengths]
    together = real_timesteps(network(name), texts, max(lengths) + extra, padding=1e3)
    for text, found in zip(texts, together, strict=True):
        (alone,) = real_timesteps(network(name), [text], len(text), padding=0.0)
        np.testing.assert_allclose(found, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ENCODERS)
def test_timesteps_are_kept_or_declared_fewer(name):
    texts = [random_inputs(length, 2) for length in (1, 5, 8)]
    found = [len(text) for text in real_timesteps(network(name), texts, 8, padding=0.0)]
    assert (found == [1, 5, 8]) is ENCODERS[name].keeps_timesteps
    assert all(found)


@pytest.mark.parametrize("name", ENCODERS)
def test_the_seed_decides_the_weights(name):
    first, again, other = (network.__wrapped__(name, seed).get_weights() for seed in (1, 1, 2))
    assert all((one == two).all() for one, two in zip(first, again, strict=True))
    assert any((one != two).any() for one, two in zip(first, other, strict=True))


@pytest.mark.parametrize("name", ENCODERS)
def test_a_saved_encoder_loads(name, tmp_path):
    model = network(name)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    inputs = [random_inputs(2, 5, 2), right_padded([5, 2], 5)]
    for one, two in zip(model(inputs), again(inputs), strict=True):
        np.testing.assert_array_equal(numpy_of(one), numpy_of(two))
