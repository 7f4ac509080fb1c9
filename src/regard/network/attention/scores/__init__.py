"""Scores: the choices of the setting model.attention.score.

Each score is a module of this folder: its weights, a function from keys and query to scores, and
its entry in `SCORES`. All modules of the folder are imported here.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor
Shapes: TypeAlias = dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class Sizes:
    """The sizes that the shapes of a score's weights follow from.

    Attributes:
        features: of the keys.
        heads: the number of scores of each key.
        query: the features of a query that is given; None if the query is learned, as one of the
            weights.
        units: of hidden layers.
        timesteps: the greatest number of keys, for a bias per timestep; None: no bias.
    """

    features: int
    heads: int = 1
    query: int | None = None
    units: int = 64
    timesteps: int | None = None


@dataclass(frozen=True)
class Score:
    """A way to score keys against a query.

    Attributes:
        shapes: the shapes of the weights, by name, from `Sizes`. A weight whose name has `bias` in
            it starts at zero; one with `query` in its name starts apart from the others.
        compute: called as `compute(keys, query, weights)` with keys `(batch, timesteps, features)`
            float32, the query `(batch, query features)` float32 or None if it is learned, and the
            weights by name. Returns `(batch, heads, timesteps)` float32.
        takes_query: whether there can be a query that is not learned.
        separates_heads: whether heads differ although they share a query that is not learned.
        has_bias: whether there can be a bias per timestep.
    """

    shapes: Callable[[Sizes], Shapes]
    compute: Callable[[Tensor, Tensor | None, Mapping[str, Tensor]], Tensor]
    takes_query: bool = True
    separates_heads: bool = True
    has_bias: bool = False


SCORES: dict[str, Score] = {}

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
