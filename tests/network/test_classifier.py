import dataclasses
import zipfile

import keras
import numpy as np
import pytest
from helpers.cases import CONF, compose_config
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.config import ModelConfig
from regard.errors import ArtefactError
from regard.network.classifier import FoldInputs, attention_weights, build_model
from regard.network.layers.standardize import Standardize
from regard.network.saving import load_model, save_model
from regard.network.weights import leaf_layers
from regard.tasks import Binary, MultiClass, MultiLabel, Regression, Task

pytestmark = pytest.mark.slow  # Keras traces a network for nearly every test

CLASSES = MultiClass(("a", "b", "c"))
LABELS = MultiLabel(tuple("abcdef"))
BINARY = Binary(("spam",))


def small(*overrides: str) -> ModelConfig:
    return compose_config("model.rnn.units=4", *overrides).model


def built(
    config: ModelConfig, task: Task = CLASSES, seed: int = 1, reads: FoldInputs = FoldInputs()
) -> keras.Model:  # noqa: B008
    matrix = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    matrix[0] = 0.0
    return build_model(config, matrix, task, reads, max_tokens=12, seed=seed)


def probabilities(model: keras.Model, texts: list[list[int]], length: int) -> np.ndarray:
    token_ids = np.array([text + [0] * (length - len(text)) for text in texts], np.int32)
    return np.asarray(model.predict_on_batch({"token_ids": token_ids}))


def numpy_of(tensor: object) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def test_the_ancestor_network_has_its_number_of_trainable_parameters():
    config = compose_config("experiment=seed_toxic")
    matrix = np.zeros((100_000, 300), np.float32)
    model = build_model(
        config.model, matrix, LABELS, FoldInputs(), max_tokens=config.batches.max_tokens, seed=1
    )
    assert sum(int(np.prod(weight.shape)) for weight in model.trainable_weights) == 800_760
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


def test_the_pair_network_of_the_kernels_has_its_number_of_trainable_parameters():
    config = compose_config("experiment=seed_pairs", "competition=quora_pairs")
    matrix, reads = np.zeros((1000, 300), np.float32), FoldInputs(n_texts=2, paired=True)
    model = build_model(config.model, matrix, BINARY, reads, max_tokens=30, seed=1)
    lstm, norms, dense = (
        4 * (300 * 225 + 225 * 225 + 225),
        2 * (450 + 125),
        450 * 125 + 125 + 125 + 1,
    )
    assert (
        sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        == lstm + norms + dense
    )


PAIR = {
    "token_ids": np.array([[3, 4, 0], [5, 6, 7]], np.int32),
    "token_ids_2": np.array([[8, 0, 0], [9, 9, 0]], np.int32),
}


def test_the_texts_of_a_pair_share_an_encoder_and_meet_in_all_ways_asked_for():
    reads = FoldInputs(n_texts=2, paired=True)
    alike, other = (
        built(small("model.pooling=[max]", f"model.pair.combination=[{how}]"), BINARY, reads=reads)
        for how in ("absolute_difference,product", "concatenation")
    )
    swapped = {"token_ids": PAIR["token_ids_2"], "token_ids_2": PAIR["token_ids"]}
    np.testing.assert_allclose(
        alike.predict_on_batch(PAIR), alike.predict_on_batch(swapped), atol=1e-6
    )
    assert np.abs(other.predict_on_batch(PAIR) - other.predict_on_batch(swapped)).max() > 1e-4
    encoder = other.get_layer("encoder")
    vectors = other.get_layer("embedding")
    read = {name: keras.ops.convert_to_tensor(ids) for name, ids in PAIR.items()}
    first, second = (numpy_of(encoder([vectors(ids), ids])) for ids in read.values())
    weights, bias = other.get_layer("probabilities").get_weights()
    by_hand = 1 / (1 + np.exp(-(np.concatenate([first, second], axis=1) @ weights + bias)))
    np.testing.assert_allclose(other.predict_on_batch(PAIR), by_hand, atol=1e-6)


def test_a_text_paired_with_itself_is_no_different_from_it_in_training_either():
    reads = FoldInputs(n_texts=2, paired=True)
    model = built(
        small("model.pair.combination=[absolute_difference]", "model.head.dropout=0"),
        BINARY,
        reads=reads,
    )
    same = {"token_ids": PAIR["token_ids"], "token_ids_2": PAIR["token_ids"]}
    np.testing.assert_allclose(
        numpy_of(model(same, training=True)), np.full((2, 1), 0.5), atol=1e-6
    )  # no bias has been learnt
    other, again = (numpy_of(model(PAIR, training=True)) for _ in range(2))
    assert np.abs(other - again).max() > 1e-4


