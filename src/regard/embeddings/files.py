"""Vector files: only the wanted words are read, whatever the format and however large the file.

Formats are told apart by content: gzip by its first two bytes; a header of two numbers (word2vec,
fastText) or none (GloVe); text or binary by what follows the header. Pickled formats are refused,
since loading them runs their code.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from regard.errors import DataError

Vectors = dict[str, np.ndarray]

# bytes read at once: what fits a processor's cache is gone through faster than more
_BLOCK = 1 << 18
_LONGEST_LINE = 1 << 20  # bytes; 300 numbers take some 3,000
# characters of a word that are compared first, and the numbers they are hashed to
_HEAD, _N_HEADS = 16, 1 << 20
_PICKLED_NAMES = (".kv", ".model", ".pkl", ".pickle", ".pt", ".pth", ".npy", ".npz")
_PICKLED_STARTS = (b"\x80", b"\x93NUMPY")
_ZIP_START = b"PK\x03\x04"
_FASTTEXT_MODEL_START = b"\xba\x16\x4f\x2f"


def read_vectors(path: Path, wanted: set[str]) -> Vectors:
    """Read the vectors of some words from a word2vec, GloVe or fastText file, gzipped or not.

    A word that stands twice counts once, the first time. Words with spaces in them, as in GloVe
    840B, are passed over.

    Args:
        path: word2vec `.bin` or text, GloVe text, or fastText `.vec`.
        wanted: the words; none has a space.

    Returns:
        The vectors of those words that the file has, each `(embedding_dim,)` float32.

    Raises:
        DataError: there is no such file, it is pickled, or it is broken; the message names the line
            or the record.
    """
    names = {word.encode(): word for word in wanted}
    with _opened(path) as file:
        try:
            return _read(path, file, names)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(
                f"{path}: the gzip file is cut off or damaged ({error}); download it again"
            ) from None


def _read(path: Path, file: io.BufferedReader, names: dict[bytes, str]) -> Vectors:
    """Tell the format apart and read it."""
    _refuse_other_formats(path, file.peek(8))
    first = file.readline(_LONGEST_LINE)
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
        raise DataError(
            f"{path}: cannot be read ({error.strerror}); data/README.md says where vectors go"
        ) from None
    if not file.peek(2).startswith(b"\x1f\x8b"):
        return file
    file.close()
    return io.BufferedReader(gzip.open(path), _BLOCK)


def _refuse_other_formats(path: Path, start: bytes) -> None:
    if path.suffix.lower() in _PICKLED_NAMES or start.startswith(_PICKLED_STARTS):
        raise DataError(
            f"{path} is in a pickled format, which can run any code when it is loaded; in a Python that you trust it "
            "with, load it with gensim and convert it: vectors.save_word2vec_format('vectors.bin', binary=True)"
        )
    if start.startswith(_ZIP_START):
        raise DataError(
            f"{path} is a zip archive; unpack it, and name the file of vectors that was in it"
        )
    if start.startswith(_FASTTEXT_MODEL_START):
        raise DataError(
            f"{path} is a whole fastText model; name the .vec file that is offered beside it"
        )


def _is_binary(start: bytes) -> bool:
    """Whether bytes after a header are floats: text has no control characters, and no letters but in its words."""
    numbers = start.partition(b" ")[2].partition(b"\n")[0]
    return any(byte < 9 or 13 < byte < 32 for byte in start) or not numbers.isascii()


def _read_text(
    path: Path,
    file: io.BufferedReader,
    names: dict[bytes, str],
    n_words: int | None,
    embedding_dim: int | None,
) -> Vectors:
    """Read lines `word number number ...`. Only the wanted ones are split; of all others, the spaces are counted."""
    vectors: Vectors = {}
    first_line = line_number = 1 if n_words is None else 2
    width = 0
    words = b" ".join([*names, b" " * _HEAD])
    known = np.zeros(_N_HEADS, bool)
    known[_heads(words, np.cumsum([0, *(len(name) + 1 for name in names)]))] = True
    for block in _blocks_of_lines(path, file):
        starts, n_spaces = _lines(block)
        width = width or _checked_width(path, n_spaces, embedding_dim)
        short = np.flatnonzero(n_spaces < width)
        if len(short):
            raise _other_width(path, line_number + short[0], n_spaces[short[0]], width)
        is_likely = known[_heads(block + b" " * _HEAD, starts)]
        likely = zip(np.flatnonzero(is_likely).tolist(), starts[is_likely].tolist(), strict=True)
        vectors |= _read_lines(
            path, block, [(line_number + place, start) for place, start in likely], names, width
        )
        line_number += len(n_spaces)
    n_lines = line_number - first_line
    if n_words is not None and n_lines < n_words:
        raise DataError(
            f"{path} has {n_lines} vectors, but its header says {n_words}: cut off, download it again"
        )
    return vectors


def _heads(content: bytes, starts: np.ndarray) -> np.ndarray:
    """A number below `_N_HEADS` for the word at each start, of its first 16 characters.

    Every line passes here: hardly any other than the wanted ones needs to be taken out of the block
    and looked up.
    """
    heads = np.ndarray(len(content) - _HEAD + 1, f"S{_HEAD}", content, strides=(1,))[starts]
    eights = heads.view("<u8").reshape(-1, 2)
    # Eight characters at once: the lowest bit set in `spaces` is in the first space; what follows
    # it is cut off.
    others = eights ^ 0x2020202020202020
    spaces = (others - 0x0101010101010101) & ~others & 0x8080808080808080
    eights = eights & ((spaces & -spaces) - 1)
    second = eights[:, 1] * (spaces[:, 0] == 0)
    numbers: np.ndarray = (eights[:, 0] * 0x9E3779B97F4A7C15 ^ second * 0xC2B2AE3D27D4EB4F) >> 44
    return numbers


def _read_lines(
    path: Path, block: bytes, lines: list[tuple[int, int]], names: dict[bytes, str], width: int
) -> Vectors:
    """Read the wanted ones of some lines, by their numbers in the file and starts, and take them out of `names`."""
    words, texts = [], {}
    for line_number, start in lines:
        space = block.find(b" ", start)
        word = block[start:space]
        if word in names:
            text = block[space + 1 : block.find(b"\n", space)].rstrip(b" \r")
            n_numbers = text.count(b" ") + 1
            if n_numbers == width:
                words.append(names.pop(word))
                texts[line_number] = text
            # A word with spaces in it, of which this is only the first part; or a number too many.
            elif _is_number(text.partition(b" ")[0]):
                raise _other_width(path, line_number, n_numbers, width)
    return dict(zip(words, _numbers(path, texts), strict=True)) if words else {}


def _blocks_of_lines(path: Path, file: io.BufferedReader) -> Iterator[bytes]:
    """Blocks of whole lines, each with its line break; without blank lines at the end of the file."""
    rest = b""
    while more := file.read(_BLOCK):
        content = rest + more
        end = content.rfind(b"\n") + 1
        if not content[max(end - 2, 0) : end - 1].strip():  # the last line may be blank
            end = (
                content.find(b"\n", len(content[:end].rstrip())) + 1 if content[:end].strip() else 0
            )
        if end:
            yield content[:end]
        rest = content[end:]
        if len(rest) > _LONGEST_LINE:
            raise DataError(
                f"{path}: a line is longer than {_LONGEST_LINE:,} bytes; this is no text file of word vectors"
            )
    if rest.strip():
        yield rest.rstrip() + b"\n"


def _lines(block: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Where lines start and the spaces in them, each `(lines,)`; a space at the end of a line does not count."""
    characters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    starts = np.append(0, ends[:-1] + 1)
    is_space = (characters == ord(" ")).view(np.uint8)
    # the fastest type that holds them
    n_spaces: np.ndarray = np.add.reduceat(is_space, starts, dtype=np.uint16)
    last = ends - 1 - (characters[ends - 1] == ord("\r"))
    n_spaces -= characters[last] == ord(" ")
    return starts, n_spaces


