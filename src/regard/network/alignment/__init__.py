"""Alignment: each token of a text looks at the other text of its pair, before the poolings.

Each alignment is a module of this folder: a function that builds its layers, and its entry in
`ALIGNMENTS`. All modules of the folder are imported here, so a new alignment needs its own module,
nothing else. Its sizes are those of the section `model.pair`.

The modules import Keras inside their functions only: settings are checked without it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from regard.errors import ConfigError

if TYPE_CHECKING:
    from regard.config import CompetitionConfig, ModelConfig


@dataclass(frozen=True)
class Alignment:
    """An alignment.

    Attributes:
        build: called as `build(sequence, mask, settings, seed=seed)` with the sequences of both
            texts of each pair in one batch, `(2 * batch, timesteps, features)`, all first texts
            before all second ones; their mask `(2 * batch, timesteps)` bool, True at real tokens;
            the settings of pairs; and the seed of initial weights and dropout. Returns the sequence
            `(2 * batch, timesteps, other features)` that is pooled.
        reads: the settings of `model.pair` that it reads.
    """

    build: Callable[..., Any]
    reads: tuple[str, ...] = ()


# The choices of the setting model.pair.alignment.
ALIGNMENTS: dict[str, Alignment] = {}


def check_alignment(key: str, model: ModelConfig, competition: CompetitionConfig) -> None:
    """Refuse to align texts that are not the two of a pair.

    Args:
        key: of the model: "model" or "members.<name>".
        model: its settings.
        competition: tells whether the texts are a pair.

    Raises:
        ConfigError: the texts are joined or separate.
    """
    pair: Any = getattr(model, "pair", None)
    if pair is None or pair.alignment == "none" or competition.texts == "pair":
        return
    raise ConfigError(
        f"{key}.pair.alignment={pair.alignment} aligns the two texts of a pair, but "
        f"competition.texts={competition.texts}; set {key}.pair.alignment=none"
        + (", or competition.texts=pair" if len(competition.text_columns) == 2 else "")
    )


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
