"""Decomposable attention: attend, compare; the poolings aggregate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from regard.network.alignment import ALIGNMENTS, Alignment

if TYPE_CHECKING:
    from regard.config.pairs import PairConfig

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def build(sequence: Tensor, mask: Tensor, settings: PairConfig, *, seed: int) -> Tensor:
    """Compare each token with the tokens of the other text that score highest with it.

        scores = F(a) . F(b)               F: dense layers; see `SoftAlignment` for `scaled`
        aligned = softmax(scores) . b      over the real tokens of the other text
        compared = G(a, aligned)           G: dense layers, read `alignment.enhanced`

    Nothing here reads the order of tokens: without an encoder, the layers see a text as a set. In
    the paper G reads `[a, aligned]` alone; their difference and product are those of ESIM.

    Args:
        sequence: `(2 * batch, timesteps, features)`, see `Alignment`.
        mask: `(2 * batch, timesteps)` bool.
        settings: the number and units of the dense layers, and their dropout.
        seed: of the initial weights and of dropout.

    Returns:
        `(2 * batch, timesteps, units)`.

    Reference:
        Parikh et al. (2016), A decomposable attention model for natural language inference, EMNLP.
    """
    from regard.network.layers.alignment import SoftAlignment, enhanced, other_texts
    from regard.network.layers.dense import dense_layers

    # float32: no other layer bounds F, whose values and products can overflow float16.
    scored = dense_layers(sequence, settings.comparison, "attend", seed, dtype="float32")
    aligned = SoftAlignment(scaled=settings.scaled, name="alignment")(
        scored, other_texts(scored), other_texts(sequence), mask=other_texts(mask)
    )
    return dense_layers(enhanced(sequence, aligned), settings.comparison, "compare", seed)


ALIGNMENTS["decomposable"] = Alignment(build, reads=("scaled", "comparison"))
