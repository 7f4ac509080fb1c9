"""The promises that every sequence attention keeps."""

import pkgutil

import keras
import numpy as np
import pytest
from helpers.classifiers import ONE_TEXT, TOKEN_IDS, build, network, probabilities
from helpers.layers import numpy_of

from regard.config import NetworkConfig
from regard.errors import ConfigError
from regard.network import sequence_attention
from regard.network.attention_weights import AttentionModel, attention_weights
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS

pytestmark = pytest.mark.slow  # Keras traces a network for nearly every test

LAYERS = {
    "self_attention": ["self_attention"],
    "squeeze_excitation": ["squeeze_excitation"],
    "efficient_channel": ["efficient_channel"],
    "spatial": ["spatial"],
    "cbam": ["cbam_channel", "cbam_spatial"],
}


def chosen(*names: str) -> NetworkConfig:
    return network(f"model.sequence_attention=[{','.join(names)}]")


def test_every_module_of_the_folder_registers_an_attention():
    modules = {module.name for module in pkgutil.iter_modules(sequence_attention.__path__)}
    assert set(SEQUENCE_ATTENTIONS) == modules == set(LAYERS)


@pytest.mark.parametrize("name", SEQUENCE_ATTENTIONS)
def test_a_network_of_each(name):
    model = build(chosen(name))
    encoder = model.get_layer("encoder")
    names = [layer.name for layer in encoder.layers]
    for layer in LAYERS[name]:
        assert names.index("lstm_1_forward") < names.index(layer) < names.index("skip_connection")
    # Padding, the size of the batch and the other texts change nothing.
    alone = [probabilities(model, [text], len(text))[0] for text in ([3, 4, 5], [6])]
    together = probabilities(model, [[3, 4, 5], [6], [], [2, 3, 4, 5, 6, 7, 8, 9]], 10)
    np.testing.assert_allclose(together[:2], alone, atol=1e-5)
    assert np.isfinite(together).all()
    # The attention over tokens is there as before.
    (weights,) = attention_weights(
        AttentionModel(model), {"token_ids": np.array([[3, 4, 0]], np.int32)}
    )
    assert weights.shape == (1, 1, 3)
    assert weights.sum() == pytest.approx(1.0)


def test_a_saved_network_of_all_loads(tmp_path):
    model = build(chosen(*SEQUENCE_ATTENTIONS))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    inputs = {"token_ids": TOKEN_IDS["token_ids"]}
    np.testing.assert_array_equal(again.predict_on_batch(inputs), model.predict_on_batch(inputs))


def test_several_follow_each_other_and_their_seeds_differ():
    first, again, other = (
        build(chosen("cbam", "spatial", "self_attention"), seed=seed) for seed in (1, 1, 2)
    )
    names = [layer.name for layer in first.get_layer("encoder").layers]
    order = ["cbam_channel", "cbam_spatial", "spatial", "self_attention"]
    assert [name for name in names if name in order] == order
    kernels = [
        model.get_layer("encoder").get_layer(name).get_weights()[0].tobytes()
        for model in (first, again, other)
        for name in ("cbam_spatial", "spatial")
    ]
    assert kernels[:2] == kernels[2:4]
    assert len(set(kernels)) == 4


def test_the_default_adds_no_layer():
    names = [layer.name for layer in build(network()).get_layer("encoder").layers]
    assert not set(names) & {layer for layers in LAYERS.values() for layer in layers}


@pytest.mark.parametrize(("name", "shape"), [("cbam_channel", (2, 4)), ("cbam_spatial", (2, 3))])
def test_weights_are_read_off_a_network(name, shape):
    encoder = build(chosen("cbam"), reads=ONE_TEXT).get_layer("encoder")
    layer = encoder.get_layer(name)
    before = keras.Model(encoder.input, layer.input)
    vectors = np.ones((2, 3, 6), np.float32)
    sequence, mask = before([vectors, TOKEN_IDS["token_ids"]])
    _, weights = layer(sequence, mask=mask, return_attention_scores=True)
    assert numpy_of(weights).shape == shape


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model.sequence_attention=[cbm]"], "model.sequence_attention=cbm is not known; did you"),
        (["model.sequence_attention=[cbam,cbam]"], "model.sequence_attention names cbam twice"),
        (["model.self_attention.n_heads=0"], "model.self_attention.n_heads=0 is out of range"),
        (["model.self_attention.key_dim=0"], "model.self_attention.key_dim=0 is out of range"),
        (["model.self_attention.dropout=1.0"], "model.self_attention.dropout=1.0 is out of range"),
        (["model.squeeze_excitation.ratio=0"], "model.squeeze_excitation.ratio=0 is out of range"),
        (["model.efficient_channel.kernel_size=4"], "kernel_size=4 has no middle; give an odd"),
        (["model.spatial.kernel_size=0"], "model.spatial.kernel_size=0 is out of range"),
        (["model.cbam.ratio=0"], "model.cbam.ratio=0 is out of range"),
        (["model.cbam.kernel_size=0"], "model.cbam.kernel_size=0 is out of range"),
    ],
)
def test_settings_out_of_range_are_refused(overrides, message):
    with pytest.raises(ConfigError, match=message.replace("[", r"\[")):
        network(*overrides)


def test_only_sections_that_are_read_are_part_of_the_identity():
    assert not set(SEQUENCE_ATTENTIONS) & set(network().identity())
    assert set(SEQUENCE_ATTENTIONS) & set(chosen("cbam").identity()) == {"cbam"}
    assert chosen("cbam").identity() != network("model.cbam.ratio=3").identity()
