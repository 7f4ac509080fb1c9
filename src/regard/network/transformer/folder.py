"""The folder of a pretrained encoder: where it is, its files, and the shape of its model."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from regard.errors import ConfigError, DataError

if TYPE_CHECKING:
    from regard.config import (
        Config,
        FinetunedEncoderConfig,
        FrozenEncoderConfig,
        ModelConfig,
    )

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"
FILES = (CONFIG, WEIGHTS, TOKENIZER)
PACKAGES = ("safetensors", "tokenizers")

_PACKAGE = "package:"


@dataclass(frozen=True)
class ModelType:
    """A kind of encoder that can be built.

    Attributes:
        prefix: what the names of its weights may start with.
        first_position: function from the id of padding to the position of the first token.
        pad_id: the id of padding if config.json has none.
    """

    prefix: str
    first_position: Callable[[int], int]
    pad_id: int


# By `model_type` of config.json. RoBERTa numbers its positions from the one after padding.
MODEL_TYPES: dict[str, ModelType] = {
    "bert": ModelType("bert.", lambda pad_id: 0, pad_id=0),
    "roberta": ModelType("roberta.", lambda pad_id: pad_id + 1, pad_id=1),
    "xlm-roberta": ModelType("roberta.", lambda pad_id: pad_id + 1, pad_id=1),
}
_N_TYPES = 2  # of segments, if config.json has no number; the same for all types of models

# By `hidden_act` of config.json: whether GELU is the approximation by tanh.
GELUS = {"gelu": False, "gelu_new": True, "gelu_fast": True, "gelu_pytorch_tanh": True}


@dataclass(frozen=True)
class EncoderShape:
    """The sizes of an encoder.

    Attributes:
        model_type: a key of `MODEL_TYPES`.
        n_pieces: the number of pieces of words, each of which has an id.
        n_positions: the number of positions in the file.
        n_types: the number of segment types.
        width: the numbers of a state.
        n_layers: the number of layers.
        n_heads: the heads of each self-attention.
        inner_width: the numbers between the two dense layers of a layer.
        epsilon: the summand of variances in layer normalisation.
        gelu: a key of `GELUS`.
        pad_id: the id of padding.
    """

    model_type: str
    n_pieces: int
    n_positions: int
    n_types: int
    width: int
    n_layers: int
    n_heads: int
    inner_width: int
    epsilon: float
    gelu: str
    pad_id: int

    @property
    def first_position(self) -> int:
        """The position of the first token of a text."""
        return MODEL_TYPES[self.model_type].first_position(self.pad_id)

    @property
    def max_tokens(self) -> int:
        """The length of the longest text that it can read."""
        return self.n_positions - self.first_position


def check_packages() -> None:
    """Refuse to read an encoder without the packages that read its files.

    Raises:
        ConfigError: one is not installed.
    """
    for package in PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise ConfigError(
                f"model.encoder_folder needs the package {package}; run: pip install "
                "'regard[cpu,encoder]'"
            )


def check_folder_is_set(key: str, model: ModelConfig) -> None:
    """Refuse a member that reads an encoder and names no folder, before anything is read.

    Args:
        key: of the model: "model" or "members.<name>".
        model: its settings.

    Raises:
        ConfigError: the folder is not set.
    """
    if model.uses_encoder and not getattr(model, "encoder_folder", None):
        raise ConfigError(
            f"{key}.encoder_folder is not set; name the folder of a pretrained encoder by it"
        )


def encoder_folder(name: str | None) -> Path:
    """Return the folder that a setting names; a package of it is found, and not imported.

    Args:
        name: a path, or `package:<package>/<path inside of it>`.

    Raises:
        ConfigError: there is no such package, or no name.
        DataError: there is no such folder.

    Example:
        encoder_folder("package:my_weights/model") -> .../site-packages/my_weights/model
    """
    if not name:
        raise ConfigError(
            "model.encoder_folder is not set; name the folder of a pretrained encoder by it"
        )
    folder = _folder_in_package(name) if name.startswith(_PACKAGE) else Path(name).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"model.encoder_folder={name}: there is no folder {folder}; put it there, or correct "
            "the setting"
        )
    return folder


def encoder_files(name: str | None) -> list[Path]:
    """Return the files of the encoder that a setting names, see `encoder_folder`.

    Raises:
        ConfigError: a package is not installed.
        DataError: the folder or a file of it is missing.
    """
    check_packages()
    folder = encoder_folder(name)
    for file in FILES:
        if (folder / file).is_file():
            continue
        if file == WEIGHTS and (folder / "pytorch_model.bin").exists():
            raise DataError(
                f"{folder} has its weights in pytorch_model.bin, a form that may hold code, and no "
                f"{WEIGHTS}; convert it by save_pretrained of the package transformers"
            )
        raise DataError(
            f"{folder} has no {file}; an encoder's folder has the files {', '.join(FILES)}"
        )
    return [folder / file for file in FILES]


def files_of_encoder(config: Config) -> list[Path]:
    """Return the files of the encoder that the model of a run reads, see `encoder_files`."""
    model = cast("FinetunedEncoderConfig | FrozenEncoderConfig", config.model)
    return encoder_files(model.encoder_folder)


def read_shape(folder: Path, name: str = CONFIG) -> EncoderShape:
    """Read the sizes of an encoder.

    Args:
        folder: the folder of the file.
        name: of the file.

    Raises:
        DataError: the file is damaged, or is of an encoder that cannot be built.
    """
    path = folder / name
    values = _read_object(path)
    _check_form(path, values)
    pad_id = values.get("pad_token_id")
    if pad_id is None:
        pad_id = MODEL_TYPES[values["model_type"]].pad_id
    try:
        shape = EncoderShape(
            model_type=values["model_type"],
            n_pieces=int(values["vocab_size"]),
            n_positions=int(values["max_position_embeddings"]),
            n_types=int(values.get("type_vocab_size", _N_TYPES)),
            width=int(values["hidden_size"]),
            n_layers=int(values["num_hidden_layers"]),
            n_heads=int(values["num_attention_heads"]),
            inner_width=int(values["intermediate_size"]),
            epsilon=float(values.get("layer_norm_eps", 1e-12)),
            gelu=values.get("hidden_act", "gelu"),
            pad_id=int(pad_id),
        )
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise DataError(
            f"{path}: not the sizes of an encoder ({type(error).__name__}: {error}); copy the "
            "folder again"
        ) from error
    sizes = (shape.n_pieces, shape.width, shape.n_layers, shape.n_heads, shape.inner_width)
    if (
        min(*sizes, shape.max_tokens) < 1
        or shape.n_types < 0
        or shape.width % shape.n_heads
        or not 0 <= shape.pad_id < shape.n_pieces
    ):
        raise DataError(f"{path}: its sizes do not fit each other; copy the folder again")
    return shape


def _folder_in_package(name: str) -> Path:
    package, _, inner = name.removeprefix(_PACKAGE).partition("/")
    # The parent of a dotted name would be imported.
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError(
            f"model.encoder_folder={name}: there is no package {package} in this Python; install "
            "it by pip, or name a folder"
        )
    return Path(spec.submodule_search_locations[0]) / inner


def _read_object(path: Path) -> Mapping[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not JSON ({error}); copy the folder again") from error
    if not isinstance(values, dict):
        raise DataError(f"{path}: not a JSON object; copy the folder again")
    return values


def _check_form(path: Path, values: Mapping[str, Any]) -> None:
    """Refuse forms of encoders that cannot be built."""
    for key, known, default in (
        ("model_type", MODEL_TYPES, None),
        ("hidden_act", GELUS, "gelu"),
        ("position_embedding_type", {"absolute": None}, "absolute"),
    ):
        value = values.get(key, default)
        if not isinstance(value, str) or value not in known:
            raise DataError(
                f"{path}: {key}={value} is not supported; supported are {', '.join(known)}"
            )
