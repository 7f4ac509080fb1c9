"""The inputs of models: token ids, numbers and categories of some rows."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.artefacts import read_array
from regard.text import RaggedTokens, concatenate

if TYPE_CHECKING:
    from regard.config import CompetitionConfig


@dataclass(frozen=True, eq=False)
class Inputs:
    """Everything that a model reads of some rows.

    Attributes:
        texts: the token ids of one or more texts of each row, column by column.
        numbers: `(rows, numbers)` float32; NaN for a missing number.
        categories: `(rows, categorical columns)` int32.
        paired: whether one encoder reads both texts, which are then padded to the same length.
        symmetric: whether the order of the two texts means nothing.
    """

    texts: tuple[RaggedTokens, ...]
    numbers: np.ndarray
    categories: np.ndarray
    paired: bool = False
    symmetric: bool = False

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.texts[0])

    def take(self, rows: np.ndarray) -> Inputs:
        """Return some of the rows."""
        return dataclasses.replace(
            self,
            texts=tuple(text.take(rows) for text in self.texts),
            numbers=self.numbers[rows],
            categories=self.categories[rows],
        )

    def lengths(self, rows: np.ndarray, max_tokens: int) -> np.ndarray:
        """Return the number of tokens that a model reads of each text.

        Args:
            rows: the rows, int64.
            max_tokens: the number of tokens that longer texts are cut to.

        Returns:
            `(rows, texts)` int64; both texts of a pair have the length of the longer one.
        """
        lengths = np.stack([text.lengths[rows] for text in self.texts], axis=1)
        lengths = np.minimum(lengths, max_tokens)
        # The encoder of a pair reads both texts in one batch, which has one length.
        if self.paired:
            return np.broadcast_to(lengths.max(axis=1, keepdims=True), lengths.shape)
        return lengths


def only_texts(*texts: RaggedTokens) -> Inputs:
    """Return inputs without numbers and categories."""
    nothing = np.empty((len(texts[0]), 0))
    return Inputs(texts, nothing.astype(np.float32), nothing.astype(np.int32))


def joined(first: Inputs, second: Inputs) -> Inputs:
    """Return the rows of two inputs of the same competition, one after the other, as a copy."""
    return dataclasses.replace(
        first,
        texts=tuple(map(concatenate, first.texts, second.texts)),
        numbers=np.concatenate([first.numbers, second.numbers]),
        categories=np.concatenate([first.categories, second.categories]),
    )


def write_inputs(folder: Path, inputs: Inputs) -> None:
    """Write the inputs of the train rows."""
    # A file for each array, as numpy cannot map the arrays of one .npz into memory.
    tokens = joined_texts(inputs)
    np.save(folder / "token_ids.npy", tokens.token_ids)
    np.save(folder / "offsets.npy", tokens.offsets)
    np.save(folder / "numbers.npy", inputs.numbers)
    np.save(folder / "categories.npy", inputs.categories)


def joined_texts(inputs: Inputs) -> RaggedTokens:
    """Return all first texts, then all second texts, ..."""
    return functools.reduce(concatenate, inputs.texts)


def read_tokens(folder: Path) -> RaggedTokens:
    """Read all texts of the train rows, memory-mapped."""
    return RaggedTokens(read_array(folder / "token_ids.npy"), read_array(folder / "offsets.npy"))


def read_inputs(folder: Path, competition: CompetitionConfig) -> Inputs:
    """Read the inputs of the train rows, memory-mapped.

    Texts are stored column by column. With two texts a row and three rows:

        first texts 0 1 2, second texts 3 4 5 -> texts[0] = rows 0 to 2, texts[1] = rows 3 to 5
    """
    tokens = read_tokens(folder)
    numbers = read_array(folder / "numbers.npy")
    n_rows = len(numbers)
    return Inputs(
        texts=tuple(tokens.rows(start, start + n_rows) for start in range(0, len(tokens), n_rows)),
        numbers=numbers,
        categories=read_array(folder / "categories.npy"),
        paired=competition.texts == "pair",
        symmetric=competition.in_any_order,
    )
