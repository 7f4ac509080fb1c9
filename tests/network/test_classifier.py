import dataclasses

import keras
import numpy as np
import pytest
from helpers.cases import compose_config
from helpers.classifiers import (
    CLASSES,
    NUMBERS,
    ONE_TEXT,
    PAIR,
    TOKEN_IDS,
    TWO_TEXTS,
    build,
    network,
    probabilities,
)
from helpers.layers import numpy_of
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.config import NetworkConfig, page_options
from regard.network.attention_weights import AttentionModel, attention_weights
from regard.network.classifier import build_model
from regard.network.fold_inputs import FoldInputs
from regard.network.weights import leaf_layers
from regard.tasks import Binary, MultiLabel, Regression

pytestmark = pytest.mark.slow  # Keras traces a network for nearly every test

LABELS = MultiLabel(tuple("abcdef"))
BINARY = Binary(("spam",))
SMALL = ["model.cnn.filters=4", "model.dpcnn.filters=4"]
PAGES = [
    page
    for page in page_options()["model"]
    if isinstance(compose_config(f"model={page}").model, NetworkConfig)
]


def n_trainable_parameters(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def test_the_network_of_the_toxic_kernels_has_its_number_of_parameters():
    config = compose_config("experiment=seed_toxic")
    matrix = np.zeros((100_000, 300), np.float32)
    model = build_model(
        config.model, matrix, LABELS, ONE_TEXT, max_tokens=config.batches.max_tokens, seed=1
    )
    assert n_trainable_parameters(model) == 800_760
    names = [layer.name for layer in leaf_layers(model)]
    order = [
        "embedding",
        "lstm_1_forward",
        "sequence_dropout",
        "attention",
        "head",
        "head_dropout",
        "head_norm",
    ]
    assert [name for name in names if name in order] == order
    assert model.get_layer("encoder").get_layer("lstm_1_forward").recurrent_dropout == 0.25


def test_the_network_of_the_pair_kernels_has_its_number_of_parameters():
    config = compose_config("experiment=seed_pairs", "competition=quora_pairs")
    matrix = np.zeros((1000, 300), np.float32)
    model = build_model(config.model, matrix, BINARY, PAIR, max_tokens=30, seed=1)
    lstm = 4 * (300 * 225 + 225 * 225 + 225)
    norms = 2 * (450 + 125)
    dense = 450 * 125 + 125 + 125 + 1
    assert n_trainable_parameters(model) == lstm + norms + dense


def test_the_texts_of_a_pair_share_an_encoder():
    alike, other = (
        build(network("model.pooling=[max]", f"model.pair.combination=[{names}]"), BINARY, PAIR)
        for names in ("absolute_difference,product", "concatenation")
    )
    swapped = {"token_ids": TOKEN_IDS["token_ids_2"], "token_ids_2": TOKEN_IDS["token_ids"]}
    np.testing.assert_allclose(
        alike.predict_on_batch(TOKEN_IDS), alike.predict_on_batch(swapped), atol=1e-6
    )
    assert np.abs(other.predict_on_batch(TOKEN_IDS) - other.predict_on_batch(swapped)).max() > 1e-4
    encoder = other.get_layer("encoder")
    vectors = other.get_layer("embedding")
    token_ids = [keras.ops.convert_to_tensor(ids) for ids in TOKEN_IDS.values()]
    first, second = (numpy_of(encoder([vectors(ids), ids])) for ids in token_ids)
    weights, bias = other.get_layer("probabilities").get_weights()
    by_hand = 1 / (1 + np.exp(-(np.concatenate([first, second], axis=1) @ weights + bias)))
    np.testing.assert_allclose(other.predict_on_batch(TOKEN_IDS), by_hand, atol=1e-6)


def test_the_texts_of_a_pair_drop_the_same_features():
    settings = ["model.pair.combination=[absolute_difference]", "model.head.dropout=0"]
    model = build(network(*settings), BINARY, PAIR)
    same = {"token_ids": TOKEN_IDS["token_ids"], "token_ids_2": TOKEN_IDS["token_ids"]}
    # A text and itself do not differ, and no bias has been trained yet.
    np.testing.assert_allclose(
        numpy_of(model(same, training=True)), np.full((2, 1), 0.5), atol=1e-6
    )
    other, again = (numpy_of(model(TOKEN_IDS, training=True)) for _ in range(2))
    assert np.abs(other - again).max() > 1e-4


def test_separate_texts_have_an_encoder_each_over_shared_vectors():
    model = build(network(), reads=TWO_TEXTS)
    encoders = [model.get_layer("encoder"), model.get_layer("encoder_2")]
    first, second = (encoder.get_layer("lstm_1_forward").get_weights()[0] for encoder in encoders)
    assert (first != second).any()
    weights = attention_weights(AttentionModel(model), TOKEN_IDS)
    assert [of_text.shape for of_text in weights] == [(2, 1, 3), (2, 1, 3)]


def test_numbers_and_categories_are_read():
    model = build(network(), reads=NUMBERS)
    inputs = {
        "token_ids": TOKEN_IDS["token_ids"],
        "numbers": np.array([[1.0, np.nan], [9.0, 3.0]], np.float32),
        "categories": np.array([[0], [2]], np.int32),
    }
    found = model.predict_on_batch(inputs)
    for name, other in (("numbers", [[1.0, 4.0]] * 2), ("categories", [[1]] * 2)):
        changed = {**inputs, name: np.array(other, inputs[name].dtype)}
        assert np.abs(model.predict_on_batch(changed) - found).max(axis=1).min() > 1e-5


def test_numbers_of_a_regression_are_in_the_unit_of_the_labels():
    task = Regression(("low", "high"), ranges=((0.0, 1.0), (0.0, 2000.0)))
    reads = FoldInputs(label_means=[0.5, 1000.0], label_stds=[0.1, 300.0])
    model = build(network(), task, reads)
    dense = model.get_layer("probabilities")
    dense.set_weights([np.zeros_like(weights) for weights in dense.get_weights()])
    np.testing.assert_allclose(
        probabilities(model, [[3, 4], [5]], 2), [[0.5, 1000.0]] * 2, rtol=1e-6
    )


@pytest.fixture(scope="module")
def model() -> keras.Model:
    poolings = "model.pooling=[attention,max,mean,last]"
    return build(network("model.rnn.n_layers=2", poolings, "model.head.units=5"))


@given(
    texts=st.lists(st.lists(st.integers(1, 19), min_size=1, max_size=6), min_size=1, max_size=4),
    extra=st.integers(0, 6),
)
@settings(max_examples=15, deadline=None)
def test_probabilities_do_not_depend_on_padding_or_batch(model, texts, extra):
    together = probabilities(model, texts, 6 + extra)
    alone = np.concatenate([probabilities(model, [text], len(text)) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_a_text_of_padding_only_gives_finite_probabilities(model):
    assert np.isfinite(probabilities(model, [[]], 3)).all()


@pytest.mark.parametrize("task", [CLASSES, LABELS, BINARY], ids=lambda task: task.kind)
def test_outputs_are_probabilities_of_the_task(task):
    found = probabilities(build(network(), task), [[3, 4], [5]], 2)
    assert found.shape == (2, task.n_outputs)
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    if task is CLASSES:
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


def test_row_i_of_the_embedding_is_row_i_of_the_matrix():
    matrix = np.arange(40.0, dtype=np.float32).reshape(20, 2)
    model = build_model(network(), matrix, CLASSES, ONE_TEXT, max_tokens=5, seed=1)
    assert (model.get_layer("embedding").get_weights()[0] == matrix).all()


@pytest.mark.parametrize("trainable", [True, False])
def test_embeddings_are_trained_or_frozen(trainable):
    model = build(network(f"model.trainable_embeddings={trainable}"))
    embedding = model.get_layer("embedding").weights[0]
    assert any(weight is embedding for weight in model.trainable_weights) is trainable


def test_the_seed_decides_the_initial_weights():
    first, again, other = (build(network(), seed=seed).get_weights() for seed in (1, 1, 2))
    assert all((one == two).all() for one, two in zip(first, again, strict=True))
    assert any((one != two).any() for one, two in zip(first, other, strict=True))


def test_half_precision_ends_in_full_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = build(dataclasses.replace(network(), trainable_embeddings=False))
    finally:
        keras.config.set_dtype_policy("float32")
    found = probabilities(model, [[3, 4, 5], [6]], 4)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


@pytest.mark.parametrize("page", PAGES)
def test_the_network_of_every_page_reads_texts_of_any_length_and_loads_again(page, tmp_path):
    model = build(network(f"model={page}", *SMALL))
    texts = [[3], [4, 5], [6, 7, 8, 9, 10, 11]]
    found = probabilities(model, texts, 6)
    np.testing.assert_allclose(probabilities(model, texts, 12), found, atol=1e-6)
    np.testing.assert_allclose(probabilities(model, texts[:1], 1), found[:1], atol=1e-6)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        probabilities(keras.models.load_model(tmp_path / "model.keras"), texts, 6), found
    )


@pytest.mark.parametrize("page", PAGES)
def test_the_network_of_every_page_learns(page):
    without_dropout = ["model.embedding_dropout=0", "model.head.dropout=0"]
    model = build(network(f"model={page}", *SMALL, *without_dropout))
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
    inputs = {"token_ids": np.array([[3, 4, 5], [6, 7, 0], [8, 0, 0]], np.int32)}
    losses = [float(numpy_of(model.train_on_batch(inputs, np.arange(3)))) for _ in range(12)]
    assert losses[-1] < losses[0] / 2


def test_a_projection_is_shared_by_all_texts():
    model = build(network("model.embedding_projection=3", "model.rnn.n_layers=0"), reads=TWO_TEXTS)
    assert model.get_layer("embedding_projection").get_weights()[0].shape == (6, 3)
    encoders = [model.get_layer("encoder"), model.get_layer("encoder_2")]
    assert [encoder.input[0].shape[-1] for encoder in encoders] == [3, 3]
    weights = attention_weights(AttentionModel(model), TOKEN_IDS)
    assert [of_text.shape for of_text in weights] == [(2, 1, 3), (2, 1, 3)]
