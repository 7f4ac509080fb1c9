"""Self-attention: every timestep looks all timesteps of its text up."""

import warnings
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

from regard.artefacts.seeds import derive_seed
from regard.network.layers.convolution import zero_at_padding
from regard.network.layers.seeded import glorot

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor
Shape: TypeAlias = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="regard")
class SelfAttention(keras.layers.Layer):  # type: ignore[misc]
    """One block of a transformer without its dense layers, by Keras's `MultiHeadAttention`.

        scores = (x . Wq) . (x . Wk) / sqrt(key_dim)     each timestep's query on each key
        weights = softmax(scores)                        over the real tokens
        context = sum(weights * (x . Wv)), all heads projected by Wo
        outputs = layer normalization of x + context

    It needs memory for `timesteps ** 2` weights of each head.

    Masking: takes a mask, given explicitly (`mask=`), and passes none on. Padding has no weight,
    and the outputs at padding mean nothing; they are finite, also in a text without a real token.

    Args:
        n_heads: the number of heads.
        key_dim: the size of the queries, keys and values of a head.
        dropout: the share of weights that is dropped in training.
        positions: add `position_encodings` to the inputs. Without them the block does not see the
            order of the timesteps; after a recurrent layer the states hold it.
        seed: of the initial weights and of dropout; None draws other ones each time.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool; None if every timestep is a real token.
        return_attention_scores: return the weights too.
        training: whether weights are dropped.

    Returns:
        The outputs `(batch, timesteps, features)`; with `return_attention_scores`, the pair of them
        and the weights `(batch, heads, timesteps, timesteps)` float32: `weights[b, h, i, j]` is how
        much timestep `i` takes of timestep `j`. Rows of real tokens sum to one, those of padding
        are zeros.

    Reference:
        Vaswani et al. (2017), Attention Is All You Need, arXiv:1706.03762.
    """

    def __init__(
        self,
        n_heads: int = 4,
        key_dim: int = 32,
        *,
        dropout: float = 0.0,
        positions: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.n_heads = n_heads
        self.key_dim = key_dim
        self.dropout = dropout
        self.positions = positions
        self.seed = seed

    def build(self, input_shape: Shape) -> None:
        """Create the projections and the normalization."""
        self.attention = keras.layers.MultiHeadAttention(
            self.n_heads,
            self.key_dim,
            dropout=self.dropout,
            seed=None if self.seed is None else derive_seed(self.seed, "dropout"),
            dtype=self.dtype_policy,
            name="attention",
        )
        self.attention.build(input_shape, input_shape)
        self.normalization = keras.layers.LayerNormalization(
            dtype=self.dtype_policy, name="normalization"
        )
        self.normalization.build(input_shape)
        self._set_initial_weights(int(input_shape[-1] or 0))

    def _set_initial_weights(self, features: int) -> None:
        # Keras gives all projections one initializer, so that with a seed the queries would be the
        # keys; and it takes the kernels, which have an axis for the heads, for convolutions.
        attention = self.attention
        size = self.n_heads * self.key_dim
        for name, layer, shape in (
            ("query", attention.query_dense, (features, size)),
            ("key", attention.key_dense, (features, size)),
            ("value", attention.value_dense, (features, size)),
            ("output", attention.output_dense, (size, features)),
        ):
            values = ops.convert_to_numpy(glorot(self.seed, name)(shape))
            layer.kernel.assign(values.reshape(layer.kernel.shape))

    def call(
        self,
        inputs: Tensor,
        mask: Tensor | None = None,
        return_attention_scores: bool = False,
        training: bool | None = None,
    ) -> Any:
        """Return the outputs, or the pair of them and the weights."""
        sequence = inputs if mask is None else zero_at_padding(inputs, mask)
        n_timesteps, features = ops.shape(sequence)[1:]
        if self.positions:
            encodings = position_encodings(n_timesteps, int(features))
            sequence = sequence + ops.cast(encodings, sequence.dtype)
        with warnings.catch_warnings():
            # Keras warns of texts of one token, where a weight of one is right.
            warnings.filterwarnings("ignore", "You are using a softmax over axis")
            found = self.attention(
                sequence,
                sequence,
                attention_mask=None if mask is None else _visible(mask, n_timesteps),
                return_attention_scores=return_attention_scores,
                training=training,
            )
        if not return_attention_scores:
            return self.normalization(sequence + found)
        context, weights = found
        weights = ops.cast(weights, "float32")
        if mask is not None:
            weights = ops.where(mask[:, None, :, None], weights, 0.0)
        return self.normalization(sequence + context), weights

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        return {
            **super().get_config(),
            "n_heads": self.n_heads,
            "key_dim": self.key_dim,
            "dropout": self.dropout,
            "positions": self.positions,
            "seed": self.seed,
        }


def _visible(mask: Tensor, n_timesteps: Any) -> Tensor:
    """Return which timesteps each timestep sees: the real tokens, and itself.

    By itself no timestep of a text without a real token would see any, and some backends make NaN
    of that. A real token sees itself in any case.

    Example:
        mask [True, False] -> [[True, False], [True, True]]
    """
    positions = ops.arange(n_timesteps)
    itself = ops.equal(positions[:, None], positions[None, :])
    return ops.logical_or(mask[:, None, :], itself[None])


def position_encodings(n_timesteps: Any, features: int) -> Tensor:
    """Return waves of different lengths, by which the timesteps are told apart.

    Args:
        n_timesteps: a number, or a tensor of one.
        features: the number of features.

    Returns:
        `(timesteps, features)` float32: feature 2i is sin(t / 10000 ** (2i / features)), feature
        2i + 1 the cosine of the same.

    Example:
        position_encodings(2, 2) -> [[0.0, 1.0], [sin(1), cos(1)]]
    """
    indices = np.arange(features)
    rates = (10000.0 ** (-(indices - indices % 2) / features)).astype(np.float32)
    # A cosine is a sine that is a quarter of a wave ahead.
    phases = (indices % 2 * np.pi / 2).astype(np.float32)
    timesteps = ops.cast(ops.arange(n_timesteps), "float32")[:, None]
    return ops.sin(timesteps * rates + phases)
