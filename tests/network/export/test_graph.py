import keras
import numpy as np
import pytest
from helpers.classifiers import NUMBERS, PAIR, TOKEN_IDS
from helpers.exports import networks, texts

from regard.network.export.graph import GraphOptions, ReadInputs, joined_model

pytestmark = pytest.mark.slow

TWO = {"token_ids": texts([5, 6, 7]), "token_ids_2": texts([8])}


def read(inputs, max_tokens=12, *, paired=False, symmetric=False, truncate="head"):
    layer = ReadInputs(max_tokens, paired=paired, symmetric=symmetric, truncate=truncate)
    found = layer(inputs)
    return {name: np.asarray(value).tolist() for name, value in found.items()}


def test_texts_are_cut():
    assert read(TWO, 2) == {"token_ids": [[5, 6]], "token_ids_2": [[8]]}


def test_the_end_of_long_texts_is_kept():
    ids = np.array([[2, 3, 4, 5, 6, 0], [7, 8, 0, 0, 0, 0]], np.int32)
    for truncate, expected in (
        ("tail", [[3, 4, 5, 6], [7, 8, 0, 0]]),
        ("both", [[2, 3, 5, 6], [7, 8, 0, 0]]),
    ):
        assert read({"token_ids": ids}, 4, truncate=truncate) == {"token_ids": expected}
        assert read({"token_ids": ids[1:, :2]}, 4, truncate=truncate) == {"token_ids": [[7, 8]]}


def test_both_texts_of_a_pair_get_one_length():
    assert read(TWO, paired=True) == {"token_ids": [[5, 6, 7]], "token_ids_2": [[8, 0, 0]]}
    assert read(TWO, 2, paired=True) == {"token_ids": [[5, 6]], "token_ids_2": [[8, 0]]}


def test_a_symmetric_pair_is_read_in_both_orders():
    numbers = np.array([[1.5]], np.float32)
    assert read({**TWO, "numbers": numbers}, paired=True, symmetric=True) == {
        "token_ids": [[5, 6, 7], [8, 0, 0]],
        "token_ids_2": [[8, 0, 0], [5, 6, 7]],
        "numbers": [[1.5], [1.5]],
    }


def test_outputs_are_the_mean_of_the_networks():
    models = networks("model=bag_of_vectors", n=3)
    inputs = {"token_ids": TOKEN_IDS["token_ids"]}
    found = joined_model(models, GraphOptions(12)).predict_on_batch(inputs)
    expected = np.mean([model.predict_on_batch(inputs) for model in models], axis=0)
    np.testing.assert_allclose(found["outputs"], expected, atol=1e-6)
    np.testing.assert_allclose(found["attention"].sum(axis=1), 1.0, atol=1e-6)


def test_a_symmetric_pair_is_the_mean_of_both_orders():
    models = networks("model=bag_of_vectors", reads=PAIR)
    swapped = {"token_ids": TOKEN_IDS["token_ids_2"], "token_ids_2": TOKEN_IDS["token_ids"]}
    joined = joined_model(models, GraphOptions(12, symmetric=True))
    found = joined.predict_on_batch(TOKEN_IDS)
    orders = [model.predict_on_batch(pair) for model in models for pair in (TOKEN_IDS, swapped)]
    np.testing.assert_allclose(found["outputs"], np.mean(orders, axis=0), atol=1e-6)
    other = joined.predict_on_batch(swapped)
    np.testing.assert_allclose(other["outputs"], found["outputs"], atol=1e-6)
    np.testing.assert_allclose(other["attention"], found["attention_2"], atol=1e-6)


def test_probabilities_are_corrected_for_another_share_of_positives():
    models = networks("model=bag_of_vectors")
    inputs = {"token_ids": TOKEN_IDS["token_ids"]}
    joined = joined_model(models, GraphOptions(12, shift=(1.6, 0.4)))
    outputs = np.stack([model.predict_on_batch(inputs) for model in models])
    expected = (0.4 * outputs / (0.4 * outputs + 1.6 * (1 - outputs))).mean(axis=0)
    np.testing.assert_allclose(joined.predict_on_batch(inputs)["outputs"], expected, atol=1e-6)


def test_numbers_stay_within_their_range():
    models = networks("model=bag_of_vectors", n=1)
    options = GraphOptions(12, lowest=[0.3, 0.0, 0.0], highest=[1.0, 0.2, 1.0])
    inputs = {"token_ids": TOKEN_IDS["token_ids"]}
    joined = joined_model(models, options)
    expected = np.clip(models[0].predict_on_batch(inputs), [0.3, 0.0, 0.0], [1.0, 0.2, 1.0])
    np.testing.assert_allclose(joined.predict_on_batch(inputs)["outputs"], expected, atol=1e-6)


def test_numbers_and_categories_are_read():
    joined = joined_model(networks("model=text_cnn", reads=NUMBERS), GraphOptions(12))
    assert {name: tensor.dtype for name, tensor in joined.input.items()} == {
        "token_ids": "int32",
        "numbers": "float32",
        "categories": "int32",
    }
    assert isinstance(joined, keras.Model)
