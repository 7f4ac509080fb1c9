import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.config import CnnConfig, DpcnnConfig
from regard.network.layers.convolutional import deep_pyramid, text_cnn

pytestmark = pytest.mark.slow  # they import Keras


def network(encode, config) -> keras.Model:
    vectors, mask = keras.Input((None, 2)), keras.Input((None,), dtype="bool")
    found = encode(vectors, mask, config, seed=1)
    return keras.Model([vectors, mask], list(found) if isinstance(found, tuple) else [found, mask])


@pytest.fixture(scope="module")
def networks() -> dict[str, keras.Model]:
    return {
        "cnn": network(text_cnn, CnnConfig([2, 3, 5], 4)),
        "dpcnn": network(deep_pyramid, DpcnnConfig(4, 2)),
    }


def padded(texts: list[np.ndarray], length: int, padding: float) -> tuple[np.ndarray, np.ndarray]:
    """Texts as a batch, with anything at the padding."""
    batch = np.full((len(texts), length, 2), padding, np.float32)
    mask = np.arange(length) < np.array([len(text) for text in texts])[:, None]
    for row, text in enumerate(texts):
        batch[row, : len(text)] = text
    return batch, mask


def real_outputs(
    model: keras.Model, texts: list[np.ndarray], length: int, padding: float
) -> list[np.ndarray]:
    """The outputs at each text's own timesteps."""
    sequence, mask = model.predict_on_batch(list(padded(texts, length, padding)))
    return [of_text[real] for of_text, real in zip(sequence, mask, strict=True)]


def test_a_filter_sees_its_tokens_and_zeros_beyond_the_ends_of_a_text():
    model = network(text_cnn, CnnConfig([3], 1))
    # before, at, after
    kernel = np.array([[[1.0], [0.0]], [[10.0], [0.0]], [[100.0], [0.0]]], np.float32)
    model.get_layer("convolution_3").set_weights([kernel, np.zeros(1, np.float32)])
    text = np.array([[1.0, 9.0], [2.0, 9.0], [3.0, 9.0]], np.float32)
    (found,) = real_outputs(model, [text], 5, padding=7.0)
    assert found[:, 0].tolist() == [10.0 + 200.0, 1.0 + 20.0 + 300.0, 2.0 + 30.0]


def test_a_pyramid_halves_the_timesteps_rounded_up(networks):
    texts = [np.ones((length, 2), np.float32) for length in (1, 2, 4, 5, 8)]
    assert [len(found) for found in real_outputs(networks["dpcnn"], texts, 8, 0.0)] == [
        1,
        1,
        1,
        2,
        2,
    ]


@pytest.mark.parametrize("name", ["cnn", "dpcnn"])
@settings(max_examples=15, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    more=st.integers(0, 7),
    seed=st.integers(0, 99),
)
def test_padding_changes_nothing(networks, name, lengths, more, seed):
    random = np.random.default_rng(seed)
    texts = [random.normal(size=(length, 2)).astype(np.float32) for length in lengths]
    together = real_outputs(networks[name], texts, max(lengths) + more, padding=1e3)
    for text, found in zip(texts, together, strict=True):
        (alone,) = real_outputs(networks[name], [text], len(text), padding=0.0)
        np.testing.assert_allclose(found, alone, rtol=1e-4, atol=1e-5)
