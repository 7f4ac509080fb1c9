import json

import numpy as np
import pytest
from helpers.encoders import SIZES, random_weights, reference_states, write_encoder
from safetensors.numpy import save_file

from regard.errors import DataError
from regard.network.precision import precision
from regard.network.transformer.model import load_transformer

pytestmark = pytest.mark.slow  # importing Keras takes seconds


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def model(folder):
    return load_transformer(folder)


def states(model, token_ids, n_padding=0):
    ids = np.array([[*token_ids, *[0] * n_padding]], np.int32)
    segments = (np.arange(ids.shape[1])[None] < len(token_ids)).astype(np.int32)
    return np.asarray(model.predict_on_batch([ids, segments]))[0, : len(token_ids)]


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"model_type": "roberta", "pad_token_id": 1, "type_vocab_size": 1},
        {"num_attention_heads": 1, "num_hidden_layers": 1, "layer_norm_eps": 0.5},
    ],
)
@pytest.mark.parametrize("token_ids", [[2, 7, 3], [5], list(range(2, 30))])
def test_states_are_those_of_a_computation_by_numpy(sizes, token_ids, tmp_path):
    found = states(load_transformer(write_encoder(tmp_path, **sizes)), token_ids, n_padding=2)
    np.testing.assert_allclose(found, reference_states({**SIZES, **sizes}, token_ids), atol=2e-4)


def test_the_first_numbers_of_a_text(model):
    # By the implementation in the package transformers (5.24, PyTorch 2.13), of the same weights.
    found = states(model, [2, 7, 9, 3])
    np.testing.assert_allclose(found[0, :4], [0.0482, -0.5561, 0.0075, 0.4670], atol=2e-4)


def test_padding_changes_no_state(model):
    text = [2, 8, 9, 3]
    np.testing.assert_allclose(states(model, text, 9), states(model, text), atol=1e-5)


@pytest.mark.parametrize(
    ("rename", "dtype"),
    [
        (lambda name: f"bert.{name}", np.float32),
        (lambda name: name.replace("Norm.weight", "Norm.gamma"), np.float32),
        (lambda name: f"bert.{name}".replace("Norm.bias", "Norm.beta"), np.float32),
        (lambda name: name, np.float16),
    ],
)
def test_other_forms_of_the_file_give_the_same_model(rename, dtype, model, tmp_path):
    folder = write_encoder(tmp_path)
    weights = random_weights(SIZES)
    others = {rename(name): value.astype(dtype) for name, value in weights.items()}
    others["cls.predictions.bias"] = np.zeros(50, dtype)
    save_file(others, folder / "model.safetensors")
    found = states(load_transformer(folder), [2, 7, 3])
    atol = 1e-5 if dtype == np.float32 else 0.05
    np.testing.assert_allclose(found, states(model, [2, 7, 3]), atol=atol)


def test_a_weight_of_another_shape_is_refused(tmp_path):
    folder = write_encoder(tmp_path)
    (folder / "config.json").write_text(json.dumps({**SIZES, "intermediate_size": 8}))
    message = r"0.intermediate.dense.weight has the shape \(32, 16\), which does not fit the sizes"
    with pytest.raises(DataError, match=message):
        load_transformer(folder)


@pytest.mark.parametrize(
    ("size", "found"),
    [
        ({"num_hidden_layers": 1}, "encoder.layer.1.output.dense.bias"),
        ({"type_vocab_size": 0}, "embeddings.token_type_embeddings.weight"),
        ({"vocab_size": 10**12}, "embeddings.word_embeddings.weight"),
    ],
)
def test_a_part_of_the_weights_is_refused(size, found, tmp_path):
    folder = write_encoder(tmp_path)
    (folder / "config.json").write_text(json.dumps({**SIZES, **size}))
    with pytest.raises(DataError, match=f"{found} has the shape .* does not fit the sizes in"):
        load_transformer(folder)


def test_states_are_float32_whatever_the_process_trained_before(model, folder):
    with precision("mixed_float16"):
        found = states(load_transformer(folder), [2, 7, 3])
    np.testing.assert_allclose(found, states(model, [2, 7, 3]), atol=1e-5)


def test_a_missing_weight_is_refused(tmp_path):
    folder = write_encoder(tmp_path)
    (folder / "config.json").write_text(json.dumps({**SIZES, "num_hidden_layers": 3}))
    with pytest.raises(DataError, match=r"has no encoder.layer.2.attention.self.query.weight, whi"):
        load_transformer(folder)


@pytest.mark.parametrize("damage", [b"", b"not weights", None])
def test_a_damaged_file_is_refused(damage, tmp_path):
    path = write_encoder(tmp_path) / "model.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-9] if damage is None else damage)
    with pytest.raises(DataError, match=r"model.safetensors: not a safetensors file \(.*; copy"):
        load_transformer(tmp_path)