def test_texts_apart_have_encoders_of_their_own_over_shared_vectors():
    model = built(small(), reads=FoldInputs(n_texts=2))
    first, second = model.get_layer("encoder"), model.get_layer("encoder_2")
    kernels = [encoder.get_layer("lstm_1_forward").get_weights()[0] for encoder in (first, second)]
    assert (kernels[0] != kernels[1]).any()
    assert [weights.shape for weights in attention_weights(model, PAIR)] == [(2, 3), (2, 3)]


BESIDE = FoldInputs(number_means=[1.0, 10.0], number_deviations=[2.0, 5.0], n_values=(3,))


def test_numbers_are_standardised_missing_ones_are_the_mean_and_far_ones_are_cut():
    found = Standardize([1.0, 10.0], [2.0, 5.0])(np.array([[3.0, np.nan], [1e9, -1e9]], np.float32))
    assert numpy_of(found).tolist() == [[1.0, 0.0], [5.0, -5.0]]


@pytest.mark.parametrize(
    "reads", [BESIDE, FoldInputs(n_texts=2, paired=True), FoldInputs(n_texts=2)]
)
def test_every_form_of_inputs_survives_saving(reads, tmp_path):
    model = built(small(), reads=reads)
    beside = {
        "numbers": np.array([[1.0, np.nan], [9.0, 3.0]], np.float32),
        "categories": np.array([[0], [2]], np.int32),
    }
    inputs = PAIR if reads.n_texts == 2 else {"token_ids": PAIR["token_ids"], **beside}
    model.save(tmp_path / "model.keras")
    found = model.predict_on_batch(inputs)
    np.testing.assert_array_equal(
        load_model(tmp_path / "model.keras").predict_on_batch(inputs), found
    )
    assert np.isfinite(found).all()


def test_a_saved_model_is_without_its_optimizer(tmp_path):
    model = built(small())
    inputs = {"token_ids": PAIR["token_ids"]}
    model.compile(optimizer="adam", loss="mse")
    model.train_on_batch(inputs, np.zeros((2, 3), np.float32))
    found = model.predict_on_batch(inputs)
    save_model(model, tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again.predict_on_batch(inputs), found)
    assert not again.compiled
    with zipfile.ZipFile(tmp_path / "model.keras") as files:
        assert b"optimizer" not in files.read("model.weights.h5")


def test_numbers_of_a_regression_are_in_the_unit_of_the_labels():
    task = Regression(("low", "high"), ranges=((0.0, 1.0), (0.0, 2000.0)))
    reads = FoldInputs(label_means=[0.5, 1000.0], label_deviations=[0.1, 300.0])
    model = built(small(), task, reads=reads)
    model.get_layer("probabilities").set_weights(
        [np.zeros_like(w) for w in model.get_layer("probabilities").get_weights()]
    )
    np.testing.assert_allclose(
        probabilities(model, [[3, 4], [5]], 2), [[0.5, 1000.0]] * 2, rtol=1e-6
    )


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return built(
        small(
            "model.rnn.n_layers=2", "model.pooling=[attention,max,mean,last]", "model.head.units=5"
        )
    )


texts_strategy = st.lists(
    st.lists(st.integers(1, 19), min_size=1, max_size=6), min_size=1, max_size=4
)


