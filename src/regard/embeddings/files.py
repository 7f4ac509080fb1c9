"""Vector files: only the wanted words are read, whatever the format and however large the file.

Formats are told apart by content: gzip by its first two bytes; a header of two numbers (word2vec, fastText) or none
(GloVe); text or binary by what follows the header. Pickled formats are refused, since loading them runs their code.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from regard.errors import DataError

Vectors = dict[str, np.ndarray]

_BLOCK = 1 << 22  # bytes read at once: large enough to be fast, small beside the memory of any machine
_PICKLED_NAMES = (".kv", ".model", ".pkl", ".pickle", ".pt", ".pth", ".npy", ".npz")
_PICKLED_STARTS = (b"\x80", b"PK\x03\x04", b"\x93NUMPY")


def read_vectors(path: Path, wanted: set[str]) -> Vectors:
    """Read the vectors of some words from a word2vec, GloVe or fastText file, gzipped or not.

    A word that stands twice counts once, the first time. Words with spaces in them, as in GloVe 840B, are passed over.

    Args:
        path: word2vec `.bin` or text, GloVe text, or fastText `.vec`.
        wanted: the words; none has a space.

    Returns:
        The vectors of those words that the file has, each `(embedding_dim,)` float32.

    Raises:
        DataError: there is no such file, it is pickled, or it is broken; the message names the line or the record.
    """
    names = {word.encode(): word for word in wanted}
    with _opened(path) as file:
        try:
            return _read(path, file, names)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{path}: the gzip file is cut off or damaged ({error}); download it again") from None


def _read(path: Path, file: io.BufferedReader, names: dict[bytes, str]) -> Vectors:
    """Tell the format apart and read it."""
    _refuse_pickled(path, file.peek(8))
    first = file.readline()
    if not first.strip():
        raise DataError(f"{path} is empty, or its first line is; download it again")
    header = first.split()
    if len(header) != 2 or not all(number.isdigit() for number in header):
        file.seek(0)
        return _read_text(path, file, names, None, None)
    n_words, embedding_dim = map(int, header)
    read = _read_binary if _is_binary(file.peek(4096)) else _read_text
    return read(path, file, names, n_words, embedding_dim)


def _opened(path: Path) -> io.BufferedReader:
    """The file's content, decompressed where it is gzip."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); data/README.md says where vectors go") from None
    if not file.peek(2).startswith(b"\x1f\x8b"):
        return file
    file.close()
    return io.BufferedReader(gzip.open(path), _BLOCK)


def _refuse_pickled(path: Path, start: bytes) -> None:
    if path.suffix in _PICKLED_NAMES or start.startswith(_PICKLED_STARTS):
        raise DataError(
            f"{path} is in a pickled format, which can run any code when it is loaded; in a Python that you trust it "
            "with, load it with gensim and convert it: vectors.save_word2vec_format('vectors.bin', binary=True)"
        )


def _is_binary(start: bytes) -> bool:
    """Whether bytes after a header are floats: text has no control characters but line breaks and tabs."""
    return any(byte < 9 or 13 < byte < 32 for byte in start)


def _read_text(
    path: Path, file: io.BufferedReader, names: dict[bytes, str], n_words: int | None, embedding_dim: int | None
) -> Vectors:
    """Read lines `word number number ...`. Only the wanted ones are split; of all others, the spaces are counted."""
    vectors: Vectors = {}
    line_number = 1 if n_words is None else 2
    n_lines = 0
    for block in _blocks_of_lines(file):
        n_spaces = _spaces_per_line(block)
        if n_lines == 0:
            embedding_dim = _checked_width(path, n_spaces, embedding_dim)
        short = np.flatnonzero(n_spaces < embedding_dim)
        if len(short):
            found = n_spaces[short[0]]
            raise DataError(
                f"{path} line {line_number + short[0]}: {found} numbers where other lines have {embedding_dim}; the "
                "file was cut off or is damaged, download it again"
            )
        for place, line in enumerate(block.split(b"\n")):
            word = line[: line.find(b" ")]
            # More spaces: a word with spaces in it, of which this is only the first part.
            if word in names and names[word] not in vectors and n_spaces[place] == embedding_dim:
                vectors[names[word]] = _numbers(path, line_number + place, line[len(word) + 1 :])
        line_number += len(n_spaces)
        n_lines += len(n_spaces)
    if n_words is not None and n_lines < n_words:
        raise DataError(f"{path} has {n_lines} vectors, but its header says {n_words}: cut off, download it again")
    return vectors


def _blocks_of_lines(file: io.BufferedReader) -> Iterator[bytes]:
    """Blocks that end where a line ends, without the last line break and without spaces at line ends."""
    rest = b""
    while content := file.read(_BLOCK):
        block, newline, rest_of_line = (rest + content).rpartition(b"\n")
        rest = rest_of_line
        if newline:
            yield block.replace(b"\r\n", b"\n").replace(b" \n", b"\n").rstrip(b" \r")
    if rest.strip():
        yield rest.rstrip(b" \r")


def _spaces_per_line(block: bytes) -> np.ndarray:
    """`(lines,)` int64."""
    characters = np.frombuffer(block, np.uint8)
    ends = np.append(np.flatnonzero(characters == ord("\n")), len(characters))
    before = np.searchsorted(np.flatnonzero(characters == ord(" ")), ends)
    return np.diff(before, prepend=0)


def _checked_width(path: Path, n_spaces: np.ndarray, promised: int | None) -> int:
    """The numbers that most lines have; words with spaces make some lines look longer."""
    counts = np.bincount(n_spaces)
    usual = int(np.flatnonzero(counts == counts.max())[-1])
    if usual == 0:
        raise DataError(f"{path} line 1: no numbers after the word; this is no file of word vectors")
    if promised is not None and promised != usual:
        raise DataError(f"{path} line 2: lines of {usual} numbers, but the header says {promised}; download it again")
    return usual


def _numbers(path: Path, line_number: int, text: bytes) -> np.ndarray:
    try:
        vector = np.array([float(number) for number in text.split(b" ")], np.float32)
    except ValueError as error:
        raise DataError(f"{path} line {line_number}: {error}; the file is damaged, download it again") from None
    _refuse_infinite(path, f"line {line_number}", vector)
    return vector


def _read_binary(
    path: Path, file: io.BufferedReader, names: dict[bytes, str], n_words: int, embedding_dim: int
) -> Vectors:
    """Read records of a word, a space, and `embedding_dim` float32; a line break may stand between them."""
    vectors: Vectors = {}
    n_bytes = 4 * embedding_dim
    content, start = b"", 0
    for record in range(n_words):
        space = content.find(b" ", start)
        while space < 0 or len(content) < space + 1 + n_bytes:
            more = file.read(_BLOCK)
            if not more:
                raise DataError(
                    f"{path} ends within record {record + 1} of {n_words} that its header says, of {embedding_dim} "
                    "numbers each; it was cut off, download it again"
                )
            content, start = content[start:] + more, 0
            space = content.find(b" ")
        word = content[start:space].lstrip(b"\n")
        if word in names and names[word] not in vectors:
            vector = np.frombuffer(content, "<f4", embedding_dim, space + 1).astype(np.float32)
            _refuse_infinite(path, f"record {record + 1}", vector)
            vectors[names[word]] = vector
        start = space + 1 + n_bytes
    return vectors


def _refuse_infinite(path: Path, where: str, vector: np.ndarray) -> None:
    if not np.isfinite(vector).all():
        raise DataError(f"{path} {where}: a number is not finite; the file is damaged, download it again")
