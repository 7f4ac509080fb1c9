import keras
import numpy as np
import pytest
from helpers.layers import numpy_of

from regard.network.layers.release import Release, release_embeddings

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def test_layers_before_it_are_trained_only_after_the_release():
    inputs = keras.Input((1,))
    before = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Model(inputs, Release(2)(before(inputs)))
    model.compile(keras.optimizers.SGD(1.0), loss=lambda _, output: output)
    found = []
    for epoch in (1, 2, 3):
        release_embeddings(model, epoch)
        model.train_on_batch(np.ones((1, 1)), np.zeros((1, 1)))
        found.append(float(numpy_of(before.kernel)[0, 0]))
    assert found == [1.0, 1.0, 0.0]


def test_it_is_the_identity():
    inputs = np.array([[1.5, -2.0]], np.float32)
    layer = Release(1)
    np.testing.assert_array_equal(numpy_of(layer(inputs)), inputs)
    layer.released.assign(1.0)
    np.testing.assert_array_equal(numpy_of(layer(inputs)), inputs)
    assert Release.from_config(layer.get_config()).after_epochs == 1
