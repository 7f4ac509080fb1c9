"""The two texts of a pair: settings that need one, and how their encodings are combined.

Keras is imported when a network is built: settings are checked without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from regard.network.alignment import check_alignment
from regard.network.attention.queries import check_query

if TYPE_CHECKING:
    from regard.config import CompetitionConfig, ModelConfig

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


def check_pair_settings(key: str, model: ModelConfig, competition: CompetitionConfig) -> None:
    """Refuse settings of pairs where the texts are not the two of a pair.

    Args:
        key: of the model: "model" or "members.<name>".
        model: its settings.
        competition: tells whether the texts are a pair.

    Raises:
        ConfigError: the texts are joined or separate; the message names the setting.
    """
    check_alignment(key, model, competition)
    check_query(key, model, competition)


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


# The choices of the setting model.pair.combination.
COMBINATIONS: dict[str, Callable[[Tensor, Tensor], list[Tensor]]] = {
    "concatenation": lambda first, second: [first, second],
    "absolute_difference": _absolute_difference,
    "product": lambda first, second: [first * second],
}