@given(texts=texts_strategy, extra=st.integers(0, 6))
@settings(max_examples=15, deadline=None)
def test_probabilities_are_the_same_at_any_padding_and_batch(model, texts, extra):
    together = probabilities(model, texts, 6 + extra)
    alone = np.concatenate([probabilities(model, [text], len(text)) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_a_text_of_padding_only_gives_finite_probabilities(model):
    assert np.isfinite(probabilities(model, [[]], 3)).all()


@pytest.mark.parametrize("task", [CLASSES, LABELS, BINARY], ids=lambda task: task.kind)
def test_outputs_are_probabilities_of_the_task(task):
    found = probabilities(built(small(), task), [[3, 4], [5]], 2)
    assert found.shape == (2, task.n_outputs)
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    if task.kind == "multi_class":
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("pooling", ["attention", "max", "mean", "last"])
def test_every_cell_and_pooling_builds(cell, pooling):
    model = built(
        small(
            f"model.rnn.cell={cell}", f"model.pooling=[{pooling}]", "model.rnn.bidirectional=false"
        )
    )
    assert np.isfinite(probabilities(model, [[3, 4], [5]], 4)).all()


def test_row_i_of_the_embedding_is_row_i_of_the_matrix():
    matrix = np.arange(40.0, dtype=np.float32).reshape(20, 2)
    model = build_model(small(), matrix, CLASSES, FoldInputs(), max_tokens=5, seed=1)
    assert (model.get_layer("embedding").get_weights()[0] == matrix).all()


@pytest.mark.parametrize("trainable", [True, False])
def test_embeddings_are_trained_or_frozen(trainable):
    model = built(small(f"model.trainable_embeddings={trainable}"))
    embedding = model.get_layer("embedding").weights[0]
    assert any(weight is embedding for weight in model.trainable_weights) is trainable


def test_the_seed_decides_the_initial_weights():
    first, again, other = (built(small(), seed=seed).get_weights() for seed in (1, 1, 2))
    assert all((one == two).all() for one, two in zip(first, again, strict=True))
    assert any((one != two).any() for one, two in zip(first, other, strict=True))


def test_attention_weights_sum_to_one_over_the_real_tokens(model):
    found = attention_weights(
        model, {"token_ids": np.array([[3, 4, 5, 0, 0], [6, 0, 0, 0, 0]], np.int32)}
    )
    assert found is not None
    (weights,) = found
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    assert (weights[0, :3] > 0).all()
    assert (weights[0, 3:] == 0).all()
    assert weights[1].tolist() == [1, 0, 0, 0, 0]


def test_a_model_without_attention_has_no_attention_weights():
    assert (
        attention_weights(
            built(small("model.pooling=[max]")), {"token_ids": np.array([[3]], np.int32)}
        )
        is None
    )


def test_a_saved_model_loads_and_predicts_the_same(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    texts = [[3, 4, 5], [6]]
    np.testing.assert_array_equal(probabilities(loaded, texts, 4), probabilities(model, texts, 4))
    assert attention_weights(loaded, {"token_ids": np.array([[3]], np.int32)})[0] == pytest.approx(
        1
    )


def test_a_file_that_is_no_model_is_told_with_what_to_do(tmp_path):
    (tmp_path / "model.keras").write_text("not a model")
    for name in ("model.keras", "missing.keras"):
        with pytest.raises(ArtefactError, match=f"{name}: not a model that can be loaded"):
            load_model(tmp_path / name)


def test_half_precision_ends_in_full_precision():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = built(dataclasses.replace(small(), trainable_embeddings=False))
    finally:
        keras.config.set_dtype_policy("float32")
    found = probabilities(model, [[3, 4, 5], [6]], 4)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


MODELS = sorted(path.stem for path in (CONF / "model").glob("*.yaml"))
SMALL = ["model.cnn.filters=4", "model.dpcnn.filters=4"]


@pytest.mark.parametrize("name", MODELS)
def test_every_model_of_conf_reads_texts_of_any_length_and_can_be_loaded_again(name, tmp_path):
    model = built(small(f"model={name}", *SMALL))
    texts = [[3], [4, 5], [6, 7, 8, 9, 10, 11]]
    found = probabilities(model, texts, 6)
    np.testing.assert_allclose(probabilities(model, texts, 12), found, atol=1e-6)
    np.testing.assert_allclose(probabilities(model, texts[:1], 1), found[:1], atol=1e-6)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        probabilities(load_model(tmp_path / "model.keras"), texts, 6), found
    )


@pytest.mark.parametrize("name", MODELS)
def test_every_model_of_conf_learns(name):
    model = built(
        small(f"model={name}", *SMALL, "model.embedding_dropout=0", "model.head.dropout=0")
    )
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
    token_ids = np.array([[3, 4, 5], [6, 7, 0], [8, 0, 0]], np.int32)
    losses = [
        float(np.asarray(model.train_on_batch({"token_ids": token_ids}, np.arange(3))))
        for _ in range(12)
    ]
    assert losses[-1] < losses[0] / 2


def test_an_lstm_and_a_gru_can_follow_one_another():
    model = built(small("model=lstm_gru"))
    kinds = [type(layer).__name__ for layer in leaf_layers(model) if layer.name.endswith("ward")]
    assert kinds == ["LSTM", "LSTM", "GRU", "GRU"]


def test_a_projection_weighs_the_features_of_all_texts_by_the_same_weights():
    model = built(
        small("model.embedding_projection=3", "model.rnn.n_layers=0"), reads=FoldInputs(n_texts=2)
    )
    assert model.get_layer("embedding_projection").get_weights()[0].shape == (6, 3)
    assert [
        encoder.input[0].shape[-1] for encoder in map(model.get_layer, ("encoder", "encoder_2"))
    ] == [3, 3]
    assert [weights.shape for weights in attention_weights(model, PAIR)] == [(2, 3), (2, 3)]


def test_attention_over_fewer_timesteps_than_tokens_is_not_shown_as_of_tokens():
    model = built(small("model=dpcnn", "model.pooling=[attention]", *SMALL))
    assert attention_weights(model, {"token_ids": PAIR["token_ids"]}) is None


def test_a_model_whose_vectors_were_released_can_be_loaded_again(tmp_path):
    model = built(small("model.frozen_embedding_epochs=2"))
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        probabilities(again, [[3, 4]], 2), probabilities(model, [[3, 4]], 2)
    )
