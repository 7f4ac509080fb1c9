import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from helpers.classifiers import NUMBERS, PAIR, TOKEN_IDS, TWO_TEXTS, build, network, probabilities

from regard.artefacts import check_arrays, open_arrays
from regard.errors import ArtefactError
from regard.network.saving import read_weights, save_model, write_weights

pytestmark = pytest.mark.slow  # Keras traces a network for nearly every test

ONE_TEXT = {"token_ids": TOKEN_IDS["token_ids"]}
# Written by version 0.4: a regression with every layer of this package.
OLD_MODEL = Path(__file__).parent / "model_0_4.keras"
OLD_INPUTS = {
    **ONE_TEXT,
    "numbers": np.array([[1.0], [9.0]], np.float32),
    "categories": np.array([[0], [2]], np.int32),
}
OLD_OUTPUTS = [[0.4957888126373291], [0.4123631715774536]]


@pytest.mark.parametrize("reads", [NUMBERS, PAIR, TWO_TEXTS])
def test_every_form_of_inputs_survives_saving(reads, tmp_path):
    model = build(network(), reads=reads)
    others = {
        "numbers": np.array([[1.0, np.nan], [9.0, 3.0]], np.float32),
        "categories": np.array([[0], [2]], np.int32),
    }
    inputs = TOKEN_IDS if reads.n_texts == 2 else {**ONE_TEXT, **others}
    model.save(tmp_path / "model.keras")
    found = model.predict_on_batch(inputs)
    again = keras.models.load_model(tmp_path / "model.keras").predict_on_batch(inputs)
    np.testing.assert_array_equal(again, found)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("reads", [NUMBERS, PAIR, TWO_TEXTS])
def test_weights_are_read_as_they_were_written(reads, tmp_path):
    trained, fresh = build(network(), reads=reads), build(network(), reads=reads, seed=2)
    write_weights(trained, tmp_path / "weights.npz")
    assert any((one != two).any() for one, two in zip(*weights_of(trained, fresh), strict=True))
    read_weights(fresh, tmp_path / "weights.npz")
    for one, two in zip(*weights_of(trained, fresh), strict=True):
        np.testing.assert_array_equal(one, two)
    assert [path.name for path in tmp_path.iterdir()] == ["weights.npz"]


def weights_of(*models):
    return [model.get_weights() for model in models]


def test_file_of_weights_holds_numbers_alone(tmp_path):
    write_weights(build(network()), tmp_path / "weights.npz")
    check_arrays(tmp_path / "weights.npz")
    with open_arrays(tmp_path / "weights.npz") as stored:
        assert {stored[name].dtype.kind for name in stored} <= {"f", "i", "u"}


@pytest.mark.parametrize(
    "other",
    [
        "model.rnn.units=5",
        "model.rnn.bidirectional=true",
        "model.encoder=cnn",
        "model.pooling=[max]",
        "model.head.units=3",
    ],
)
def test_weights_of_another_architecture_are_one_line(other, tmp_path):
    write_weights(build(network(other)), tmp_path / "weights.npz")
    with pytest.raises(ArtefactError, match=r"weights\.npz: not the weights of this run") as caught:
        read_weights(build(network()), tmp_path / "weights.npz")
    assert "\n" not in str(caught.value)


def pickled(arrays):
    return {name: array.astype(object) for name, array in arrays.items()}


def words(arrays):
    return {name: np.full(array.shape, "x") for name, array in arrays.items()}


def one_too_few(arrays):
    return dict(list(arrays.items())[1:])


@pytest.mark.parametrize("change", [pickled, words, one_too_few, lambda arrays: {}])
def test_hostile_weights_are_one_line(change, tmp_path):
    model = build(network())
    write_weights(model, tmp_path / "weights.npz")
    with np.load(tmp_path / "weights.npz") as stored:
        arrays = dict(stored)
    np.savez(tmp_path / "weights.npz", **change(arrays))
    with pytest.raises(ArtefactError, match=r"weights\.npz: not the weights of this run") as caught:
        read_weights(model, tmp_path / "weights.npz")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [0, 10, 500])
def test_broken_weights_are_one_line(size, tmp_path):
    model = build(network())
    path = tmp_path / "weights.npz"
    write_weights(model, path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ArtefactError, match=r"weights\.npz: not the weights of this run") as caught:
        read_weights(model, path)
    assert "\n" not in str(caught.value)
    path.unlink()
    with pytest.raises(ArtefactError, match=r"weights\.npz: not the weights of this run"):
        read_weights(model, path)


def test_a_saved_model_has_no_optimizer(tmp_path):
    model = build(network())
    model.compile(optimizer="adam", loss="mse")
    model.train_on_batch(ONE_TEXT, np.zeros((2, 3), np.float32))
    found = model.predict_on_batch(ONE_TEXT)
    save_model(model, tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(again.predict_on_batch(ONE_TEXT), found)
    assert not again.compiled
    with zipfile.ZipFile(tmp_path / "model.keras") as files:
        assert b"optimizer" not in files.read("model.weights.h5")


def test_released_word_vectors_survive_saving(tmp_path):
    model = build(network("model.frozen_embedding_epochs=2"))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        probabilities(again, [[3, 4]], 2), probabilities(model, [[3, 4]], 2)
    )


def test_a_model_of_version_0_4_loads():
    found = keras.models.load_model(OLD_MODEL).predict_on_batch(OLD_INPUTS)
    np.testing.assert_allclose(found, OLD_OUTPUTS, rtol=1e-5)


def test_importing_the_layers_is_enough_to_load_a_model(tmp_path):
    np.savez(tmp_path / "inputs.npz", **OLD_INPUTS)
    code = f"""
import keras, numpy as np
import regard.network.layers
model = keras.models.load_model({str(OLD_MODEL)!r}, safe_mode=True)
found = model.predict_on_batch(dict(np.load("inputs.npz")))
np.testing.assert_allclose(found, {OLD_OUTPUTS}, rtol=1e-5)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
