"""How the encodings of the two texts of a pair are combined: the setting model.pair.combination.

Keras is imported when a network is built: settings are checked without it.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def combine(first: Tensor, second: Tensor, names: Sequence[str]) -> list[Tensor]:
    """Return the features that the head reads of two encodings.

    Args:
        first: `(batch, features)`, the encodings of the first texts.
        second: `(batch, features)`, the encodings of the second texts.
        names: of `COMBINATIONS`.

    Example:
        [[1.0]], [[3.0]], ["concatenation", "product"] -> [[[1.0]], [[3.0]], [[3.0]]]
    """
    return [part for name in names for part in COMBINATIONS[name](first, second)]


def _absolute_difference(first: Tensor, second: Tensor) -> list[Tensor]:
    from keras import ops

    return [ops.abs(first - second)]


COMBINATIONS: dict[str, Callable[[Tensor, Tensor], list[Tensor]]] = {
    "concatenation": lambda first, second: [first, second],
    "absolute_difference": _absolute_difference,
    "product": lambda first, second: [first * second],
}
