"""Build a transformer encoder and read its weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from regard.errors import DataError, one_line
from regard.network.precision import precision
from regard.network.transformer.folder import (
    CONFIG,
    MODEL_TYPES,
    WEIGHTS,
    EncoderShape,
    read_shape,
)
from regard.network.transformer.layers import FROZEN, PieceEmbedding, Regime, TransformerLayer

# Names of weights in files of TensorFlow's time.
_OLD_NAMES = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}


def build_transformer(shape: EncoderShape, regime: Regime = FROZEN) -> keras.Model:
    """Build an encoder whose weights are zero.

    Args:
        shape: its sizes.
        regime: how it behaves in training.

    Returns:
        A model from token ids and segments, each `(batch, timesteps)` int32, to the states of the
        last layer, `(batch, timesteps, width)`. Segments are 1 in the first text of a row, 2 in
        the second one, ..., and 0 at padding.
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    segments = keras.Input((None,), dtype="int32", name="segments")
    embedding = PieceEmbedding(shape, regime.of_layer("embedding"), name="embedding")
    states = embedding(token_ids, segments)
    is_real = ops.greater(segments, 0)
    for index in range(shape.n_layers):
        name = f"layer_{index}"
        states = TransformerLayer(shape, regime.of_layer(name), name=name)(states, is_real)
    return keras.Model([token_ids, segments], states, name="transformer")


def load_transformer(folder: Path) -> keras.Model:
    """Build the encoder of a folder, with its weights, to use it as it is.

    Raises:
        DataError: a file is damaged, or the weights do not fit the sizes in `config.json`.
    """
    check_weights(folder)  # before memory is taken
    # Float32, though networks were trained in another precision by this process.
    with precision("float32"):
        model = build_transformer(read_shape(folder))
    assign_pretrained(model, folder)
    return model


def check_weights(folder: Path) -> None:
    """Refuse a folder whose weights do not fit its sizes, without reading the weights.

    Raises:
        DataError: see `load_transformer`.
    """
    shape = read_shape(folder)
    with _Weights(folder / WEIGHTS, MODEL_TYPES[shape.model_type].prefix) as weights:
        _check_sizes(weights, shape)


def assign_pretrained(model: keras.Model, folder: Path) -> None:
    """Give an encoder the weights of a folder.

    Args:
        model: from `build_transformer`, for the shape of the folder.
        folder: see `folder.encoder_folder`.

    Raises:
        DataError: see `load_transformer`.
    """
    shape = read_shape(folder)
    with _Weights(folder / WEIGHTS, MODEL_TYPES[shape.model_type].prefix) as weights:
        for variable, names in _variables(model, shape):
            # Dense layers of PyTorch hold (outputs, inputs).
            is_kernel = variable.name == "kernel"
            arrays = [weights.read(name).T if is_kernel else weights.read(name) for name in names]
            value = np.concatenate(arrays, axis=-1) if len(arrays) > 1 else arrays[0]
            if value.shape != tuple(variable.shape):
                raise _misfit(weights, names[0], _read_shape(value, is_kernel))
            variable.assign(value.astype(np.float32))


def _check_sizes(weights: _Weights, shape: EncoderShape) -> None:
    """Refuse a file with other tables or more layers than config.json."""
    for name, n_rows in (
        ("embeddings.word_embeddings.weight", shape.n_pieces),
        ("embeddings.position_embeddings.weight", shape.n_positions),
    ):
        if (found := weights.shape(name)) != (n_rows, shape.width):
            raise _misfit(weights, name, found)
    for name, is_there in (
        ("embeddings.token_type_embeddings.weight", shape.n_types > 0),
        (f"encoder.layer.{shape.n_layers}.output.dense.bias", False),
    ):
        if not is_there and weights.has(name):
            raise _misfit(weights, name, weights.shape(name))


def _misfit(weights: _Weights, name: str, found: tuple[int, ...]) -> DataError:
    return DataError(
        f"{weights.path}: {name} has the shape {found}, which does not fit the sizes in "
        f"{weights.path.parent / CONFIG}; copy the folder again"
    )


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

    def has(self, name: str) -> bool:
        """Return whether there is an array of a name."""
        return self._name_of(name) is not None

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of the array of a name, which is not read."""
        return tuple(self._file.get_slice(self._needed(name)).get_shape())

    def read(self, name: str) -> np.ndarray:
        """Return the array of a name."""
        from safetensors import SafetensorError

        found = self._needed(name)
        try:
            return np.asarray(self._file.get_tensor(found))
        except (SafetensorError, TypeError, ValueError) as error:
            raise DataError(
                f"{self.path}: {found} cannot be read ({one_line(error)}); save the weights as "
                "float32"
            ) from error

    def _needed(self, name: str) -> str:
        found = self._name_of(name)
        if found is None:
            raise DataError(
                f"{self.path} has no {name}, which an encoder of the sizes in config.json has; "
                "copy the folder again"
            )
        return found

    def _name_of(self, name: str) -> str | None:
        """Return the name in the file, which may have a prefix or an older form."""
        names = [name, *(name.replace(new, old) for new, old in _OLD_NAMES.items() if new in name)]
        candidates = (prefix + form for prefix in ("", self._prefix) for form in names)
        return next((candidate for candidate in candidates if candidate in self._names), None)
