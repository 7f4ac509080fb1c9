import keras
import numpy as np
import pytest
from helpers.encoders import write_encoder

from regard.network.transformer.folder import read_shape
from regard.network.transformer.layers import TransformerLayer
from regard.network.transformer.model import load_transformer

pytestmark = pytest.mark.slow  # importing Keras takes seconds


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_encoder(tmp_path_factory.mktemp("encoder"))


def test_a_text_of_padding_alone_is_finite(folder):
    layer = load_transformer(folder).get_layer("layer_0")
    found = layer(np.ones((1, 3, 16), np.float32), np.zeros((1, 3), bool))
    assert np.isfinite(np.asarray(found)).all()


def test_a_new_layer_draws_no_random_numbers(folder):
    layer = TransformerLayer(read_shape(folder))
    layer.build((None, None, 16))
    assert all(not np.asarray(kernel).any() for kernel in layer.weights if kernel.name == "kernel")


def test_an_encoder_can_be_trained(folder):
    model = load_transformer(folder)
    before = [np.asarray(weight) for weight in model.trainable_weights]
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    ids, segments = np.array([[2, 7, 3]], np.int32), np.ones((1, 3), np.int32)
    model.train_on_batch([ids, segments], np.zeros((1, 3, 16), np.float32))
    moved = [
        np.abs(np.asarray(weight) - old).max() > 0
        for weight, old in zip(model.trainable_weights, before, strict=True)
    ]
    # Softmax does not depend on the keys' bias; every tensor has other numbers as well.
    assert all(moved)
