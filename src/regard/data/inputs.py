"""What the networks read, as `prepare` leaves it: memory-mapped, so that all processes share one copy."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from regard.artefacts import read_array, read_json, write_json
from regard.config import CompetitionConfig
from regard.data.features import Features
from regard.text import RaggedTokens, concatenate


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a network reads of some rows.

    Attributes:
        texts: one or more texts of each row, column by column.
        numbers: `(rows, numbers)` float32; NaN where there is none.
        categories: `(rows, categorical columns)` int32.
        paired: two texts that one encoder reads, so they are padded to the same length.
        symmetric: a pair whose order means nothing.
    """

    texts: tuple[RaggedTokens, ...]
    numbers: np.ndarray
    categories: np.ndarray
    paired: bool = False
    symmetric: bool = False

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.texts[0])

    def take(self, rows: np.ndarray) -> "Inputs":
        """Return some of the rows."""
        texts = tuple(text.take(rows) for text in self.texts)
        return Inputs(texts, self.numbers[rows], self.categories[rows], self.paired, self.symmetric)

    def lengths(self, rows: np.ndarray, max_tokens: int) -> np.ndarray:
        """Return how many tokens of each text are read, `(rows, texts)` int64; of a pair, those of its longer text."""
        lengths = np.minimum(
            np.stack([text.lengths[rows] for text in self.texts], axis=1), max_tokens
        )
        return (
            np.broadcast_to(lengths.max(axis=1, keepdims=True), lengths.shape)
            if self.paired
            else lengths
        )


def only_texts(*texts: RaggedTokens) -> Inputs:
    """Return inputs of texts with nothing beside them."""
    nothing = np.empty((len(texts[0]), 0))
    return Inputs(texts, nothing.astype(np.float32), nothing.astype(np.int32))


def joined(first: Inputs, second: Inputs) -> Inputs:
    """Return the rows of two inputs of the same competition, one after the other; they are copied."""
    return Inputs(
        tuple(map(concatenate, first.texts, second.texts)),
        np.concatenate([first.numbers, second.numbers]),
        np.concatenate([first.categories, second.categories]),
        first.paired,
        first.symmetric,
    )


def write_tokens(folder: Path, tokens: RaggedTokens) -> None:
    """Write texts."""
    np.save(folder / "token_ids.npy", tokens.token_ids)
    np.save(folder / "offsets.npy", tokens.offsets)


def read_tokens(folder: Path, part: str | None = None) -> RaggedTokens:
    """Read all texts of "train", of "test", or of both; memory-mapped, so that all processes share one copy."""
    tokens = RaggedTokens(read_array(folder / "token_ids.npy"), read_array(folder / "offsets.npy"))
    if part is None:
        return tokens
    n_train = len(read_array(folder / "labels.npy")) * read_json(folder / "inputs.json")["n_texts"]
    return tokens.rows(0, n_train) if part == "train" else tokens.rows(n_train, len(tokens))


def write_inputs(folder: Path, tokens: RaggedTokens, features: Features, *, n_texts: int) -> None:
    """Write what the networks read.

    Args:
        folder: where to.
        tokens: the first texts of the train rows, their second texts, ...; after them, those of the
            test rows.
        features: what stands beside the texts.
        n_texts: how many texts a row has.
    """
    write_tokens(folder, tokens)
    np.save(folder / "numbers.npy", features.numbers)
    np.save(folder / "categories.npy", features.categories)
    names = {"number_names": features.number_names, "n_values": features.n_values}
    write_json(folder / "inputs.json", {"n_texts": n_texts, **names})


def read_inputs(folder: Path, part: str, competition: CompetitionConfig) -> Inputs:
    """Read what the networks read of the rows of "train" or of "test"; memory-mapped."""
    tokens, n_texts = read_tokens(folder, part), read_json(folder / "inputs.json")["n_texts"]
    n_train, n_rows = len(read_array(folder / "labels.npy")), len(tokens) // n_texts
    rows = slice(0, n_train) if part == "train" else slice(n_train, None)
    return Inputs(
        texts=tuple(tokens.rows(place * n_rows, (place + 1) * n_rows) for place in range(n_texts)),
        numbers=read_array(folder / "numbers.npy")[rows],
        categories=read_array(folder / "categories.npy")[rows],
        paired=competition.texts == "pair",
        symmetric=competition.in_any_order,
    )
