"""No alignment: each text is read alone, and only the encodings of a pair are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from regard.network.alignment import ALIGNMENTS, Alignment

if TYPE_CHECKING:
    from regard.config.pairs import PairConfig

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def build(sequence: Tensor, mask: Tensor, settings: PairConfig, *, seed: int) -> Tensor:
    """Return the sequence as it is."""
    return sequence


ALIGNMENTS["none"] = Alignment(build)
