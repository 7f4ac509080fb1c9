"""Sequence attention: the choices of the setting model.sequence_attention.

Each changes the sequence of a text, between the encoder and the poolings, and keeps its shape: it
mixes the timesteps, or gives them or the features weights. Each is a module of this folder: the
class of its settings, a function that builds its layers, and its entry in `SEQUENCE_ATTENTIONS`.
All modules of the folder are imported here. The section of settings has the name of the entry:
`model.self_attention` for `SEQUENCE_ATTENTIONS["self_attention"]`.

The modules import Keras inside their functions only: settings are checked without it.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SequenceAttention:
    """An attention that keeps the sequence.

    Attributes:
        settings: the dataclass of its settings, which checks their ranges. All fields have
            defaults, which hold where a page has no such section.
        build: called as `build(sequence, mask, settings, seed=seed)` with the sequence `(batch,
            timesteps, features)`, its mask `(batch, timesteps)` bool, True at real timesteps, the
            settings, and the seed of initial weights and dropout. Returns a sequence of the same
            shape; what padding holds changes no real timestep.
    """

    settings: type
    build: Callable[..., Any]


# The choices of the setting model.sequence_attention.
SEQUENCE_ATTENTIONS: dict[str, SequenceAttention] = {}

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
