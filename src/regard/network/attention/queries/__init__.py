"""Queries: the choices of the setting model.attention.query.

Each query is a module of this folder, with its entry in `QUERIES`. All modules of the folder are
imported here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from regard.errors import ConfigError

if TYPE_CHECKING:
    from regard.config import CompetitionConfig, ModelConfig

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


@dataclass(frozen=True)
class Query:
    """A query.

    Attributes:
        of_text: called as `of_text(keys, mask)` with keys `(batch, timesteps, features)` and their
            mask `(batch, timesteps)` bool, or None. Returns the query of each text, `(batch,
            features)`. None for a query that is learned: the same for every text, among the
            weights of the score.
        of_pair: whether the rows must be the texts of pairs, all first texts before all second
            ones.
    """

    of_text: Callable[[Tensor, Tensor | None], Tensor] | None
    of_pair: bool = False


QUERIES: dict[str, Query] = {}


def check_query(key: str, model: ModelConfig, competition: CompetitionConfig) -> None:
    """Refuse a query from the other text where texts are not the two of a pair.

    Args:
        key: of the model: "model" or "members.<name>".
        model: its settings.
        competition: tells whether the texts are a pair.

    Raises:
        ConfigError: the texts are joined or separate.
    """
    attention: Any = getattr(model, "attention", None)
    if attention is None or competition.texts == "pair" or not QUERIES[attention.query].of_pair:
        return
    raise ConfigError(
        f"{key}.attention.query={attention.query} is read from the other text of a pair, but "
        f"competition.texts={competition.texts}; set {key}.attention.query=mean"
        + (", or competition.texts=pair" if len(competition.text_columns) == 2 else "")
    )


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
