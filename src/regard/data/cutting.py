"""How much of a long text a network reads: the number of tokens, and from which end."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from regard.artefacts import read_json, write_json
from regard.errors import ArtefactError

if TYPE_CHECKING:
    from regard.config import BatchesConfig

AUTO = "auto"
HEAD = "head"
CUT_FILE = "cut.json"

_USUAL = 256  # tokens
# Texts are documents if most of them are longer than this. Their end may tell as much as their
# start, and they are read as far as memory and time allow.
_DOCUMENT = 512
_LONGEST = 1024
_STEP = 64
_QUANTILE = 0.95
_MUCH = 0.2  # of the tokens; less is told, but no reason to change a setting


@dataclass(frozen=True)
class Cut:
    """How much of a text is read.

    Attributes:
        max_tokens: the number of tokens that longer texts are cut to.
        truncate: the part that is kept: head, tail, or both for half from each end.
    """

    max_tokens: int
    truncate: str


def choose_cut(lengths: np.ndarray) -> Cut:
    """Choose how much of the texts is read.

    Args:
        lengths: `(texts,)` the tokens of the train texts.

    Returns:
        The first 256 tokens; of documents, with a median above 512 tokens, as many as 95 % of them
        have, at most 1,024, half from each end.

    Example:
        texts of 30 to 300 tokens -> 256, head; texts of 2,000 tokens -> 1024, both
    """
    if np.median(lengths) <= _DOCUMENT:
        return Cut(_USUAL, HEAD)
    enough = int(np.quantile(lengths, _QUANTILE))
    return Cut(min(-(-enough // _STEP) * _STEP, _LONGEST), "both")


def resolved(batches: BatchesConfig, chosen: Cut) -> BatchesConfig:
    """Return settings of batches in which nothing is left to choose."""
    return dataclasses.replace(
        batches,
        max_tokens=batches.max_tokens or chosen.max_tokens,
        truncate=chosen.truncate if batches.truncate == AUTO else batches.truncate,
    )


def write_cut(folder: Path, cut: Cut, name: str = CUT_FILE) -> None:
    """Write a choice of how much is read."""
    write_json(folder / name, dataclasses.asdict(cut))


def read_cut(folder: Path, name: str = CUT_FILE) -> Cut:
    """Read a choice; runs of earlier versions have none, and read the first tokens.

    Raises:
        ArtefactError: the file is broken.
    """
    path = folder / name
    if not path.exists():
        return Cut(_USUAL, HEAD)
    stored: Any = read_json(path)
    try:
        return Cut(int(stored["max_tokens"]), str(stored["truncate"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"{path}: not the lengths of a run; train it again") from error


@dataclass(frozen=True)
class Lost:
    """The texts and tokens that are cut off.

    Attributes:
        texts: the number of texts that are cut.
        of_texts: the number of all texts.
        tokens: the number of tokens that are cut off.
        of_tokens: the number of all tokens.
    """

    texts: int
    of_texts: int
    tokens: int
    of_tokens: int

    @property
    def share(self) -> float:
        """The share of the tokens that are cut off."""
        return self.tokens / max(self.of_tokens, 1)


def count_lost(lengths: np.ndarray, max_tokens: int) -> Lost:
    """Count the texts and tokens that are cut off.

    Example:
        lengths [3, 10, 12], 8 tokens -> 2 of 3 texts, 6 of 25 tokens
    """
    over = np.maximum(lengths - max_tokens, 0)
    return Lost(int((over > 0).sum()), len(lengths), int(over.sum()), int(lengths.sum()))


def cut_line(lost: Lost, cut: BatchesConfig) -> str:
    """Return a sentence on what is cut off; empty if nothing is.

    Example:
        "2 of 3 texts are cut to their first 8 tokens (batches.max_tokens, batches.truncate), and
        24.0% of all tokens are not read"
    """
    if not lost.texts:
        return ""
    n_tokens = cut.max_tokens
    kept = {
        HEAD: f"first {n_tokens:,} tokens",
        "tail": f"last {n_tokens:,} tokens",
        "both": f"first and last tokens, {n_tokens:,} together",
    }[cut.truncate]
    return (
        f"{lost.texts:,} of {lost.of_texts:,} texts are cut to their {kept} (batches.max_tokens, "
        f"batches.truncate), and {lost.share:.1%} of all tokens are not read"
    )


def cut_advice(lost: Lost, lengths: np.ndarray, cut: BatchesConfig) -> str:
    """Return settings that read more of the texts; empty if little is cut off, or of few texts.

    Args:
        lost: what is cut off.
        lengths: `(texts,)` the tokens of the texts.
        cut: how much is read now, see `resolved`.
    """
    if lost.share < _MUCH:
        return ""
    enough = -(-int(np.quantile(lengths, _QUANTILE, method="higher")) // _STEP) * _STEP
    if enough <= cut.max_tokens:
        return ""
    ways = [f"batches.max_tokens={enough} reads 95 % of the texts whole, in more time"]
    if cut.truncate == HEAD:
        ways.append("batches.truncate=both reads their start and their end")
    return "; ".join([*ways, "linear models read all of every text"])
