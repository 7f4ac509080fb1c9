"""What the networks read, as `prepare` leaves it: memory-mapped, so that all processes share one copy."""

from pathlib import Path

import numpy as np

from regard.artefacts.files import read_array, read_json, write_json
from regard.batches import Inputs
from regard.config import CompetitionConfig
from regard.features import Features
from regard.text import RaggedTokens


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
        tokens: the first texts of the train rows, their second texts, ...; after them, those of the test rows.
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
