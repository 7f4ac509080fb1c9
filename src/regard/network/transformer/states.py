"""Pooled states of texts as an artefact, found by the hash of a text."""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from regard.artefacts import read_array, read_json, write_json
from regard.artefacts.durable import sync

_KEYS = "keys.npy"
_STATES = "states.npy"
_PROGRESS = "progress.json"  # until all states are written
_KEEP_AFTER = 5.0  # seconds of work that an interruption may cost
_KEY_BYTES = 16  # two texts of a billion share a key with a probability of 1e-21


def text_key(text: str) -> bytes:
    """Return the hash by which the states of a text are found."""
    return hashlib.blake2b(text.encode(), digest_size=_KEY_BYTES).digest()


def count_written(folder: Path) -> int:
    """Return the number of texts, from the first, whose states an interrupted process has kept."""
    path = folder / _PROGRESS
    return int(read_json(path)["n_texts"]) if path.exists() else 0


def write_states(
    folder: Path, texts: Sequence[str], parts: Iterable[np.ndarray], width: int
) -> None:
    """Write the states of texts; after an interruption, those that are missing.

    Args:
        folder: the folder to write into.
        texts: distinct texts.
        parts: the states of the texts after the first `count_written(folder)` in order, in arrays
            `(some texts, width)` float32.
        width: the numbers of each text.
    """
    keys = b"".join(map(text_key, texts))
    np.save(folder / _KEYS, np.frombuffer(keys, np.uint8).reshape(-1, _KEY_BYTES))
    done = count_written(folder)
    path = folder / _STATES
    # Written part by part, as the states of many texts may be larger than the memory.
    states = np.lib.format.open_memmap(
        path, mode="r+" if done else "w+", dtype=np.float32, shape=(len(texts), width)
    )
    kept = time.monotonic()
    for part in parts:
        states[done : done + len(part)] = part
        done += len(part)
        if time.monotonic() - kept >= _KEEP_AFTER:
            states.flush()
            sync(path)
            write_json(folder / _PROGRESS, {"n_texts": done})
            kept = time.monotonic()
    states.flush()
    (folder / _PROGRESS).unlink(missing_ok=True)


class KnownStates:
    """The states in a folder that `write_states` wrote, memory-mapped.

    Args:
        folder: the folder.

    Raises:
        ArtefactError: a file is missing or broken.
    """

    def __init__(self, folder: Path) -> None:
        self.states = read_array(folder / _STATES)
        keys = np.asarray(read_array(folder / _KEYS)).tobytes()
        starts = range(0, len(keys), _KEY_BYTES)
        self._rows = {keys[start : start + _KEY_BYTES]: row for row, start in enumerate(starts)}

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        """Return the row of each text in `states`, `(texts,)` int64; -1 for unknown texts."""
        return np.array([self._rows.get(text_key(text), -1) for text in texts], np.int64)


@functools.lru_cache(maxsize=4)
def known_states(folder: Path) -> KnownStates:
    """Return the states in a folder, read once: a folder is named by its content."""
    return KnownStates(folder)
