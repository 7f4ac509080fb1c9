"""The weights by which a trained network aligns the texts of pairs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from regard.network.attention_weights import vector_layers
from regard.network.batching import token_ids_name
from regard.network.layers.alignment import SoftAlignment


class AlignmentModel(keras.Model):  # type: ignore[misc]
    """The layers of a network up to its alignment: from the texts of pairs to alignment weights.

    Args:
        model: from `build_model`; its layers are shared.

    Call arguments:
        inputs: `token_ids` and `token_ids_2`, `(batch, timesteps)` int32, of one length.

    Returns:
        `(2 * batch, timesteps, timesteps)` float32: the weights of the second text's tokens for
        each token of the first one, then those of the first text's tokens.

    Attributes:
        alignment: the alignment layer; None for a network without one.
    """

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        found = [
            (encoder, layer)
            for encoder in model.layers
            if isinstance(encoder, keras.Model)
            for layer in encoder.layers
            if isinstance(layer, SoftAlignment)
        ]
        self.alignment: Any = found[0][1] if found else None
        if found:
            encoder, layer = found[0]
            self.before = keras.Model(encoder.input, layer.input)
        self.to_vectors = vector_layers(model)

    def call(self, inputs: dict[str, Any]) -> Any:
        """Return the weights."""
        token_ids = ops.concatenate([inputs[token_ids_name(text)] for text in (0, 1)], axis=0)
        vectors = token_ids
        for layer in self.to_vectors:
            vectors = layer(vectors)
        *sequences, mask = self.before([vectors, token_ids])
        _, weights = self.alignment(*sequences, mask=mask, return_attention_scores=True)
        return weights


def alignment_weights(
    model: AlignmentModel, inputs: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return how some pairs of texts are aligned; None for a network without an alignment.

    Args:
        model: keep it for further pairs, since Keras traces every model anew.
        inputs: the inputs of the network.

    Returns:
        `(batch, timesteps, timesteps)` float32, for each token of the first text the weights of the
        second text's tokens; and the same from the second text to the first. Each row sums to one,
        those of padding too: leave them out.
    """
    if model.alignment is None:
        return None
    texts = {name: inputs[name] for name in (token_ids_name(0), token_ids_name(1))}
    first, second = np.split(np.asarray(model.predict_on_batch(texts), np.float32), 2)
    return first, second
