"""The layers of a transformer encoder.

Weights start at zero: they are read from a file.

Reference:
    Vaswani et al. (2017), Attention is all you need, NeurIPS; Devlin et al. (2019), BERT, NAACL.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from regard.network.transformer.folder import GELUS, EncoderShape

Tensor = Any

_MASKED = -1e9  # the scores of padding: finite, as no weight may be NaN


@keras.saving.register_keras_serializable("regard")
class PieceEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """Token ids to vectors: the sum of the vectors of piece, position and first type, normalised.

    Input `(batch, timesteps)` int32, output `(batch, timesteps, width)`.

    Args:
        shape: the sizes of the encoder.
    """

    def __init__(self, shape: EncoderShape, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shape = shape
        self.norm = keras.layers.LayerNormalization(epsilon=shape.epsilon, name="norm")

    def build(self, input_shape: Any) -> None:
        """Create the tables of vectors."""
        shape = self._shape
        self.pieces = self._table("pieces", shape.n_pieces)
        self.positions = self._table("positions", shape.n_positions)
        self.types = self._table("types", shape.n_types) if shape.n_types else None
        self.norm.build((*input_shape, shape.width))

    def call(self, token_ids: Tensor) -> Tensor:
        """Return the vectors of tokens."""
        n_tokens = ops.shape(token_ids)[1]
        first = self._shape.first_position
        positions = ops.take(self.positions, first + ops.arange(n_tokens), axis=0)
        vectors = ops.take(self.pieces, token_ids, axis=0) + positions
        if self.types is not None:
            vectors = vectors + self.types[0]
        return self.norm(vectors)

    def _table(self, name: str, n_rows: int) -> Any:
        return self.add_weight(shape=(n_rows, self._shape.width), initializer="zeros", name=name)


@keras.saving.register_keras_serializable("regard")
class TransformerLayer(keras.layers.Layer):  # type: ignore[misc]
    """Self-attention and two dense layers, each added to its input and then normalised.

    Inputs: states `(batch, timesteps, width)`, and whether each timestep is a real token, `(batch,
    timesteps)` bool. Output: states of the same shape.

    Args:
        shape: the sizes of the encoder.
    """

    def __init__(self, shape: EncoderShape, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shape = shape
        # One product for queries, keys and values is faster than three.
        self.projection = _dense(3 * shape.width, "projection")
        self.attended = _dense(shape.width, "attended")
        self.attended_norm = keras.layers.LayerNormalization(epsilon=shape.epsilon, name="norm_1")
        self.inner = _dense(shape.inner_width, "inner")
        self.outer = _dense(shape.width, "outer")
        self.outer_norm = keras.layers.LayerNormalization(epsilon=shape.epsilon, name="norm_2")

    def build(self, states_shape: Any, is_real_shape: Any = None) -> None:
        """Create the weights."""
        width = (None, None, self._shape.width)
        for layer in (self.projection, self.attended, self.attended_norm):
            layer.build(width)
        self.inner.build(width)
        self.outer.build((None, None, self._shape.inner_width))
        self.outer_norm.build(width)

    def call(self, states: Tensor, is_real: Tensor) -> Tensor:
        """Return the states after the layer."""
        states = self.attended_norm(states + self.attended(self._attend(states, is_real)))
        inner = ops.gelu(self.inner(states), approximate=GELUS[self._shape.gelu])
        return self.outer_norm(states + self.outer(inner))

    def _attend(self, states: Tensor, is_real: Tensor) -> Tensor:
        shape = self._shape
        head_width = shape.width // shape.n_heads
        batch, n_tokens = ops.shape(states)[0], ops.shape(states)[1]
        # (batch, timesteps, 3 * width) -> (3, batch, heads, timesteps, head width)
        parts = ops.reshape(
            self.projection(states), (batch, n_tokens, 3, shape.n_heads, head_width)
        )
        queries, keys, values = ops.unstack(ops.transpose(parts, (2, 0, 3, 1, 4)), num=3)
        scores = ops.matmul(queries * head_width**-0.5, ops.transpose(keys, (0, 1, 3, 2)))
        # In float32, whatever the precision of the products.
        scores = ops.where(is_real[:, None, None, :], ops.cast(scores, "float32"), _MASKED)
        weights = ops.softmax(scores)
        attended = ops.matmul(ops.cast(weights, values.dtype), values)
        attended = ops.transpose(attended, (0, 2, 1, 3))
        return ops.reshape(attended, (batch, n_tokens, shape.width))


def _dense(units: int, name: str) -> keras.layers.Layer:
    return keras.layers.Dense(units, kernel_initializer="zeros", name=name)
