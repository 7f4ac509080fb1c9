import keras
import numpy as np
import pytest
from helpers.encoders import write_encoder

from regard.network.transformer.folder import read_shape
from regard.network.transformer.layers import FROZEN, Regime, TransformerLayer
from regard.network.transformer.model import (
    assign_pretrained,
    build_transformer,
    load_transformer,
)
from regard.network.weights import seed_dropout

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


IDS = np.array([[2, 7, 9, 3], [2, 5, 3, 0]], np.int32)
SEGMENTS = np.array([[1, 1, 1, 1], [1, 1, 1, 0]], np.int32)


def trainable(folder, regime):
    """The encoder of a folder, to be trained."""
    model = build_transformer(read_shape(folder), regime)
    assign_pretrained(model, folder)
    return model


def trained(folder, regime, n_steps=2):
    """The weights after some steps."""
    model = trainable(folder, regime)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    seed_dropout(model, 1)
    for _ in range(n_steps):
        model.train_on_batch([IDS, SEGMENTS], np.zeros((2, 4, 16), np.float32))
    return [np.asarray(weight) for weight in model.trainable_weights]


def test_dropout_acts_in_training_alone(folder):
    plain, dropped = trainable(folder, FROZEN), trainable(folder, Regime(0.5, 1))
    expected = np.asarray(plain([IDS, SEGMENTS]))
    np.testing.assert_array_equal(dropped([IDS, SEGMENTS]), expected)
    np.testing.assert_array_equal(plain([IDS, SEGMENTS], training=True), expected)
    first, second = (np.asarray(dropped([IDS, SEGMENTS], training=True)) for _ in range(2))
    assert np.abs(first - expected).max() > 0.01
    assert np.abs(first - second).max() > 0.01


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_values_that_are_computed_again_give_the_same_gradients(dropout, folder):
    kept = trained(folder, Regime(dropout, 1))
    again = trained(folder, Regime(dropout, 1, recomputes=True))
    for one, other in zip(kept, again, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    without = trained(folder, FROZEN)
    differs = max(np.abs(a - b).max() for a, b in zip(kept, without, strict=True)) > 1e-3
    assert differs == (dropout > 0)


def test_the_second_text_has_another_type(folder):
    model = load_transformer(folder)
    embedding = model.get_layer("embedding")
    segments = np.array([[1, 1, 2, 2]], np.int32)
    types = np.asarray(embedding.types)
    unnormalised = (
        np.asarray(embedding.pieces)[IDS[:1]]
        + np.asarray(embedding.positions)[:4]
        + types[[0, 0, 1, 1]]
    )
    expected = np.asarray(embedding.norm(unnormalised))
    np.testing.assert_allclose(embedding(IDS[:1], segments), expected, atol=1e-5)


def test_texts_beyond_the_types_have_the_last_type(folder):
    model = load_transformer(folder)
    two, three = (np.array([[1, 1, 2, last]], np.int32) for last in (2, 3))
    np.testing.assert_array_equal(model([IDS[:1], two]), model([IDS[:1], three]))


def test_the_table_of_pieces_has_a_gradient_of_its_rows_alone(folder):
    tf = pytest.importorskip("tensorflow", reason="the gradient of a row is TensorFlow's")
    model = load_transformer(folder)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model([IDS, SEGMENTS])[:, 0, :3])
    gradient = tape.gradient(loss, model.get_layer("embedding").pieces.value)
    assert isinstance(gradient, tf.IndexedSlices)
