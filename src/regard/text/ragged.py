"""Texts of any length as numbers in one array."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RaggedTokens:
    """Texts of any length in one array: text `i` is `token_ids[offsets[i] : offsets[i + 1]]`.

    Both arrays may be memory-mapped.

    Attributes:
        token_ids: `(n_tokens,)` int32.
        offsets: `(n_texts + 1,)` int64, starting with 0.

    Example:
        texts [[5, 6], [7]] -> token_ids=[5, 6, 7], offsets=[0, 2, 3]
    """

    token_ids: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        """Return the token ids of one text, `(timesteps,)` int32."""
        row = range(len(self))[row]
        return self.token_ids[self.offsets[row] : self.offsets[row + 1]]

    def rows(self, start: int, stop: int) -> "RaggedTokens":
        """Return the texts from `start` up to, not including, `stop`; their token ids are not copied."""
        first, last = self.offsets[start], self.offsets[stop]
        return RaggedTokens(self.token_ids[first:last], self.offsets[start : stop + 1] - first)

    def take(self, rows: np.ndarray) -> "RaggedTokens":
        """Return some texts, in any order; their token ids are copied."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.repeat(self.offsets[:-1][rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return RaggedTokens(self.token_ids[places], offsets)

    @property
    def lengths(self) -> np.ndarray:
        """The number of tokens of each text, `(n_texts,)` int64."""
        return np.diff(self.offsets)


def concatenate(first: RaggedTokens, second: RaggedTokens) -> RaggedTokens:
    """Return the texts of the one and then of the other; their token ids are copied.

    Example:
        texts [[5, 6]] and [[7]] -> token_ids=[5, 6, 7], offsets=[0, 2, 3]
    """
    offsets = np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]])
    return RaggedTokens(np.concatenate([first.token_ids, second.token_ids]), offsets)
