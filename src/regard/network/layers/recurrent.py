"""Recurrent layers that run without a mask, so that every backend can use cuDNN.

In a right-padded batch no real timestep of a forward layer can see the padding after it. A backward
layer would meet the padding first, so it runs forward over each text reversed within its own
length, and its output is reversed back. On real tokens this equals the masked layers; at padding
the output means nothing, and whoever reads it needs the mask.
"""

import logging
from typing import Any, TypeAlias

import keras
from keras import ops

from regard.config import RnnConfig
from regard.seeds import derive_seed

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor

logger = logging.getLogger(__name__)


def recurrent(sequence: Tensor, mask: Tensor, config: RnnConfig, *, seed: int) -> Tensor:
    """Stack recurrent layers, `lstm_1_forward`, `lstm_1_backward`, `lstm_2_forward`, ... in a
    functional model.

    Args:
        sequence: `(batch, timesteps, features)`, padded on the right. A mask that Keras has
            attached to it is dropped.
        mask: `(batch, timesteps)` bool, True at real tokens.
        config: the cell, the number of layers and of units, the directions, the dropout.
        seed: of the initial weights and of dropout; each layer takes its own from it.

    Returns:
        `(batch, timesteps, units)`; with both directions `(batch, timesteps, 2 * units)`, forward
        first. Without any layer, the sequence.

    Example:
        token_ids = keras.Input((None,), dtype="int32")
        sequence = keras.layers.Embedding(10_000, 300)(token_ids)
        mask = keras.ops.not_equal(token_ids, 0)
        sequence = recurrent(sequence, mask, config, seed=1)
    """
    if config.recurrent_dropout:
        logger.warning(
            "model.rnn.recurrent_dropout=%g: recurrent layers lose cuDNN and are many times slower on a GPU; "
            "model.rnn.dropout does not",
            config.recurrent_dropout,
        )
    reverse = ReverseWithinLength(name="reverse_within_length")
    sequence = ops.copy(sequence)  # a plain operator drops the mask of an Embedding(mask_zero=True)
    for number in range(1, config.n_layers + 1):
        cell = config.cell if config.cell != "lstm_gru" else "lstm" if number == 1 else "gru"
        name = f"{cell}_{number}"
        forward = _layer(cell, config, f"{name}_forward", seed)(sequence)
        if config.bidirectional:
            backward = _layer(cell, config, f"{name}_backward", seed)(reverse(sequence, mask=mask))
            sequence = keras.layers.Concatenate(name=name)([forward, reverse(backward, mask=mask)])
        else:
            sequence = forward
    return sequence


@keras.saving.register_keras_serializable(package="regard")
class ReverseWithinLength(keras.layers.Layer):  # type: ignore[misc]
    """Reverse each text within its own length; padding stays where and as it is.

    Twice is the identity.

    Masking: needs a mask of right-padded texts, given by hand (`mask=`), and passes none on.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.

    Returns:
        `(batch, timesteps, features)`.

    Example:
        [[1.0], [2.0], [3.0], [0.0]], mask [True, True, True, False] -> [[3.0], [2.0], [1.0], [0.0]]
    """

    def call(self, inputs: Tensor, mask: Tensor) -> Tensor:
        """Return the texts reversed."""
        batch, timesteps, features = ops.shape(inputs)
        positions = ops.arange(timesteps)
        lengths = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)
        sources = ops.where(positions < lengths, lengths - 1 - positions, positions)
        # Whole rows of a flat matrix: on TensorFlow far faster than take_along_axis, forward and
        # backward.
        rows = sources + timesteps * ops.arange(batch)[:, None]
        return ops.take(ops.reshape(inputs, (-1, features)), rows, axis=0)

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: recurrent layers run without one."""


def _layer(cell: str, config: RnnConfig, name: str, seed: int) -> keras.layers.Layer:
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    return kind(
        config.units,
        return_sequences=True,
        dropout=config.dropout,
        recurrent_dropout=config.recurrent_dropout,
        kernel_initializer=keras.initializers.GlorotUniform(seed=derive_seed(seed, name, "kernel")),
        recurrent_initializer=keras.initializers.Orthogonal(
            seed=derive_seed(seed, name, "recurrent_kernel")
        ),
        seed=derive_seed(seed, name, "dropout"),
        name=name,
    )
