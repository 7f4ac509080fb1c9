"""Encoders: the layers between a text's word vectors and the poolings.

Each encoder is a module of this folder: the class of its settings, a function that builds its
layers, and its entry in `ENCODERS`. All modules of the folder are imported here, so a new encoder
needs its own module and a page in `conf/model`, nothing else. Its section of settings has the name
of its entry: `model.rnn` for `ENCODERS["rnn"]`.

The modules import Keras inside their functions only: settings are checked without it.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Encoder:
    """An encoder.

    Attributes:
        settings: the dataclass of its settings, which checks their ranges. Values are given on the
            pages of models; where a page has no such section, the defaults of the class hold.
        build: called as `build(vectors, mask, settings, seed=seed)` with word vectors `(batch,
            timesteps, embedding_dim)`, their mask `(batch, timesteps)` bool, True at real tokens,
            the settings, and the seed of initial weights and dropout. Returns the sequence
            `(batch, timesteps, features)` that is pooled, and its mask.
        keeps_timesteps: whether the sequence has a timestep for each token, so that a skip
            connection can put the word vectors next to it.
        reads_sentence_ends: whether `build` gets the tokens that end a sentence too:
            `sentence_ends=` `(batch, timesteps)` bool.
    """

    settings: type
    build: Callable[..., tuple[Any, Any]]
    keeps_timesteps: bool = True
    reads_sentence_ends: bool = False


# The choices of the setting model.encoder.
ENCODERS: dict[str, Encoder] = {}

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
