"""A Keras model as an ONNX file: conversion, names, and the comparison of both."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from regard import __version__
from regard.network.export.graph import GraphOptions, joined_model
from regard.network.export.word_vectors import put_back, shared_embeddings, stand_ins
from regard.text import PAD, UNK

if TYPE_CHECKING:
    import onnx

_OPSET = 17  # onnxruntime reads it since version 1.12 of 2022
_MAX_BYTES = 2**31 - 2**24  # of the weights in a file, which holds 2 GB with its operators
_BATCHES = ((1, 1), (3, 2), (1, 7), (16, 40))  # rows and tokens, for comparisons


def write_onnx(
    models: Sequence[keras.Model],
    options: GraphOptions,
    path: Path,
    *,
    outputs: str = "probabilities",
    notes: Mapping[str, str],
) -> None:
    """Write the model of `joined_model` as an ONNX file.

    The inputs have the names of the model; rows and timesteps are free. A file holds 2 GB; weights
    beyond that go to a second file beside it, `<name>.data`, which programs read with the first.

    Args:
        models: see `joined_model`. TensorFlow must be the backend, and must see no GPU, since it
            would write operators of cuDNN.
        options: see `joined_model`.
        path: the file.
        outputs: the name of the output `outputs` in the file.
        notes: metadata of the file.
    """
    import onnx

    embeddings = shared_embeddings(models)
    converted = _convert(joined_model(models, options, embeddings=stand_ins(embeddings)))
    _set_names(converted, outputs)
    converted.producer_name = "regard"
    converted.producer_version = __version__
    onnx.helper.set_model_props(converted, dict(notes))
    onnx.checker.check_model(converted)
    put_back(converted, embeddings)
    n_bytes = sum(len(tensor.raw_data) for tensor in converted.graph.initializer)
    onnx.save_model(
        converted,
        path,
        save_as_external_data=n_bytes > _MAX_BYTES,
        location=f"{path.name}.data",
    )


def largest_difference(
    model: keras.Model,
    path: Path,
    *,
    outputs: str = "probabilities",
    before: Callable[[np.ndarray], np.ndarray] = np.asarray,
    seed: int = 0,
) -> float:
    """Return by how much the outputs of an ONNX file differ from Keras on random texts.

    Differences are relative where numbers are greater than 1. There are batches of one and of
    several rows, padded and not, with and without texts of one token.

    Args:
        model: from `joined_model`.
        path: the file.
        outputs: the name of its main output.
        before: undoes a step that magnifies differences of the main output.
        seed: of the texts.
    """
    import onnxruntime  # type: ignore[import-untyped]

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    differences = []
    for batch in _random_batches(model, seed):
        expected = model.predict_on_batch(batch)
        found = dict(zip(names, session.run(names, batch), strict=True))
        for name, values in expected.items():
            other = found[outputs if name == "outputs" else name]
            if name == "outputs":
                values, other = before(values), before(other)
            scale = np.maximum(np.abs(values), 1.0)
            differences.append((np.abs(other - values) / scale).max())
    return float(np.max(differences))  # NaN if there is one


def _convert(model: keras.Model) -> onnx.ModelProto:
    """Convert a model, by a temporary file, as Keras writes its result to one."""
    import onnx

    signature = {
        name: keras.InputSpec(dtype=tensor.dtype, shape=tensor.shape, name=name)
        for name, tensor in model.input.items()
    }
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of numpy, for a line of Keras
        path = Path(folder, "model.onnx")
        model.export(
            str(path),
            format="onnx",
            verbose=False,
            input_signature=[signature],
            opset_version=_OPSET,
        )
        return onnx.load(path)


def _random_batches(model: keras.Model, seed: int) -> Iterator[dict[str, np.ndarray]]:
    """Yield inputs of random lengths and values."""
    rng = np.random.default_rng(seed)
    vocabulary_size = _embedding(model).input_dim
    for size in _BATCHES:
        yield {
            name: _random_input(name, tensor, size, vocabulary_size, rng)
            for name, tensor in model.input.items()
        }


def _random_input(
    name: str,
    tensor: Any,
    size: tuple[int, int],
    vocabulary_size: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a random value of one input."""
    n_rows, length = size
    if not name.startswith("token_ids"):
        shape = (n_rows, *tensor.shape[1:])
        if name == "categories":
            return np.zeros(shape, np.int32)
        numbers = rng.normal(size=shape).astype(np.float32)
        return np.where(rng.random(shape) < 0.1, np.float32(np.nan), numbers)
    token_ids = rng.integers(UNK, vocabulary_size, size).astype(np.int32)
    lengths = rng.integers(1, length + 1, (n_rows, 1))
    lengths[0] = length
    return np.where(np.arange(length) < lengths, token_ids, np.int32(PAD))


def _embedding(model: keras.Model) -> keras.layers.Embedding:
    """Return the word vectors of the first network."""
    network = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    return network.get_layer("embedding")


def _set_names(converted: onnx.ModelProto, outputs: str) -> None:
    """Name the main output and the free dimensions.

    TensorFlow's converter keeps the names of inputs and outputs, and numbers free dimensions.
    """
    graph = converted.graph
    for node in graph.node:
        node.output[:] = [outputs if name == "outputs" else name for name in node.output]
        node.input[:] = [outputs if name == "outputs" else name for name in node.input]
    # The main output first: the converter sorts them by name.
    ordered = sorted(graph.output, key=lambda value: value.name != "outputs")
    del graph.output[:]
    graph.output.extend(ordered)
    for value in (*graph.input, *graph.output):
        value.name = outputs if value.name == "outputs" else value.name
        dimensions = value.type.tensor_type.shape.dim
        for dimension, name in zip(dimensions, ("batch", _length_name(value.name)), strict=False):
            if not dimension.dim_value:
                dimension.dim_param = name


def _length_name(name: str) -> str:
    """Return the name of the timesteps of an input or output."""
    text = "_2" if name.endswith("_2") else ""
    return f"tokens{text}" if name.startswith("token_ids") else f"timesteps{text}"
