"""The enhanced sequential inference model: alignment between two recurrent layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from regard.network.alignment import ALIGNMENTS, Alignment
from regard.network.encoders import recurrent

if TYPE_CHECKING:
    from regard.config.pairs import PairConfig

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def build(sequence: Tensor, mask: Tensor, settings: PairConfig, *, seed: int) -> Tensor:
    """Align the states of an encoder, project the comparisons, and read them in order.

        scores = a . b                     see `SoftAlignment` for `scaled`
        aligned = softmax(scores) . b      over the real tokens of the other text
        projected = relu(dense(a, aligned, a - aligned, a * aligned))
        composed = a recurrent layer in each direction over projected

    Args:
        sequence: `(2 * batch, timesteps, features)`, see `Alignment`.
        mask: `(2 * batch, timesteps)` bool.
        settings: the sizes of the projection and of the recurrent layer.
        seed: of the initial weights and of dropout.

    Returns:
        `(2 * batch, timesteps, 2 * units)`.

    Reference:
        Chen et al. (2017), Enhanced LSTM for natural language inference, ACL.
    """
    from regard.network.layers.alignment import SoftAlignment, enhanced, other_texts
    from regard.network.layers.dense import dense_layers

    others = other_texts(sequence)
    aligned = SoftAlignment(scaled=settings.scaled, name="alignment")(
        sequence, others, others, mask=other_texts(mask)
    )
    projected = dense_layers(enhanced(sequence, aligned), settings.comparison, "compare", seed)
    layers = recurrent.RnnConfig(
        cell=settings.composition.cell,
        n_layers=1,
        units=settings.composition.units,
        bidirectional=True,
        dropout=0.0,
        recurrent_dropout=0.0,
    )
    composed, _ = recurrent.build(projected, mask, layers, seed=seed, prefix="composition_")
    return composed


ALIGNMENTS["esim"] = Alignment(build, reads=("scaled", "comparison", "composition"))
