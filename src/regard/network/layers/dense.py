"""Dense layers for each token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import keras

from regard.artefacts.seeds import derive_seed
from regard.network.layers.seeded import dropout

if TYPE_CHECKING:
    from regard.config.pairs import ComparisonConfig

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def dense_layers(
    sequence: Tensor, settings: ComparisonConfig, name: str, seed: int, *, dtype: str | None = None
) -> Tensor:
    """Apply dense layers with a relu to each timestep, each with dropout before it.

    Args:
        sequence: `(batch, timesteps, features)`.
        settings: the number of layers, their units and the rate of dropout.
        name: the layers are `<name>_1`, `<name>_2`, ...
        seed: of the model; each layer derives its own.
        dtype: of the computations and the result; None: by the global policy.

    Returns:
        `(batch, timesteps, units)`.
    """
    for number in range(1, settings.n_layers + 1):
        layer = f"{name}_{number}"
        sequence = dropout(sequence, settings.dropout, f"{layer}_dropout", seed, dtype=dtype)
        sequence = keras.layers.Dense(
            settings.units,
            activation="relu",
            # He's initial weights, because of the relu.
            kernel_initializer=keras.initializers.HeNormal(seed=derive_seed(seed, layer)),
            name=layer,
            dtype=dtype,
        )(sequence)
    return sequence
