"""All networks of a run as one Keras model: their mean, from token ids of any length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

from regard.network.export.rebuild import rebuilt
from regard.network.export.word_vectors import shared_embeddings
from regard.tasks.calibration import LARGEST, SMALLEST

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor
Tensors: TypeAlias = dict[str, Tensor]


@dataclass(frozen=True)
class GraphOptions:
    """How inputs are read, and how outputs of a network become predictions.

    The outputs are those of `trainer.predict_outputs`.

    Attributes:
        max_tokens: the number of tokens that longer texts are cut to.
        symmetric: whether the order of the two texts means nothing.
        truncate: the part of longer texts that is kept: head, tail or both.
        lowest: the lowest number of each output; None for probabilities.
        highest: the highest number of each output; None for probabilities.
        shift: the weights of `class_weights.shift_probabilities`, or None.
        temperature: of `tasks.calibration.scale`, or None.
        exclusive: whether the probabilities of a row sum to one, which the temperature must know.
    """

    max_tokens: int
    symmetric: bool = False
    truncate: str = "head"
    lowest: Sequence[float] | None = None
    highest: Sequence[float] | None = None
    shift: tuple[float, float] | None = None
    temperature: float | None = None
    exclusive: bool = False


def joined_model(
    models: Sequence[keras.Model],
    options: GraphOptions,
    *,
    embeddings: Sequence[keras.layers.Layer] | None = None,
) -> keras.Model:
    """Join networks into one model, whose outputs are the means of theirs.

    Texts of any length go in, padded on the right: the model cuts them as training did, and pads
    the two texts of a pair to one length. A symmetric pair is read in both orders.

    Args:
        models: from `build_model`, of the same architecture.
        options: how inputs are read, and how outputs become predictions.
        embeddings: the word vectors of each network; None: its own.

    Returns:
        A model from the inputs of the networks, by name, to a dictionary: `outputs` `(batch,
        outputs)` float32 and, for networks with attention, `attention`, `attention_2`, ...
        `(batch, timesteps)` float32: the weight of each token.
    """
    inputs = {
        name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name)
        for name, tensor in models[0].input.items()
    }
    n_encoders = sum(isinstance(layer, keras.Model) for layer in models[0].layers)
    n_texts = sum(name.startswith("token_ids") for name in inputs)
    read = ReadInputs(
        options.max_tokens,
        paired=n_encoders < n_texts,
        symmetric=options.symmetric,
        truncate=options.truncate,
        name="read",
    )
    given = read(inputs)
    found = []
    for index, embedding in enumerate(embeddings or shared_embeddings(models)):
        copy = rebuilt(models[index], name=f"model_{index}", embedding=embedding)
        outputs = _without_orders(copy(given)) if options.symmetric else copy(given)
        outputs["outputs"] = corrected(outputs["outputs"], options)
        found.append(outputs)
    return keras.Model(inputs, {name: _mean([each[name] for each in found]) for name in found[0]})


class ReadInputs(keras.layers.Layer):  # type: ignore[misc]
    """Bring inputs into the form that training had.

    Args:
        max_tokens: the number of tokens that longer texts are cut to.
        paired: whether both texts are padded to the length of the longer one.
        symmetric: whether each row is followed by all rows with their texts in the other order.
        truncate: the part of longer texts that is kept, see `batching.read_indices`.
        **options: of every Keras layer.

    Call arguments:
        inputs: `token_ids`, `token_ids_2`, ... `(batch, timesteps)` int32; `numbers` and
            `categories` if there are any.

    Returns:
        The same names; twice the rows if `symmetric`.

    Example:
        paired: token_ids [[5, 6, 7]], token_ids_2 [[8]] -> [[5, 6, 7]], [[8, 0, 0]]
        symmetric: the same -> [[5, 6, 7], [8, 0, 0]], [[8, 0, 0], [5, 6, 7]]
    """

    def __init__(
        self,
        max_tokens: int,
        *,
        paired: bool,
        symmetric: bool,
        truncate: str = "head",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.max_tokens = max_tokens
        self.paired = paired
        self.symmetric = symmetric
        self.truncate = truncate

    def call(self, inputs: Tensors) -> Tensors:
        """Return the inputs in the form of training."""
        read = {
            name: self._cut(tensor) if name.startswith("token_ids") else tensor
            for name, tensor in inputs.items()
        }
        if self.paired:
            first = read["token_ids"]
            second = read["token_ids_2"]
            longest = ops.maximum(ops.shape(first)[1], ops.shape(second)[1])
            # [5, 6, 7] and [8]: [5, 6, 7, 0] and [8, 0, 0, 0], cut to 3. Padding is 0.
            read["token_ids"] = _followed_by(first, ops.zeros_like(second))[:, :longest]
            read["token_ids_2"] = _followed_by(second, ops.zeros_like(first))[:, :longest]
        if not self.symmetric:
            return read
        other = {**read, "token_ids": read["token_ids_2"], "token_ids_2": read["token_ids"]}
        return {name: ops.concatenate([read[name], other[name]], axis=0) for name in read}

    def _cut(self, token_ids: Tensor) -> Tensor:
        if self.truncate == "head":
            return token_ids[:, : self.max_tokens]
        n_first = 0 if self.truncate == "tail" else (self.max_tokens + 1) // 2
        return _cut_rows(token_ids, self.max_tokens, n_first)

    def compute_output_spec(self, inputs: Tensors) -> Tensors:
        """Return the shapes and dtypes that `call` returns."""
        return {
            name: keras.KerasTensor((None, *tensor.shape[1:]), dtype=tensor.dtype)
            for name, tensor in inputs.items()
        }


def _cut_rows(token_ids: Tensor, max_tokens: int, n_first: int) -> Tensor:
    """Return the first tokens of each row, and the last ones up to its padding."""
    # Six tokens, one of padding, cut to 4 with 2 first: the indices are 0 1 2 3, one token is left
    # out, and so 0 1 3 4 are read.
    indices = ops.cumsum(ops.ones_like(token_ids[:, :max_tokens]), axis=1) - 1
    n_real = ops.sum(ops.cast(token_ids != 0, "int32"), axis=1, keepdims=True)
    n_left_out = ops.maximum(n_real - max_tokens, 0)
    indices = indices + ops.cast(indices >= n_first, "int32") * n_left_out
    return ops.take_along_axis(token_ids, indices, axis=1)


def _followed_by(tokens: Tensor, padding: Tensor) -> Tensor:
    return ops.concatenate([tokens, padding], axis=1)


def _without_orders(outputs: Tensors) -> Tensors:
    """Return the mean over both orders of pairs, and the attention in the order that was given."""
    # Rows a, b and their swapped versions: [a, b, a swapped, b swapped].
    halves = {name: ops.split(tensor, 2, axis=0) for name, tensor in outputs.items()}
    given = {name: first for name, (first, _) in halves.items()}
    return {**given, "outputs": _mean(halves["outputs"])}


def _mean(tensors: Sequence[Tensor]) -> Tensor:
    """Return the mean of tensors of one shape."""
    return ops.mean(ops.stack(tensors), axis=0) if len(tensors) > 1 else tensors[0]


def corrected(outputs: Tensor, options: GraphOptions) -> Tensor:
    """Return predictions, see `GraphOptions`."""
    # Arrays, since a tensor that is made here would become an input of the exported file.
    if options.lowest is not None:
        outputs = ops.maximum(outputs, np.array([options.lowest], np.float32))
    if options.highest is not None:
        outputs = ops.minimum(outputs, np.array([options.highest], np.float32))
    if options.shift is not None:
        negative, positive = options.shift
        outputs = positive * outputs / (positive * outputs + negative * (1.0 - outputs))
    if options.temperature is None:
        return outputs
    return _scaled(outputs, options.temperature, exclusive=options.exclusive)


def _scaled(outputs: Tensor, temperature: float, *, exclusive: bool) -> Tensor:
    """Return probabilities whose log odds are divided by a temperature."""
    likely = ops.clip(outputs, SMALLEST, LARGEST)
    if exclusive:
        return ops.softmax(ops.log(likely) / temperature, axis=-1)
    return ops.sigmoid((ops.log(likely) - ops.log1p(-likely)) / temperature)
