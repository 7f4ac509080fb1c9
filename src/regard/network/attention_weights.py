"""The attention weights of a network: which tokens of a text count how much, for each head."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from regard.network.batching import token_ids_name
from regard.network.layers.attention_pooling import AttentionPooling
from regard.network.layers.sentences import at_words, word_weights


class AttentionModel(keras.Model):  # type: ignore[misc]
    """The layers of a network up to its attention: from texts to attention weights.

    Args:
        model: from `build_model`; its layers are shared.

    Call arguments:
        inputs: the texts of the network, by name, `(batch, timesteps)` int32.

    Returns:
        For each text, by name, `(batch, heads, timesteps)` float32.

    Attributes:
        attentions: the attention layer of each encoder; empty for a network without attention.
    """

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        encoders = [layer for layer in model.layers if isinstance(layer, keras.Model)]
        found = [
            [layer for layer in encoder.layers if isinstance(layer, AttentionPooling)][:1]
            for encoder in encoders
        ]
        self.attentions = [layer for layers in found for layer in layers]
        # Models of the layers before the attention; their outputs are the attention's inputs, and
        # the weights of words in sentences if it reads those.
        self.before = [
            keras.Model(encoder.input, [*layer.input, *word_weights(encoder)])
            for encoder, layers in zip(encoders, found, strict=True)
            for layer in layers
        ]
        self.to_vectors = vector_layers(model)

    def call(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Return the weights."""
        texts = [inputs[token_ids_name(index)] for index in range(len(inputs))]
        if len(self.before) < len(texts):  # the encoder of a pair reads both texts in one batch
            both = self._weights(0, ops.concatenate(texts, axis=0))
            weights = ops.split(both, len(texts), axis=0)
        else:
            weights = [self._weights(index, token_ids) for index, token_ids in enumerate(texts)]
        return {token_ids_name(index): own for index, own in enumerate(weights)}

    def _weights(self, encoder: int, token_ids: Any) -> Any:
        vectors = token_ids
        for layer in self.to_vectors:
            vectors = layer(vectors)
        sequence, mask, *of_words = self.before[encoder]([vectors, token_ids])
        weights = weights_by_head(self.attentions[encoder], sequence, mask)[1]
        for in_sentences in of_words:
            weights = at_words(weights, in_sentences)
        return weights


def vector_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers that make the word vectors of token ids, in order."""
    names = ("embedding", "embedding_projection")
    return [layer for layer in model.layers if layer.name in names]


def attention_weights(
    model: AttentionModel, inputs: dict[str, np.ndarray]
) -> list[np.ndarray] | None:
    """Return the attention weight of each token of some texts; None for a model without attention.

    Args:
        model: keep it for further texts, since Keras traces every model anew.
        inputs: the inputs of the network.

    Returns:
        For each text of a row `(batch, heads, timesteps)` float32: zero at padding, the weights of
        each head sum to one. None also where the attention's timesteps are not those of the tokens.
    """
    if not model.attentions:
        return None
    texts = {name: ids for name, ids in inputs.items() if name.startswith("token_ids")}
    found = model.predict_on_batch(texts)
    weights = [np.asarray(found[name], np.float32) for name in texts]
    shapes = zip(weights, texts.values(), strict=True)
    fits = all((len(own), own.shape[-1]) == ids.shape for own, ids in shapes)
    return weights if fits else None


def weights_by_head(attention: AttentionPooling, inputs: Any, mask: Any) -> tuple[Any, Any]:
    """Return the context of an attention layer, and its weights `(batch, heads, timesteps)`."""
    context, weights = attention(inputs, mask=mask, return_attention_scores=True)
    # Those of a `FeedForwardAttention` have no axis of heads.
    return context, weights if len(weights.shape) == 3 else weights[:, None]
