"""Build a transformer encoder and read its weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from regard.errors import DataError, one_line
from regard.network.transformer.folder import MODEL_TYPES, WEIGHTS, EncoderShape, read_shape
from regard.network.transformer.layers import PieceEmbedding, TransformerLayer

# Names of weights in files of TensorFlow's time.
_OLD_NAMES = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}


def build_transformer(shape: EncoderShape) -> keras.Model:
    """Build an encoder whose weights are zero.

    Returns:
        A model from token ids `(batch, timesteps)` int32 and their mask `(batch, timesteps)` bool,
        True at real tokens, to the states of the last layer, `(batch, timesteps, width)`.
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.Input((None,), dtype="bool", name="mask")
    states = PieceEmbedding(shape, name="embedding")(token_ids)
    for index in range(shape.n_layers):
        states = TransformerLayer(shape, name=f"layer_{index}")(states, mask)
    return keras.Model([token_ids, mask], states, name="transformer")


def load_transformer(folder: Path) -> keras.Model:
    """Build the encoder of a folder, with its weights.

    Raises:
        DataError: a file is damaged, or the weights do not fit the sizes in `config.json`.
    """
    shape = read_shape(folder)
    model = build_transformer(shape)
    with _Weights(folder / WEIGHTS, MODEL_TYPES[shape.model_type].prefix) as weights:
        for variable, names in _variables(model, shape):
            # Dense layers of PyTorch hold (outputs, inputs).
            is_kernel = variable.name == "kernel"
            arrays = [weights.read(name).T if is_kernel else weights.read(name) for name in names]
            value = np.concatenate(arrays, axis=-1) if len(arrays) > 1 else arrays[0]
            if value.shape != tuple(variable.shape):
                raise DataError(
                    f"{weights.path}: {names[0]} has the shape {_read_shape(value, is_kernel)}, "
                    f"which does not fit the sizes in {folder / 'config.json'}; copy the folder "
                    "again"
                )
            variable.assign(value.astype(np.float32))
    return model


def _variables(model: keras.Model, shape: EncoderShape) -> Iterator[tuple[Any, list[str]]]:
    """Yield each variable with the names of its weights in the file."""
    embedding = model.get_layer("embedding")
    yield embedding.pieces, ["embeddings.word_embeddings.weight"]
    yield embedding.positions, ["embeddings.position_embeddings.weight"]
    if embedding.types is not None:
        yield embedding.types, ["embeddings.token_type_embeddings.weight"]
    yield from _norm(embedding.norm, "embeddings.LayerNorm")
    for index in range(shape.n_layers):
        layer = model.get_layer(f"layer_{index}")
        name = f"encoder.layer.{index}"
        own = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        for dense, parts in (
            (layer.projection, own),
            (layer.attended, [f"{name}.attention.output.dense"]),
            (layer.inner, [f"{name}.intermediate.dense"]),
            (layer.outer, [f"{name}.output.dense"]),
        ):
            yield dense.kernel, [f"{part}.weight" for part in parts]
            yield dense.bias, [f"{part}.bias" for part in parts]
        yield from _norm(layer.attended_norm, f"{name}.attention.output.LayerNorm")
        yield from _norm(layer.outer_norm, f"{name}.output.LayerNorm")


def _norm(layer: keras.layers.Layer, name: str) -> Iterator[tuple[Any, list[str]]]:
    yield layer.gamma, [f"{name}.weight"]
    yield layer.beta, [f"{name}.bias"]


def _read_shape(value: np.ndarray, is_kernel: bool) -> tuple[int, ...]:
    return value.shape[::-1] if is_kernel else value.shape


class _Weights:
    """The arrays of a safetensors file, of which each is read when it is asked for."""

    def __init__(self, path: Path, prefix: str) -> None:
        self.path = path
        self._prefix = prefix
        self._file: Any = None

    def __enter__(self) -> _Weights:
        from safetensors import SafetensorError, safe_open

        try:
            self._file = safe_open(self.path, framework="numpy")
            self._names = set(self._file.keys())
        except (SafetensorError, OSError) as error:
            raise DataError(
                f"{self.path}: not a safetensors file ({one_line(error)}); copy the folder again"
            ) from error
        return self

    def __exit__(self, *error: object) -> None:
        del self._file

    def read(self, name: str) -> np.ndarray:
        """Return the array of a name."""
        from safetensors import SafetensorError

        names = [name, *(name.replace(new, old) for new, old in _OLD_NAMES.items() if new in name)]
        for candidate in (prefix + form for prefix in ("", self._prefix) for form in names):
            if candidate in self._names:
                try:
                    return np.asarray(self._file.get_tensor(candidate))
                except (SafetensorError, TypeError, ValueError) as error:
                    raise DataError(
                        f"{self.path}: {candidate} cannot be read ({one_line(error)}); save the "
                        "weights as float32"
                    ) from error
        raise DataError(
            f"{self.path} has no {name}, which an encoder of the sizes in config.json has; copy "
            "the folder again"
        )
