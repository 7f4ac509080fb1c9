"""Vector files in every common format; only the requested words are kept in memory.

The format is detected from the content: gzip by the first two bytes; word2vec and fastText by a
header of two numbers, which GloVe lacks; binary or text by the bytes after the header. Pickled
formats are refused, because loading a pickle can run arbitrary code.
"""

import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from regard.embeddings.binary_format import read_binary
from regard.embeddings.text_format import LONGEST_LINE, read_text
from regard.embeddings.vectors import Progress, Vectors
from regard.errors import DataError

_BUFFER = 1 << 18
_PICKLED_NAMES = (".kv", ".model", ".pkl", ".pickle", ".pt", ".pth", ".npy", ".npz")
_PICKLED_STARTS = (b"\x80", b"\x93NUMPY")
_ZIP_START = b"PK\x03\x04"
_FASTTEXT_MODEL_START = b"\xba\x16\x4f\x2f"


def read_vectors(
    path: Path, words: set[str], *, progress: Progress = lambda share, text: None
) -> Vectors:
    """Read the vectors of some words from a word2vec, GloVe or fastText file, gzipped or not.

    If the file has a word twice, the first vector counts. Words of the file that contain spaces,
    as in GloVe 840B, are skipped.

    Args:
        path: word2vec `.bin` or text, GloVe text, or fastText `.vec`.
        words: the words to read, without spaces.
        progress: called with the share of the file that was read.

    Returns:
        The vectors of the words that the file has, each `(embedding_dim,)` float32.

    Raises:
        DataError: the file is missing, pickled or damaged; the message names the line or record.
    """
    remaining = {word.encode(): word for word in words}
    with _opened(path, progress) as file:
        try:
            return _read(path, file, remaining)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"{path}: the gzip file is cut off or damaged ({error}); download it again"
            ) from None


def _read(path: Path, file: io.BufferedReader, remaining: dict[bytes, str]) -> Vectors:
    """Detect the format of an open file and read it."""
    _refuse_other_formats(path, file.peek(8))
    first = file.readline(LONGEST_LINE)
    if not first.strip():
        raise DataError(f"{path}: the file or its first line is empty; download it again")
    header = first.split()
    # Without a header, as in GloVe, the first line is already a word and its numbers.
    if len(header) != 2 or not all(number.isdigit() for number in header):
        file.seek(0)
        return read_text(path, file, remaining, None, None)
    n_words, embedding_dim = map(int, header)
    read = read_binary if _is_binary(file.peek(4096)) else read_text
    return read(path, file, remaining, n_words, embedding_dim)


class _CountedFile(io.FileIO):
    """A file that reports which share of it was read."""

    def __init__(self, path: Path, progress: Progress) -> None:
        super().__init__(path)
        self._progress = progress
        self._n_bytes = max(path.stat().st_size, 1)

    def readinto(self, buffer: Any) -> int | None:
        n_read = super().readinto(buffer)
        self._progress(self.tell() / self._n_bytes, "")
        return n_read


@contextlib.contextmanager
def _opened(path: Path, progress: Progress) -> Iterator["io.BufferedReader[Any]"]:
    """Open a file and decompress it if it is gzipped."""
    try:
        file = io.BufferedReader(_CountedFile(path, progress), _BUFFER)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}); see data/README.md for where to put "
            "vector files"
        ) from None
    with file:
        if not file.peek(2).startswith(b"\x1f\x8b"):
            yield file
            return
        with io.BufferedReader(gzip.GzipFile(fileobj=file, mode="rb"), _BUFFER) as unpacked:
            yield unpacked


def _refuse_other_formats(path: Path, start: bytes) -> None:
    """Raise DataError for a pickle, a zip archive or a fastText model, with its remedy."""
    if path.suffix.lower() in _PICKLED_NAMES or start.startswith(_PICKLED_STARTS):
        raise DataError(
            f"{path}: pickled formats can run arbitrary code when loaded and are refused; if you "
            "trust the file, load it with gensim and convert it: "
            "vectors.save_word2vec_format('vectors.bin', binary=True)"
        )
    if start.startswith(_ZIP_START):
        raise DataError(f"{path}: the file is a zip archive; unpack it and name the file inside")
    if start.startswith(_FASTTEXT_MODEL_START):
        raise DataError(
            f"{path}: the file is a whole fastText model; download and name its .vec file instead"
        )


def _is_binary(start: bytes) -> bool:
    """Return whether the bytes after a header are floats rather than text.

    Text has no control characters, and has letters beyond ASCII only in words, not in numbers.
    """
    numbers = start.partition(b" ")[2].partition(b"\n")[0]
    return any(byte < 9 or 13 < byte < 32 for byte in start) or not numbers.isascii()
