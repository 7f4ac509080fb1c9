"""The layers of a transformer encoder.

Weights start at zero: they are read from a file. Their names decide how they are trained: an
optimizer decays none that is named after embeddings, biases or normalisations, and `LazyAdam`
updates only those rows of `embeddings` that a batch has.

Reference:
    Vaswani et al. (2017), Attention is all you need, NeurIPS; Devlin et al. (2019), BERT, NAACL.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops

from regard.artefacts.seeds import derive_seed
from regard.network.transformer.folder import GELUS, EncoderShape

Tensor = Any
_Drop = Callable[[Tensor], Tensor]

_MASKED = -1e9  # the scores of padding: finite, as no weight may be NaN


@dataclass(frozen=True)
class Regime:
    """How the layers of an encoder behave in training.

    Attributes:
        dropout: the share of the embeddings, of the attention weights and of the outputs of dense
            layers that is dropped.
        seed: of the dropout.
        recomputes: whether the values inside a layer are computed a second time for its gradients,
            and not kept.
    """

    dropout: float = 0.0
    seed: int = 0
    recomputes: bool = False

    def of_layer(self, name: str) -> Regime:
        """Return that of one layer, which has its own seed."""
        return dataclasses.replace(self, seed=derive_seed(self.seed, name))


FROZEN = Regime()


@keras.saving.register_keras_serializable("regard")
class PieceEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """Token ids to vectors: the sum of the vectors of piece, position and type, normalised.

    Inputs: token ids and segments, each `(batch, timesteps)` int32, see `build_transformer`.
    Output: `(batch, timesteps, width)`.

    Args:
        shape: the sizes of the encoder.
        regime: of training.
    """

    def __init__(self, shape: EncoderShape, regime: Regime = FROZEN, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shape = shape
        self.norm = keras.layers.LayerNormalization(epsilon=shape.epsilon, name="norm")
        self.dropout = keras.layers.Dropout(regime.dropout, seed=regime.seed, name="dropout")

    def build(self, token_ids_shape: Any, segments_shape: Any = None) -> None:
        """Create the tables of vectors."""
        shape = self._shape
        self.pieces = self._table("embeddings", shape.n_pieces)
        self.positions = self._table("position_embeddings", shape.n_positions)
        self.types = self._table("type_embeddings", shape.n_types) if shape.n_types else None
        self.norm.build((*token_ids_shape, shape.width))

    def call(self, token_ids: Tensor, segments: Tensor, training: bool | None = None) -> Tensor:
        """Return the vectors of tokens."""
        first = self._shape.first_position
        positions = ops.arange(first, first + ops.shape(token_ids)[1])
        vectors = ops.take(self.pieces, token_ids, axis=0)
        vectors = vectors + ops.take(self.positions, positions, axis=0)
        if self.types is not None:
            # Segments are numbered from 1; a model of one type has the same for all.
            types = ops.clip(segments - 1, 0, self._shape.n_types - 1)
            vectors = vectors + ops.matmul(ops.one_hot(types, self._shape.n_types), self.types)
        return self.dropout(self.norm(vectors), training=training)

    def _table(self, name: str, n_rows: int) -> Any:
        # In its own precision: a cast of the whole table would make its gradient dense.
        return self.add_weight(
            shape=(n_rows, self._shape.width), initializer="zeros", name=name, autocast=False
        )


@keras.saving.register_keras_serializable("regard")
class TransformerLayer(keras.layers.Layer):  # type: ignore[misc]
    """Self-attention and two dense layers, each added to its input and then normalised.

    Inputs: states `(batch, timesteps, width)`, and whether each timestep is a real token, `(batch,
    timesteps)` bool. Output: states of the same shape.

    Args:
        shape: the sizes of the encoder.
        regime: of training.
    """

    def __init__(self, shape: EncoderShape, regime: Regime = FROZEN, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shape = shape
        self._regime = regime
        # One product for queries, keys and values is faster than three.
        self.projection = _dense(3 * shape.width, "projection")
        self.attended = _dense(shape.width, "attended")
        self.attended_norm = keras.layers.LayerNormalization(epsilon=shape.epsilon, name="norm_1")
        self.inner = _dense(shape.inner_width, "inner")
        self.outer = _dense(shape.width, "outer")
        self.outer_norm = keras.layers.LayerNormalization(epsilon=shape.epsilon, name="norm_2")
        self.seeds = keras.random.SeedGenerator(regime.seed) if regime.dropout else None

    def build(self, states_shape: Any, is_real_shape: Any = None) -> None:
        """Create the weights."""
        width = (None, None, self._shape.width)
        for layer in (self.projection, self.attended, self.attended_norm):
            layer.build(width)
        self.inner.build(width)
        self.outer.build((None, None, self._shape.inner_width))
        self.outer_norm.build(width)

    def call(self, states: Tensor, is_real: Tensor, training: bool | None = None) -> Tensor:
        """Return the states after the layer."""
        drops: list[_Drop] = [_keep] * 3
        if training and self.seeds is not None:
            # Drawn here: a layer that is computed again must drop the same numbers again.
            drops = [_drop(self._regime.dropout, self.seeds.next()) for _ in range(3)]

        def transformed(inputs: Tensor) -> Tensor:
            return self._transformed(inputs, is_real, drops)

        if training and self._regime.recomputes:
            return keras.remat(transformed)(states)
        return transformed(states)

    def _transformed(self, states: Tensor, is_real: Tensor, drops: list[_Drop]) -> Tensor:
        of_weights, of_attended, of_outer = drops
        attended = self.attended(self._attend(states, is_real, of_weights))
        states = self.attended_norm(states + of_attended(attended))
        inner = ops.gelu(self.inner(states), approximate=GELUS[self._shape.gelu])
        return self.outer_norm(states + of_outer(self.outer(inner)))

    def _attend(self, states: Tensor, is_real: Tensor, drop: _Drop) -> Tensor:
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
        weights = drop(ops.softmax(scores))
        attended = ops.matmul(ops.cast(weights, values.dtype), values)
        attended = ops.transpose(attended, (0, 2, 1, 3))
        return ops.reshape(attended, (batch, n_tokens, shape.width))


def _dense(units: int, name: str) -> keras.layers.Layer:
    return keras.layers.Dense(units, kernel_initializer="zeros", name=name)


class _Drawn(keras.random.SeedGenerator):  # type: ignore[misc]
    """A seed that is drawn already, for functions that take a generator."""

    def __init__(self, seed: Tensor) -> None:
        # Not that of the base class, which makes a variable.
        self._initial_seed = 0
        self._drawn = seed

    def next(self, ordered: bool = True) -> Tensor:
        """Return the seed, the same at each call."""
        return self._drawn


def _drop(rate: float, seed: Tensor) -> _Drop:
    """Return a function that drops the same numbers whenever it is called."""
    return lambda inputs: keras.random.dropout(inputs, rate, seed=_Drawn(seed))


def _keep(inputs: Tensor) -> Tensor:
    return inputs
