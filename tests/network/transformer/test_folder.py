import importlib.util
import json

import pytest
from helpers.encoders import SIZES, write_encoder

from regard.errors import ConfigError, DataError
from regard.network.transformer import folder as module
from regard.network.transformer.folder import (
    FILES,
    encoder_files,
    encoder_folder,
    read_shape,
)


@pytest.fixture
def folder(tmp_path):
    return write_encoder(tmp_path / "encoder")


def test_the_shape_is_read(folder):
    shape = read_shape(folder)
    assert (shape.n_pieces, shape.width, shape.n_layers, shape.n_heads) == (50, 16, 2, 4)
    assert (shape.first_position, shape.max_tokens) == (0, 40)


def test_positions_of_roberta_start_after_padding(tmp_path):
    shape = read_shape(write_encoder(tmp_path, model_type="roberta", pad_token_id=1))
    assert (shape.first_position, shape.max_tokens) == (2, 38)


def test_a_folder_is_named_by_its_path_or_by_a_package_that_is_not_imported(
    folder, tmp_path, monkeypatch
):
    assert encoder_folder(str(folder)) == folder
    assert encoder_files(str(folder)) == [folder / name for name in FILES]
    package = tmp_path / "some_weights"
    write_encoder(package / "model")
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert encoder_folder("package:some_weights/model") == package / "model"


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        (None, ConfigError, "model.encoder_folder is not set; name the folder"),
        ("gone", DataError, "encoder_folder=gone: there is no folder gone; put it there, or"),
        ("package:no_such/a", ConfigError, "no package no_such in this Python; install it by pip"),
        ("package:os.path/a", ConfigError, "there is no package os.path in this Python"),
        ("package:json/a", DataError, "there is no folder .*json/a; put it there"),
    ],
)
def test_a_folder_that_is_not_there_is_refused(name, error, message):
    with pytest.raises(error, match=message):
        encoder_files(name)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(name, folder):
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"encoder has no {name}; an encoder's folder has the file"):
        encoder_files(str(folder))


def test_weights_that_may_hold_code_are_refused(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(DataError, match=r"may hold code, and no model.safetensors; convert it by"):
        encoder_files(str(folder))


def test_a_missing_package_is_named(folder, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        module.importlib.util,
        "find_spec",
        lambda name: None if name == "tokenizers" else find(name),
    )
    with pytest.raises(ConfigError, match=r"the package tokenizers; run: pip install 'regard\["):
        encoder_files(str(folder))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_type": "deberta-v2"}, "model_type=deberta-v2 is not supported; supported are ber"),
        ({"model_type": None}, "model_type=None is not supported"),
        ({"hidden_act": "silu"}, "hidden_act=silu is not supported; supported are gelu, gelu_new"),
        ({"position_embedding_type": "relative_key"}, "supported are absolute"),
        ({"vocab_size": "many"}, "not the sizes of an encoder"),
        ({"hidden_size": None}, "not the sizes of an encoder"),
        ({"vocab_size": float("inf")}, "not the sizes of an encoder"),
        ({"num_attention_heads": 0}, "its sizes do not fit each other"),
        ({"type_vocab_size": -1}, "its sizes do not fit each other"),
        ({"num_attention_heads": 3}, "its sizes do not fit each other"),
        ({"num_hidden_layers": 0}, "its sizes do not fit each other"),
    ],
)
def test_other_encoders_are_refused_in_one_line(changes, message, folder):
    (folder / "config.json").write_text(json.dumps({**SIZES, **changes}))
    with pytest.raises(DataError, match=message):
        read_shape(folder)


@pytest.mark.parametrize("text", ["{", "[1]", "[" * 100_000, ""])
def test_a_damaged_config_is_refused(text, folder):
    (folder / "config.json").write_text(text)
    with pytest.raises(DataError, match=r"config.json: not (a )?JSON.*; copy the folder again"):
        read_shape(folder)
