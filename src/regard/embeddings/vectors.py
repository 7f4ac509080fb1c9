"""The types of word vectors, and the check that every reader applies to them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from regard.errors import DataError

Vectors = dict[str, np.ndarray]  # each value is `(embedding_dim,)` float32
Progress = Callable[[float, str], None]  # the share that is done, and a text such as "epoch 2 of 5"


class PieceVectors(Vectors):
    """The vectors of words that are one piece of a tokenizer, by word.

    Such a source has a vector of nearly every word, so `embeddings.lookup` does not apply to it:
    every word takes the vector of its own pieces.

    Attributes:
        by_pieces: vectors of the words that have several pieces, the mean of theirs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.by_pieces: Vectors = {}


def check_finite(path: Path, position: str, vector: np.ndarray) -> None:
    """Raise DataError if a number of a vector is NaN or infinite.

    Args:
        path: the vector file.
        position: "line 3" or "record 3", for the message.
        vector: `(embedding_dim,)`.
    """
    if not np.isfinite(vector).all():
        raise DataError(
            f"{path} {position}: a number is not finite; delete its word from the file, or "
            "download it again"
        )
