"""Vector files in every common format; only the requested words are kept in memory.

The format is detected from the content: packed files by their first bytes; word2vec and fastText
by a header of two numbers, which GloVe lacks; binary or text by the bytes after the header. Pickled
formats are refused, because loading a pickle can run arbitrary code.
"""

import io
from pathlib import Path

from regard.embeddings.binary_format import read_binary
from regard.embeddings.streams import has_control_characters, is_binary, is_header, opened
from regard.embeddings.text_format import LONGEST_LINE, is_number, read_text
from regard.embeddings.vectors import Progress, Vectors
from regard.errors import DataError

_PICKLED_NAMES = (".kv", ".model", ".pkl", ".pickle", ".pt", ".pth", ".npy", ".npz")
_PICKLED_STARTS = (b"\x80", b"\x93NUMPY")
_ZIP_START = b"PK\x03\x04"
_ZSTD_START = b"\x28\xb5\x2f\xfd"
_WEB_PAGES = (b"<!doctype", b"<html", b"<?xml", b"<head")
_LFS_START = b"version https://git-lfs"
_TAR = slice(257, 262)
_FASTTEXT_MODEL_START = b"\xba\x16\x4f\x2f"


def read_vectors(
    path: Path, words: set[str], *, progress: Progress = lambda share, text: None
) -> Vectors:
    """Read the vectors of some words from a word2vec, GloVe or fastText file.

    The file may be packed by gzip, bzip2 or xz.

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
    with opened(path, progress) as file:
        return _read(path, file, remaining)


def _read(path: Path, file: io.BufferedReader, remaining: dict[bytes, str]) -> Vectors:
    """Detect the format of an open file and read it."""
    _refuse_other_formats(path, file.peek(512))
    first = file.readline(LONGEST_LINE)
    if not first.strip():
        raise DataError(f"{path}: the file or its first line is empty; download it again")
    # Without a header, as in GloVe, the first line is already a word and its numbers.
    if not is_header(first):
        _check_first_line(path, first)
        return read_text(path, file, remaining, None, None, first=first)
    n_words, embedding_dim = map(int, first.split())
    if is_binary(file.peek(4096)):
        return read_binary(path, file, remaining, n_words, embedding_dim)
    return read_text(path, file, remaining, n_words, embedding_dim)


def _check_first_line(path: Path, line: bytes) -> None:
    """Raise DataError if the first line of a file without a header is no word with numbers."""
    if has_control_characters(line):
        raise DataError(
            f"{path}: this is no file of word vectors that Regard reads: word2vec, GloVe or "
            "fastText .vec; check the path, or download it again"
        )
    last = line.split()[-1]
    if len(line.split()) > 1 and not is_number(last.replace(b",", b".")):
        raise DataError(
            f"{path} line 1: {last[:40].decode(errors='replace')!r} is no number; delete this line "
            "if it names the columns, else this is not a file of word vectors"
        )


def _refuse_other_formats(path: Path, start: bytes) -> None:
    """Raise DataError for a pickle, a zip archive or a fastText model, with its remedy."""
    if path.suffix.lower() in _PICKLED_NAMES or start.startswith(_PICKLED_STARTS):
        raise DataError(
            f"{path}: pickled formats can run arbitrary code when loaded and are refused; if you "
            "trust the file, load it with gensim and convert it: "
            "vectors.save_word2vec_format('vectors.bin', binary=True)"
        )
    if start.lstrip().lower().startswith(_WEB_PAGES):
        raise DataError(
            f"{path}: the file is a web page, saved in place of the vectors; download the vectors "
            "by their own link"
        )
    if start.startswith(_LFS_START):
        raise DataError(f"{path}: the file is only a pointer of Git LFS; run: git lfs pull")
    if start.startswith(_ZSTD_START) or start[_TAR] == b"ustar":
        raise DataError(f"{path}: the file is an archive; unpack it and name the file inside")
    if start.startswith(_ZIP_START):
        raise DataError(f"{path}: the file is a zip archive; unpack it and name the file inside")
    if start.startswith(_FASTTEXT_MODEL_START):
        raise DataError(
            f"{path}: the file is a whole fastText model; download and name its .vec file instead"
        )
