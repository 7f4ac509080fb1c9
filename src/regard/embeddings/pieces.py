"""Vectors of word pieces, distilled from a large model: a word is the mean of its pieces.

`model2vec` and `wordllama` store such a model as a tensor with a row for each piece, and a
tokenizer that splits words into pieces. Both files are data: reading them runs no code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from regard.embeddings.vectors import PieceVectors, Progress
from regard.errors import DataError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# The tensors and the tokenizer of a folder, by the program that writes it.
_LAYOUTS = (
    ("model.safetensors", "tokenizer.json"),  # model2vec
    ("0_StaticEmbedding/model.safetensors", "0_StaticEmbedding/tokenizer.json"),
    ("weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json"),
)
_MATRICES = ("embeddings", "embedding.weight")  # of model2vec, of the two others
# A word is split as inside a sentence, where most tokenizers mark the blank before it.
_BEFORE = "a "
_BYTE = re.compile("<0x[0-9A-F]{2}>")  # a piece for one byte of a letter that no piece has
_WORDS_PER_REPORT = 5000
_AGAIN = "download the folder again"


@dataclass(frozen=True, eq=False)
class _PieceTable:
    """The rows of a matrix by the ids of pieces.

    Attributes:
        matrix: `(n_rows, embedding_dim)` of any type of numbers.
        rows: `(n_pieces,)` row of each piece.
        weights: `(n_pieces,)` float32 weight of each piece.
    """

    matrix: np.ndarray
    rows: np.ndarray
    weights: np.ndarray

    def mean(self, pieces: Sequence[int]) -> np.ndarray:
        """Return the mean of the weighted vectors of pieces, `(embedding_dim,)` float32.

        The weights are not divided by their sum, so that the mean over the words of a text has the
        weights of the model.
        """
        vectors = self.matrix[self.rows[pieces]].astype(np.float32)
        if self.matrix.dtype == np.int8:
            vectors /= 127  # model2vec stores numbers of at most 1 in this way
        mean: np.ndarray = (self.weights[pieces][:, None] * vectors).mean(axis=0)
        return mean


def piece_files(folder: Path) -> list[Path]:
    """Return the files of the tensors and of the tokenizer in a folder.

    Raises:
        DataError: there is no such folder, or it has no such files.
    """
    if not folder.is_dir():
        raise DataError(
            f"embeddings.sources: pieces:{folder} is no folder; correct the path, or put there a "
            "model of model2vec: model.safetensors and tokenizer.json"
        )
    for names in _LAYOUTS:
        files = [folder / name for name in names]
        if files[0].is_file():
            if not files[1].is_file():
                raise DataError(f"{files[1]}: there is no such file; {_AGAIN}")
            return files
    raise DataError(
        f"embeddings.sources: pieces:{folder} has no model.safetensors; name the folder of a model "
        "of model2vec, with model.safetensors and tokenizer.json"
    )


def read_pieces(
    files: Sequence[Path],
    words: Sequence[str],
    *,
    progress: Progress = lambda share, text: None,
) -> PieceVectors:
    """Read the vectors of some words from the tensors and the tokenizer of a folder.

    A word is split as written, as it would be in the middle of a sentence. Unknown pieces and
    pieces for single bytes do not count; a word with no others is left out.

    Args:
        files: those of `piece_files`.
        words: the words to read.
        progress: called with the share of the words that are done.

    Raises:
        ConfigError: a package that reads the files is not installed.
        DataError: a file is damaged, or the two do not belong together.
    """
    tensors, tokenizer_file = files
    tokenizer, unknown = _read_tokenizer(tokenizer_file)
    table = _read_table(tensors, tokenizer.get_vocab_size(with_added_tokens=True))
    vectors = PieceVectors()
    for number, word in enumerate(words):
        if number % _WORDS_PER_REPORT == 0:
            progress(number / len(words), "")
        pieces = _split(word, tokenizer, unknown)
        if pieces:
            by_word = vectors if len(pieces) == 1 else vectors.by_pieces
            by_word[word] = table.mean(pieces)
    found = [*vectors.values(), *vectors.by_pieces.values()]
    if not np.isfinite(found).all():
        raise DataError(f"{tensors}: a number is not finite; {_AGAIN}")
    return vectors


def _split(word: str, tokenizer: Tokenizer, unknown: set[int]) -> list[int]:
    """Return the ids of the known pieces of a word.

    Example:
        "movies" -> the ids of [" mov", "ies"], as in "a movies"
    """
    # Half of a surrogate pair is no text.
    text = _BEFORE + word.encode(errors="ignore").decode()
    encoded = tokenizer.encode(text, add_special_tokens=False)
    # The offsets of " mov" in "a movies" are (1, 5), those of the first piece "a" are (0, 1).
    pieces = zip(encoded.ids, encoded.offsets, strict=True)
    return [piece for piece, (_, end) in pieces if end > len(_BEFORE) and piece not in unknown]


def _read_tokenizer(path: Path) -> tuple[Tokenizer, set[int]]:
    """Read a tokenizer, and the ids of its pieces for unknown letters and for bytes."""
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise _not_installed("tokenizers") from error
    try:
        content = path.read_text(encoding="utf-8")
        tokenizer = Tokenizer.from_str(content)
        model: dict[str, Any] = json.loads(content)["model"]
    except Exception as error:  # the package raises plain Exception
        raise DataError(f"{path} cannot be read ({_one_line(error)}); {_AGAIN}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    unknown = {piece for name, piece in vocabulary.items() if _BYTE.fullmatch(name)}
    # A unigram model names the unknown piece by its id, all others by its text.
    named = vocabulary.get(model.get("unk_token") or ""), model.get("unk_id")
    return tokenizer, unknown | {piece for piece in named if piece is not None}


def _read_table(path: Path, n_pieces: int) -> _PieceTable:
    """Read the vectors, and the weights and rows of pieces where the file has them."""
    tensors = _read_tensors(path)
    matrix = next((tensors[name] for name in _MATRICES if name in tensors), None)
    if matrix is None:
        raise DataError(
            f"{path} has no tensor {' or '.join(_MATRICES)}, but {', '.join(sorted(tensors)[:3])}; "
            "name the folder of a model of model2vec, with a vector for each piece"
        )
    rows = tensors.get("mapping", np.arange(len(matrix)))
    weights = tensors.get("weights", np.ones(len(rows), np.float32))
    if rows.ndim != 1:
        raise DataError(f"{path}: the tensor mapping has the shape {rows.shape}; {_AGAIN}")
    if weights.shape != rows.shape:
        raise DataError(f"{path}: the tensor weights has the shape {weights.shape}; {_AGAIN}")
    if matrix.ndim != 2 or not matrix.size or len(rows) < n_pieces:
        raise DataError(
            f"{path}: the tensor of vectors has the shape {matrix.shape}, and the tokenizer has "
            f"{n_pieces} pieces; take both files from the same folder"
        )
    if rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= len(matrix):
        raise DataError(f"{path}: the tensor mapping names rows that do not exist; {_AGAIN}")
    return _PieceTable(matrix, rows, weights.astype(np.float32))


def _read_tensors(path: Path) -> dict[str, np.ndarray]:
    """Read the tensors of a file by name."""
    try:
        from safetensors import safe_open
    except ImportError as error:
        raise _not_installed("safetensors") from error
    try:
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except TypeError as error:
        raise DataError(
            f"{path} has numbers of a type that NumPy lacks ({_one_line(error)}); save the tensors "
            "as float16 or float32"
        ) from error
    except Exception as error:  # the package raises plain Exception
        raise DataError(
            f"{path} cannot be read as safetensors ({_one_line(error)}); {_AGAIN}"
        ) from error


def _not_installed(package: str) -> DataError:
    return DataError(
        f"embeddings.sources: vectors of pieces need the package {package}, which is not "
        f"installed; run pip install {package}"
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
