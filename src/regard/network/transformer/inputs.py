"""The inputs of a pretrained encoder: the texts of a row as one sequence of pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regard.data.inputs import Inputs


@dataclass(frozen=True)
class Joints:
    """The special tokens that an encoder puts around and between the texts of a row.

    Attributes:
        first: ids of the tokens before the first text.
        between: ids of the tokens after a text that another one follows.
        last: ids of the tokens after the last text.

    Example:
        of BERT [CLS], [SEP] and [SEP]; of RoBERTa <s>, </s> </s> and </s>
    """

    first: tuple[int, ...]
    between: tuple[int, ...]
    last: tuple[int, ...]

    def n_tokens(self, n_texts: int) -> int:
        """Return the number of special tokens in a row of some texts."""
        return len(self.first) + len(self.between) * (n_texts - 1) + len(self.last)


NO_JOINTS = Joints((), (), ())


@dataclass(frozen=True, eq=False)
class PieceInputs(Inputs):
    """Inputs whose texts are pieces, which an encoder reads in one sequence.

    Attributes:
        joints: the special tokens around and between the texts.
        pad_id: the id of padding.
    """

    joints: Joints = NO_JOINTS
    pad_id: int = 0

    def lengths(self, rows: np.ndarray, max_tokens: int) -> np.ndarray:
        """Return the number of tokens that an encoder reads of each row, special ones included.

        Args:
            rows: the rows, int64.
            max_tokens: the number of tokens that longer rows are cut to.

        Returns:
            `(rows, 1)` int64.
        """
        of_texts = sum(text.lengths[rows] for text in self.texts)
        lengths = of_texts + self.joints.n_tokens(len(self.texts))
        # A row has a token, though its encoder may add none to an empty text.
        return np.clip(lengths, 1, max_tokens)[:, None]

    def sequences(
        self, rows: np.ndarray, length: int, swapped: np.ndarray, truncate: str
    ) -> dict[str, np.ndarray]:
        """Return rows as sequences of one length.

        Args:
            rows: `(batch,)` row indices.
            length: the number of tokens; of longer rows the texts are cut, see `kept_pieces`.
            swapped: `(batch,)` bool, True for pairs whose two texts change places.
            truncate: the part of a longer text that is kept: head, tail, both.

        Returns:
            `token_ids` and `segments`, `(batch, length)` int32: the number of the text of each
            token, from 1, where special tokens belong to the text before them; 0 at padding.

        Example:
            texts [7, 8] and [9], length 7 -> token_ids [CLS, 7, 8, SEP, 9, SEP, PAD], segments
            [1, 1, 1, 1, 2, 2, 0]
        """
        token_ids = np.full((len(rows), length), self.pad_id, np.int32)
        segments = np.zeros((len(rows), length), np.int32)
        texts = [[text[row] for row in rows] for text in self.texts]
        n_pieces = np.array([[len(text) for text in column] for column in texts]).T
        kept = kept_pieces(n_pieces, length - self.joints.n_tokens(len(texts)))
        for index, row in enumerate(zip(*texts, strict=True)):
            order = range(len(row))[:: -1 if swapped[index] else 1]
            parts = [_cut(row[text], int(kept[index, text]), truncate) for text in order]
            joined = self._joined(parts)
            n_tokens = sum(map(len, joined))
            if not n_tokens:
                segments[index, 0] = 1
                continue
            token_ids[index, :n_tokens] = np.concatenate(joined)
            segments[index, :n_tokens] = np.repeat(
                np.arange(1, len(joined) + 1), [len(part) for part in joined]
            )
        return {"token_ids": token_ids, "segments": segments}

    def _joined(self, texts: list[np.ndarray]) -> list[np.ndarray]:
        """Return each text of a row with the special tokens that belong to it."""
        joints = self.joints
        after = [joints.between] * (len(texts) - 1) + [joints.last]
        before = [joints.first] + [()] * (len(texts) - 1)
        return [
            np.array([*start, *text, *end], np.int32)
            for start, text, end in zip(before, texts, after, strict=True)
        ]


def kept_pieces(n_pieces: np.ndarray, budget: int) -> np.ndarray:
    """Return how many pieces of each text fit into the budget of a row.

    The longest texts are cut first, down to the length of the next one.

    Args:
        n_pieces: `(rows, texts)` the number of pieces of each text.
        budget: of pieces for all texts of a row.

    Returns:
        `(rows, texts)` int64.

    Example:
        [[10, 2]], budget 8 -> [[6, 2]]; [[10, 9]], budget 8 -> [[4, 4]]
    """
    n_texts = n_pieces.shape[1]
    order = np.argsort(n_pieces, axis=1, kind="stable")
    kept = np.zeros(n_pieces.shape, np.int64)
    left = np.full(len(n_pieces), max(budget, 0))
    rows = np.arange(len(n_pieces))
    # From the shortest text to the longest: each may take an equal share of what is left.
    for rank in range(n_texts):
        text = order[:, rank]
        kept[rows, text] = np.minimum(n_pieces[rows, text], left // (n_texts - rank))
        left -= kept[rows, text]
    return kept


def _cut(pieces: np.ndarray, n_kept: int, truncate: str) -> np.ndarray:
    """Return the part of a text that is kept.

    Example:
        [1, 2, 3, 4], 3 -> head [1, 2, 3], tail [2, 3, 4], both [1, 2, 4]
    """
    n_first = {"head": n_kept, "tail": 0, "both": (n_kept + 1) // 2}[truncate]
    n_last = n_kept - n_first
    return np.concatenate([pieces[:n_first], pieces[len(pieces) - n_last :]])
