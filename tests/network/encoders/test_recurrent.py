import dataclasses
import logging

import keras
import numpy as np
import pytest
from helpers.layers import numpy_of, random_inputs
from keras import ops

from regard.errors import ConfigError
from regard.network.encoders.recurrent import CELLS, Cell, RnnConfig, build

pytestmark = pytest.mark.slow  # importing Keras takes seconds

CONFIG = RnnConfig(
    cell="lstm", n_layers=1, units=3, bidirectional=True, dropout=0.0, recurrent_dropout=0.0
)
TOKEN_IDS = np.array([[3, 1, 4, 1], [2, 7, 0, 0], [5, 0, 0, 0]], np.int32)
REAL = TOKEN_IDS != 0


def network(config: RnnConfig, *, seed: int = 1, mask_zero: bool = False) -> keras.Model:
    """Token ids -> fixed vectors, whose padding is far from zero -> recurrent layers."""
    token_ids = keras.Input((None,), dtype="int32")
    embedding = keras.layers.Embedding(8, 2, mask_zero=mask_zero, name="embedding")
    outputs, _ = build(embedding(token_ids), ops.not_equal(token_ids, 0), config, seed=seed)
    vectors = random_inputs(8, 2)
    vectors[0] = 10.0
    embedding.set_weights([vectors])
    return keras.Model(token_ids, outputs)


def recurrent_layers(model: keras.Model) -> list[str]:
    return [layer.name for layer in model.layers if isinstance(layer, keras.layers.RNN)]


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_equals_the_masked_bidirectional_layer_on_real_tokens(cell):
    config = dataclasses.replace(CONFIG, cell=cell)
    ours = network(config)
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    theirs = keras.layers.Bidirectional(kind(config.units, return_sequences=True))
    vectors = ours.get_layer("embedding")(TOKEN_IDS)
    theirs.build(vectors.shape)
    theirs.set_weights(
        ours.get_layer(f"{cell}_1_forward").get_weights()
        + ours.get_layer(f"{cell}_1_backward").get_weights()
    )
    expected = theirs(vectors, mask=ops.convert_to_tensor(REAL))
    np.testing.assert_allclose(numpy_of(ours(TOKEN_IDS))[REAL], numpy_of(expected)[REAL], atol=1e-5)


@pytest.mark.parametrize("config", [CONFIG, dataclasses.replace(CONFIG, cell="gru", n_layers=2)])
def test_padding_does_not_matter(config):
    model = network(config)
    together = numpy_of(model(np.pad(TOKEN_IDS, [(0, 0), (0, 3)])))
    for row, token_ids in zip(together, TOKEN_IDS, strict=True):
        alone = token_ids[token_ids != 0]
        np.testing.assert_allclose(row[: len(alone)], numpy_of(model(alone[None]))[0], atol=1e-6)


def test_no_keras_mask_reaches_the_layers():
    plain, masked = (network(CONFIG, mask_zero=mask_zero) for mask_zero in (False, True))
    # A masked layer would repeat its last state at padding.
    np.testing.assert_array_equal(numpy_of(plain(TOKEN_IDS)), numpy_of(masked(TOKEN_IDS)))
    assert getattr(masked.output, "_keras_mask", None) is None


@pytest.mark.parametrize(
    ("changes", "names", "features"),
    [
        ({}, ["lstm_1_forward", "lstm_1_backward"], 6),
        ({"bidirectional": False, "cell": "gru"}, ["gru_1_forward"], 3),
        (
            {"n_layers": 2},
            ["lstm_1_forward", "lstm_1_backward", "lstm_2_forward", "lstm_2_backward"],
            6,
        ),
        (
            {"n_layers": 3, "cell": "lstm_gru", "bidirectional": False},
            ["lstm_1_forward", "gru_2_forward", "gru_3_forward"],
            3,
        ),
    ],
)
def test_layers_are_named_and_stacked(changes, names, features):
    model = network(dataclasses.replace(CONFIG, **changes))
    assert sorted(recurrent_layers(model)) == sorted(names)
    assert model.output_shape == (None, None, features)


def test_without_layers_the_vectors_come_back():
    vectors = keras.Input((None, 2))
    mask = keras.Input((None,), dtype="bool")
    sequence, same = build(vectors, mask, dataclasses.replace(CONFIG, n_layers=0), seed=1)
    assert sequence is vectors
    assert same is mask


def test_settings_reach_the_layers():
    config = dataclasses.replace(
        CONFIG, units=5, dropout=0.2, recurrent_dropout=0.1, bidirectional=False
    )
    layer = network(config).get_layer("lstm_1_forward")
    assert (layer.units, layer.dropout, layer.recurrent_dropout) == (5, 0.2, 0.1)


def test_a_cell_from_outside_is_stacked(monkeypatch):
    monkeypatch.setitem(CELLS, "simple", Cell(lambda number: keras.layers.SimpleRNN))
    model = network(dataclasses.replace(CONFIG, cell="simple"))
    assert sorted(recurrent_layers(model)) == ["simplernn_1_backward", "simplernn_1_forward"]


def test_the_seed_decides_weights_and_dropout():
    config = dataclasses.replace(CONFIG, dropout=0.5)
    first, again, other = (network(config, seed=seed) for seed in (1, 1, 2))
    for one, two in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    kernels = [
        model.get_layer(name).get_weights()[0]
        for model in (first, other)
        for name in ("lstm_1_forward", "lstm_1_backward")
    ]
    assert len({kernel.tobytes() for kernel in kernels}) == 4
    trained = [numpy_of(model(TOKEN_IDS, training=True)) for model in (first, again)]
    np.testing.assert_array_equal(trained[0], trained[1])
    assert (trained[0] != numpy_of(first(TOKEN_IDS))).any()


def test_recurrent_dropout_is_warned_about_once(caplog):
    with caplog.at_level(logging.WARNING, logger="regard"):
        network(CONFIG)
        assert not caplog.records
        network(dataclasses.replace(CONFIG, n_layers=2, recurrent_dropout=0.1))
    (message,) = caplog.messages
    assert "model.rnn.recurrent_dropout=0.1" in message
    assert "cuDNN" in message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": "lstn"}, r"model\.rnn\.cell=lstn is not known; did you mean 'lstm'"),
        ({"n_layers": -1}, r"model\.rnn\.n_layers=-1 is out of range"),
        ({"units": 0}, r"model\.rnn\.units=0 is out of range"),
        ({"dropout": 1.0}, r"model\.rnn\.dropout=1\.0 is out of range"),
        ({"cell": "lstm_gru"}, r"but model\.rnn\.n_layers=1; give 2 or more"),
    ],
)
def test_settings_out_of_range_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(CONFIG, **changes)
