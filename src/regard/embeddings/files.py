"""Vector files in every common format; only the requested words are kept in memory.

The format is detected from the content: gzip by the first two bytes; word2vec and fastText by a
header of two numbers, which GloVe lacks; binary or text by the bytes after the header. Pickled
formats are refused, because loading a pickle can run arbitrary code.
"""

import gzip
import io
import zlib
from pathlib import Path

from regard.embeddings.binary_format import read_binary
from regard.embeddings.text_format import LONGEST_LINE, read_text
from regard.embeddings.vectors import Vectors
from regard.errors import DataError

_GZIP_BUFFER = 1 << 18
_PICKLED_NAMES = (".kv", ".model", ".pkl", ".pickle", ".pt", ".pth", ".npy", ".npz")
_PICKLED_STARTS = (b"\x80", b"\x93NUMPY")
_ZIP_START = b"PK\x03\x04"
_FASTTEXT_MODEL_START = b"\xba\x16\x4f\x2f"


def read_vectors(path: Path, words: set[str]) -> Vectors:
    """Read the vectors of some words from a word2vec, GloVe or fastText file, gzipped or not.

    If the file has a word twice, the first vector counts. Words of the file that contain spaces,
    as in GloVe 840B, are skipped.

    Args:
        path: word2vec `.bin` or text, GloVe text, or fastText `.vec`.
        words: the words to read, without spaces.

    Returns:
        The vectors of the words that the file has, each `(embedding_dim,)` float32.

    Raises:
        DataError: the file is missing, pickled or damaged; the message names the line or record.
    """
    remaining = {word.encode(): word for word in words}
    with _open(path) as file:
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


def _open(path: Path) -> io.BufferedReader:
    """Open a file and decompress it if it is gzipped."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}); see data/README.md for where to put "
            "vector files"
        ) from None
    if not file.peek(2).startswith(b"\x1f\x8b"):
        return file
    file.close()
    return io.BufferedReader(gzip.open(path), _GZIP_BUFFER)


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
