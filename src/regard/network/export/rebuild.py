"""One network built again for the export: in float32, with its attention weights as outputs."""

from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

from regard.network.attention_weights import (
    AttentionModel,
    attention_weights,
    weights_by_head,
)
from regard.network.export.loops import exportable, is_recurrent
from regard.network.layers.attention_pooling import AttentionPooling
from regard.network.layers.sentences import SentenceAttention, at_words

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def rebuilt(model: keras.Model, *, name: str, embedding: keras.layers.Layer) -> keras.Model:
    """Build a network again for the export.

    Layers that compute in float32 already are shared with the network, which stays as it is.

    Args:
        model: from `build_model`, with the weights to export.
        name: of the new model.
        embedding: the word vectors of the new model.

    Returns:
        A model from the same inputs to a dictionary: `outputs` `(batch, outputs)`; and for a
        network with attention `attention`, `attention_2`, ..., the weight of each token of each
        text, `(batch, timesteps)`, the mean over the heads.
    """
    has_attention = attention_weights(AttentionModel(model), _one_text(model)) is not None
    encoders = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    weights: dict[str, Tensor] = {}

    def clone(layer: Any) -> Any:
        if layer in encoders:
            return _encoder_with_weights(layer) if has_attention else _rebuilt_encoder(layer)
        return embedding if layer.name == "embedding" else in_float32(layer)

    def call(layer: Any, *arguments: Any, **options: Any) -> Any:
        outputs = layer(*arguments, **options)
        if not isinstance(outputs, list) or not layer.name.startswith("encoder"):
            return outputs
        features, weights[layer.name.replace("encoder", "attention")] = outputs
        return features

    copy = keras.models.clone_model(model, clone_function=clone, call_function=call)
    n_texts = sum(name.startswith("token_ids") for name in model.input)
    if len(weights) == 1 and n_texts == 2:  # the encoder of a pair reads both texts in one batch
        weights["attention"], weights["attention_2"] = ops.split(weights["attention"], 2, axis=0)
    return keras.Model(copy.input, {"outputs": copy.output, **weights}, name=name)


def in_float32(layer: Any) -> Any:
    """Return a layer that predicts in float32 and converts: itself, or a copy with its weights."""
    if not isinstance(layer, keras.layers.Layer):
        return layer  # a plain operation
    if is_recurrent(layer):
        return exportable(layer)
    if layer.compute_dtype == "float32":
        return layer
    copy = type(layer).from_config({**layer.get_config(), "dtype": "float32"})
    if layer.weights:
        copy.build_from_config(layer.get_build_config())
        copy.set_weights(layer.get_weights())
    return copy


class WithWeights(keras.layers.Layer):  # type: ignore[misc]
    """An attention layer that always returns its weights too.

    Call arguments are those of the layer. Results are its context, and the mean weights of its
    heads, `(batch, timesteps)` float32.

    Args:
        attention: the layer.
    """

    def __init__(self, attention: AttentionPooling) -> None:
        super().__init__(name="with_weights", dtype="float32")
        self.attention = attention

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Any:
        """Return the context and the weights."""
        context, weights = weights_by_head(self.attention, inputs, mask)
        return context, ops.mean(weights, axis=1)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: no timesteps are left."""

    def compute_output_spec(self, inputs: Tensor, mask: Tensor | None = None) -> Any:
        """Return the shapes and dtypes of the context and the weights."""
        context = self.attention.compute_output_spec(inputs, mask=mask)
        return context, keras.KerasTensor(inputs.shape[:2], dtype="float32")


def _rebuilt_encoder(encoder: keras.Model) -> keras.Model:
    """Build an encoder again."""
    return keras.models.clone_model(encoder, clone_function=in_float32)


def _encoder_with_weights(encoder: keras.Model) -> keras.Model:
    """Build an encoder again, with the weights of its attention as a second output."""
    found: list[Tensor] = []
    of_words: list[Tensor] = []

    def clone(layer: Any) -> Any:
        copy = in_float32(layer)
        # A layer of its own: Keras takes the number of a layer's outputs from its first call, and
        # the attention was called without weights.
        return WithWeights(copy) if isinstance(copy, AttentionPooling) else copy

    def call(layer: Any, *arguments: Any, **options: Any) -> Any:
        outputs = layer(*arguments, **options)
        if isinstance(layer, SentenceAttention):
            of_words.append(outputs[1])
        if not isinstance(layer, WithWeights):
            return outputs
        context, weights = outputs
        found.append(weights)
        return context

    copy = keras.models.clone_model(encoder, clone_function=clone, call_function=call)
    if of_words:
        found = [at_words(weights, of_words[0]) for weights in found]
    return keras.Model(copy.input, [copy.output, *found], name=encoder.name)


def _one_text(model: keras.Model) -> dict[str, np.ndarray]:
    """Return inputs of one row, whose texts have some tokens each."""
    return {
        name: np.ones((1, tensor.shape[1] or 8), tensor.dtype)
        for name, tensor in model.input.items()
    }