def _checked_width(path: Path, n_spaces: np.ndarray, promised: int | None) -> int:
    """The numbers that most lines have; words with spaces make some lines look longer."""
    counts = np.bincount(n_spaces)
    usual = int(np.flatnonzero(counts == counts.max())[-1])
    if usual == 0:
        raise DataError(
            f"{path} line 1: no numbers after the word; this is no file of word vectors"
        )
    if promised is not None and promised != usual:
        raise DataError(
            f"{path} line 2: lines of {usual} numbers, but the header says {promised}; download it again"
        )
    return usual


def _other_width(path: Path, line_number: int, found: int, usual: int) -> DataError:
    return DataError(
        f"{path} line {line_number}: {found} numbers where other lines have {usual}; the file was cut off or is "
        "damaged, download it again"
    )


def _is_number(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(path: Path, lines: dict[int, bytes]) -> np.ndarray:
    """`(lines, embedding_dim)` float32, of lines by their numbers in the file."""
    try:
        numbers = np.loadtxt(
            list(lines.values()), np.float32, comments=None, delimiter=" ", ndmin=2
        )
    except ValueError as error:
        if len(lines) > 1:  # one at a time, to find the line
            return np.concatenate(
                [_numbers(path, {line_number: text}) for line_number, text in lines.items()]
            )
        cause = str(error).partition(" at row")[0]
        raise DataError(
            f"{path} line {min(lines)}: {cause}; the file is damaged, download it again"
        ) from None
    if not np.isfinite(numbers).all():
        for line_number, vector in zip(lines, numbers, strict=True):
            _refuse_infinite(path, f"line {line_number}", vector)
    return numbers


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
        if word in names:
            vector = np.frombuffer(content, "<f4", embedding_dim, space + 1).astype(np.float32)
            _refuse_infinite(path, f"record {record + 1}", vector)
            vectors[names.pop(word)] = vector
        start = space + 1 + n_bytes
    if (content[start:] + file.read(_BLOCK)).strip(b"\n"):
        raise DataError(
            f"{path} goes on after the {n_words} records of {embedding_dim} numbers each that its header says; the "
            "header is wrong or the file is damaged, download it again"
        )
    return vectors


def _refuse_infinite(path: Path, where: str, vector: np.ndarray) -> None:
    if not np.isfinite(vector).all():
        raise DataError(
            f"{path} {where}: a number is not finite; the file is damaged, download it again"
        )
