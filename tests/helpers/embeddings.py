"""Cases for word vectors: vector files in every format, settings, and a matrix from both."""

import dataclasses
import functools
import gzip
import struct
from pathlib import Path

import numpy as np

from helpers.cases import compose_config
from helpers.tokens import ragged
from regard.config import EmbeddingsConfig
from regard.embeddings import Coverage, build_embedding_matrix

VECTORS = {
    "the": [1.0, -2.5],
    "sea": [0.25, 4.0],
    "Ship": [3.0, 0.5],
    "don't": [7.0, 8.0],
    "é": [9.0, -1.0],
}
FORMATS = (
    "glove",
    "word2vec_text",
    "fasttext_vec",
    "word2vec_binary",
    "word2vec_binary_with_line_breaks",
)


def write_vectors(
    path: Path, form: str, vectors: dict[str, list[float]], *, compress: bool = False
) -> Path:
    """Write a vector file in one of `FORMATS`."""
    dim = len(next(iter(vectors.values())))
    header = f"{len(vectors)} {dim}\n".encode()
    if form.startswith("word2vec_binary"):
        end = b"\n" if form.endswith("breaks") else b""
        records = [
            word.encode() + b" " + struct.pack(f"<{dim}f", *row) + end
            for word, row in vectors.items()
        ]
        content = header + b"".join(records)
    else:
        end = " \n" if form == "fasttext_vec" else "\n"
        lines = "".join(word + " " + " ".join(map(str, row)) + end for word, row in vectors.items())
        content = (b"" if form == "glove" else header) + lines.encode()
    path.write_bytes(gzip.compress(content, mtime=0) if compress else content)
    return path


@functools.cache
def _defaults() -> EmbeddingsConfig:
    return compose_config().embeddings


def embeddings_config(
    *sources: str,
    lookup: str = "exact,lower,capitalised,upper,stem",
    combination: str = "concatenation",
    **trained: int,
) -> EmbeddingsConfig:
    """Build settings of some sources; `trained` sets options of word2vec and fastText."""
    changed = {
        kind: dataclasses.replace(getattr(_defaults(), kind), **trained)
        for kind in ("word2vec", "fasttext")
    }
    return dataclasses.replace(
        _defaults(),
        sources=list(sources),
        lookup=lookup.split(","),
        combination=combination,
        **changed,
    )


def build_matrix(
    vocabulary: list[str],
    config: EmbeddingsConfig,
    *,
    texts: list[list[int]] | None = None,
    seed: int = 1,
) -> tuple[np.ndarray, list[Coverage]]:
    """Build the matrix of a vocabulary and texts; by default one text with every token once."""
    tokens = ragged(texts or [list(range(2, len(vocabulary)))])
    counts = np.bincount(tokens.token_ids, minlength=len(vocabulary))
    return build_embedding_matrix(vocabulary, counts, tokens, config, seed=seed)
