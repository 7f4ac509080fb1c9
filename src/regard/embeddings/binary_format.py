"""The binary word2vec format: records of a word, a space and float32 numbers."""

import io
from pathlib import Path

import numpy as np

from regard.embeddings.vectors import Vectors, check_finite
from regard.errors import DataError

# Bytes per read. A block that fits in the processor's cache is scanned faster than a larger one.
_BLOCK = 1 << 18


def read_binary(
    path: Path,
    file: io.BufferedReader,
    remaining: dict[bytes, str],
    n_words: int,
    embedding_dim: int,
) -> Vectors:
    """Read the requested words from a file in binary word2vec format.

    Args:
        path: the file's path, for messages.
        file: positioned after the header.
        remaining: the words to read, by their bytes; words that are found are removed.
        n_words: number of records, from the header.
        embedding_dim: numbers in a vector, from the header.

    Raises:
        DataError: the file is shorter or longer than its header says, or a number is not finite.
    """
    vectors: Vectors = {}
    n_bytes = 4 * embedding_dim
    content = b""
    start = 0
    for record in range(n_words):
        space = content.find(b" ", start)
        # Read on until the block holds the whole record: its word and all its numbers.
        while space < 0 or len(content) < space + 1 + n_bytes:
            more = file.read(_BLOCK)
            if not more:
                raise DataError(
                    f"{path} ends in record {record + 1}, but its header says {n_words} records "
                    f"of {embedding_dim} numbers; the file is cut off, download it again"
                )
            content = content[start:] + more
            start = 0
            space = content.find(b" ")
        word = content[start:space].lstrip(b"\n")  # some writers end each record with a line break
        if word in remaining:
            vector = np.frombuffer(content, "<f4", embedding_dim, space + 1).astype(np.float32)
            check_finite(path, f"record {record + 1}", vector)
            vectors[remaining.pop(word)] = vector
        start = space + 1 + n_bytes
    if (content[start:] + file.read(_BLOCK)).strip(b"\n"):
        raise DataError(
            f"{path} has more data than the {n_words} records of {embedding_dim} numbers that its "
            "header says; the file is damaged, download it again"
        )
    return vectors
