"""Recurrent layers that run without a mask, so that every backend can use cuDNN.

In a right-padded batch no real timestep of a forward layer can see the padding after it. A backward
layer would meet the padding first, so it runs forward over each text reversed within its own
length, and its output is reversed back. On real tokens this equals the masked layers; at padding
the output means nothing, and a layer that reads it needs the mask.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from regard.artefacts.seeds import derive_seed
from regard.config.checks import at_least, choice, rate
from regard.errors import ConfigError
from regard.network.encoders import ENCODERS, Encoder

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cell:
    """A kind of recurrent layers.

    Attributes:
        layer: from the number of a layer, from 1, to its class, one of Keras's recurrent layers or
            of the same arguments. Keras is imported when it is called.
        min_layers: how many layers there must be at least.
    """

    layer: Callable[[int], Any]
    min_layers: int = 0


def _lstm(number: int) -> Any:
    import keras

    return keras.layers.LSTM


def _gru(number: int) -> Any:
    import keras

    return keras.layers.GRU


def _lstm_gru(number: int) -> Any:
    return _lstm(number) if number == 1 else _gru(number)


# The choices of the setting model.rnn.cell.
CELLS = {"lstm": Cell(_lstm), "gru": Cell(_gru), "lstm_gru": Cell(_lstm_gru, min_layers=2)}


@dataclass
class RnnConfig:
    """The settings of the recurrent layers."""

    cell: str
    n_layers: int
    units: int
    bidirectional: bool
    dropout: float
    recurrent_dropout: float

    def __post_init__(self) -> None:
        choice("model.rnn.cell", self.cell)
        at_least("model.rnn.n_layers", self.n_layers, 0)
        at_least("model.rnn.units", self.units, 1)
        rate("model.rnn.dropout", self.dropout)
        rate("model.rnn.recurrent_dropout", self.recurrent_dropout)
        min_layers = CELLS[self.cell].min_layers
        if self.n_layers < min_layers:
            raise ConfigError(
                f"model.rnn.cell={self.cell} is several kinds of layers, one after another, but "
                f"model.rnn.n_layers={self.n_layers}; give {min_layers} or more"
            )


def build(
    vectors: Tensor, mask: Tensor, settings: RnnConfig, *, seed: int, prefix: str = ""
) -> tuple[Tensor, Tensor]:
    """Stack recurrent layers: `lstm_1_forward`, `lstm_1_backward`, `lstm_2_forward`, ...

    Args:
        vectors: `(batch, timesteps, features)`, padded on the right. A mask that Keras has
            attached to it is dropped.
        mask: `(batch, timesteps)` bool, True at real tokens.
        settings: the cell, the number of layers and units, the directions, the dropout.
        seed: of the initial weights and of dropout; each layer derives its own.
        prefix: of the names of the layers, for an encoder that has several stacks.

    Returns:
        `(batch, timesteps, units)`, or with both directions `(batch, timesteps, 2 * units)`,
        forward first; and the mask. Without any layer, the vectors themselves.

    Example:
        token_ids = keras.Input((None,), dtype="int32")
        vectors = keras.layers.Embedding(10_000, 300)(token_ids)
        mask = keras.ops.not_equal(token_ids, 0)
        sequence, mask = build(vectors, mask, settings, seed=1)
    """
    import keras
    from keras import ops

    from regard.network.layers.reverse import ReverseWithinLength

    if settings.n_layers == 0:
        return vectors, mask
    if settings.recurrent_dropout:
        logger.warning(
            "model.rnn.recurrent_dropout=%g: recurrent layers lose cuDNN and are many times slower "
            "on a GPU; model.rnn.dropout does not",
            settings.recurrent_dropout,
        )
    reverse = ReverseWithinLength(name=f"{prefix}reverse_within_length")
    sequence = ops.copy(vectors)  # a plain operator drops the mask of an Embedding(mask_zero=True)
    for number in range(1, settings.n_layers + 1):
        kind = CELLS[settings.cell].layer(number)
        name = f"{prefix}{kind.__name__.lower()}_{number}"
        forward = kind(**_arguments(settings, f"{name}_forward", seed))(sequence)
        if settings.bidirectional:
            read_backward = kind(**_arguments(settings, f"{name}_backward", seed))
            backward = read_backward(reverse(sequence, mask=mask))
            sequence = keras.layers.Concatenate(name=name)([forward, reverse(backward, mask=mask)])
        else:
            sequence = forward
    return sequence, mask


def _arguments(settings: RnnConfig, name: str, seed: int) -> dict[str, Any]:
    """Return the arguments of a recurrent layer, by which each draws its own random numbers."""
    from keras.initializers import GlorotUniform, Orthogonal

    return {
        "units": settings.units,
        # The last layer too: poolings take all timesteps, of which only `last` needs a single one.
        "return_sequences": True,
        "dropout": settings.dropout,
        "recurrent_dropout": settings.recurrent_dropout,
        "kernel_initializer": GlorotUniform(seed=derive_seed(seed, name, "kernel")),
        "recurrent_initializer": Orthogonal(seed=derive_seed(seed, name, "recurrent_kernel")),
        "seed": derive_seed(seed, name, "dropout"),
        "name": name,
    }


ENCODERS["rnn"] = Encoder(RnnConfig, build)
