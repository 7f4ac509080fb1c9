import keras
import numpy as np
import pytest

from regard.network.export.loops import LoopGRU, exportable, is_recurrent

pytestmark = pytest.mark.slow

SEQUENCE = np.random.default_rng(0).normal(size=(3, 5, 4)).astype(np.float32)


def built(kind, **options):
    layer = kind(6, return_sequences=True, bias_initializer="glorot_uniform", **options)
    layer.build(SEQUENCE.shape)
    return layer


def run(layer, **options):
    return keras.ops.convert_to_numpy(layer(SEQUENCE, **options))


@pytest.mark.parametrize("kind", [keras.layers.LSTM, keras.layers.GRU])
def test_an_exportable_layer_computes_the_same(kind):
    layer = built(kind, dropout=0.3, recurrent_dropout=0.2)
    np.testing.assert_allclose(run(exportable(layer)), run(layer), atol=1e-6)


def test_a_usual_gru_becomes_a_loop():
    assert isinstance(exportable(built(keras.layers.GRU)), LoopGRU)
    for options in (
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"reset_after": False},
        {"go_backwards": True},
    ):
        layer = built(keras.layers.GRU, **options)
        assert isinstance(exportable(layer), keras.layers.GRU)
        np.testing.assert_allclose(run(exportable(layer)), run(layer), atol=1e-6)


def test_a_mask_is_kept():
    layer = built(keras.layers.GRU)
    mask = np.array([[True] * 5, [True] * 2 + [False] * 3, [True] + [False] * 4])
    np.testing.assert_allclose(run(exportable(layer), mask=mask), run(layer, mask=mask), atol=1e-6)


def test_a_layer_that_inherits_is_left_alone():
    class Own(keras.layers.GRU):
        pass

    assert is_recurrent(keras.layers.GRU(2))
    assert not is_recurrent(Own(2))
    assert not is_recurrent(keras.layers.Dense(2))
