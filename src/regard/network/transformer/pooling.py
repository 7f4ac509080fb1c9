"""Pooling of an encoder's states: from a vector for each token to one for each text."""

from collections.abc import Callable

import numpy as np


def cls(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the state of the first token, which BERT adds to each text."""
    return states[:, 0]


def maximum(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the greatest number over the real tokens, for each of a state's numbers."""
    return np.where(mask[:, :, None], states, -np.inf).max(axis=1)


def mean(states: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the mean state of the real tokens."""
    weights = mask / mask.sum(axis=1, keepdims=True)
    return np.einsum("btw,bt->bw", states, weights.astype(np.float32))


# The choices of model.encoder_pooling. Each takes states `(batch, timesteps, width)` float32 and
# their mask `(batch, timesteps)` bool, with a real token in each row, and returns `(batch, width)`.
POOLINGS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "cls": cls,
    "max": maximum,
    "mean": mean,
}
