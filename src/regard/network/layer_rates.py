"""Learning rates by layer: those of a pretrained encoder, from its embedding up to the head.

Keras is not imported: settings are checked without it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LayerRates:
    """The learning rates of a network with a pretrained encoder, as shares of the head's rate.

    Lower layers know what all texts have in common, so they move less.

    Attributes:
        top: the share of the encoder's last layer.
        decay: the share of each layer in that of the layer above it; the embedding is below all.
        n_layers: the number of layers of the encoder.

    Example:
        top 0.1, decay 0.5, 2 layers -> head 1, layer_1 0.1, layer_0 0.05, embedding 0.025

    Reference:
        Howard & Ruder (2018), Universal language model fine-tuning for text classification, ACL.
    """

    top: float
    decay: float
    n_layers: int

    def of(self, path: str) -> float:
        """Return the share of a variable, named by its path in the network."""
        found = re.match(r"embedding/|layer_(\d+)/", path)
        if found is None:
            return 1.0  # of the poolings and the head
        index = int(found[1]) if found[1] else -1
        return self.top * self.decay ** (self.n_layers - 1 - index)


def set_layer_rates(
    optimizer: keras.optimizers.Optimizer,
    rates: LayerRates,
    *,
    weight_decay: float,
    not_decayed: Sequence[str],
) -> None:
    """Make an optimizer move each layer at its own rate, and decay its weights by that rate.

    Keras has one rate for all variables, and decays weights by it.

    Args:
        optimizer: of Keras, without weight decay of its own.
        rates: of the layers.
        weight_decay: a weight shrinks by this times its rate at each step.
        not_decayed: parts of the names of variables that do not shrink.
    """
    move = optimizer.update_step

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        # On TensorFlow, `variable` is not the variable of Keras, which has the path.
        index = optimizer._get_variable_index(variable)
        of_keras = optimizer._trainable_variables[index]
        rate = learning_rate * rates.of(of_keras.path)
        if weight_decay and not any(part in of_keras.name for part in not_decayed):
            optimizer.assign_sub(variable, variable * (rate * weight_decay))
        move(gradient, variable, rate)

    optimizer.update_step = update_step
