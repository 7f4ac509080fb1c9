"""Texts of any length as token ids in one array."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RaggedTokens:
    """Token ids of many texts in one array: text `i` is `token_ids[offsets[i] : offsets[i + 1]]`.

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
        row = range(len(self))[row]  # accepts negative rows and raises IndexError out of range
        return self.token_ids[self.offsets[row] : self.offsets[row + 1]]

    def rows(self, start: int, stop: int) -> "RaggedTokens":
        """Return texts `start` to `stop - 1` without copying their token ids."""
        first = self.offsets[start]
        last = self.offsets[stop]
        return RaggedTokens(self.token_ids[first:last], self.offsets[start : stop + 1] - first)

    def take(self, rows: np.ndarray) -> "RaggedTokens":
        """Return copies of some texts, in any order.

        Example:
            texts [[5, 6], [7]], rows=[1, 0] -> texts [[7], [5, 6]]
        """
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        # texts [[5, 6], [7]], rows=[1, 0]: the old starts are [2, 0] and the new ones [0, 1], so
        # each token moves by [2, -1, -1]; added to 0, 1, 2 this gives the old indices [2, 0, 1].
        shifts = np.repeat(self.offsets[:-1][rows] - offsets[:-1], lengths)
        return RaggedTokens(self.token_ids[shifts + np.arange(offsets[-1])], offsets)

    @property
    def lengths(self) -> np.ndarray:
        """The number of tokens in each text, `(n_texts,)` int64."""
        return np.diff(self.offsets)


def concatenate(first: RaggedTokens, second: RaggedTokens) -> RaggedTokens:
    """Return copies of the texts of `first`, followed by those of `second`.

    Example:
        texts [[5, 6]] and [[7]] -> token_ids=[5, 6, 7], offsets=[0, 2, 3]
    """
    offsets = np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]])
    return RaggedTokens(np.concatenate([first.token_ids, second.token_ids]), offsets)
