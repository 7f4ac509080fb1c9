"""Queries: the choices of the setting model.attention.query.

Each query is a module of this folder, with its entry in `QUERIES`. All modules of the folder are
imported here.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor


@dataclass(frozen=True)
class Query:
    """A query.

    Attributes:
        of_text: called as `of_text(keys, mask)` with keys `(batch, timesteps, features)` and their
            mask `(batch, timesteps)` bool, or None. Returns the query of each text, `(batch,
            features)`. None for a query that is learned: the same for every text, among the
            weights of the score.
    """

    of_text: Callable[[Tensor, Tensor | None], Tensor] | None


QUERIES: dict[str, Query] = {}

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
