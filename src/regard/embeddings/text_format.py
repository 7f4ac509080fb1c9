"""Vector files with one word per line: GloVe, word2vec text and fastText `.vec`."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from regard.embeddings.vectors import Vectors, check_finite
from regard.errors import DataError

# Bytes per read. A block that fits in the processor's cache is scanned faster than a larger one.
_BLOCK = 1 << 18
LONGEST_LINE = 1 << 20  # bytes; a line of 300 numbers takes about 3,000
# Words are compared by a hash of their first bytes before they are looked up.
_N_PREFIX_BYTES = 16
_N_HASHES = 1 << 20


def read_text(
    path: Path,
    file: io.BufferedReader,
    remaining: dict[bytes, str],
    n_words: int | None,
    embedding_dim: int | None,
    *,
    first: bytes = b"",
) -> Vectors:
    """Read the requested words from lines `word number number ...`.

    Only the lines of requested words are parsed. In all other lines only the spaces are counted,
    to detect damage.

    Args:
        path: the file's path, for messages.
        file: positioned after the header, if there is one.
        remaining: the words to read, by their bytes; words that are found are removed.
        n_words: number of lines, from the header; None without a header.
        embedding_dim: numbers in a line, from the header; None without a header.
        first: the first line, if it was read already and is no header.

    Raises:
        DataError: a line has another width, a number cannot be parsed, or the file is cut off.
    """
    vectors: Vectors = {}
    first_line = line_number = 1 if n_words is None else 2
    width = 0
    words = b" ".join([*remaining, b" " * _N_PREFIX_BYTES])
    is_known = np.zeros(_N_HASHES, bool)
    is_known[_hash_words(words, np.cumsum([0, *(len(word) + 1 for word in remaining)]))] = True
    for block in _blocks_of_lines(path, file, first):
        starts, n_spaces = _find_lines(block)
        width = width or _line_width(path, n_spaces, embedding_dim)
        short = np.flatnonzero(n_spaces < width)
        if len(short):
            raise _width_error(path, line_number + short[0], n_spaces[short[0]], width)
        # Few other words share a hash with a requested word, so few lines are looked at closely.
        is_likely = is_known[_hash_words(block + b" " * _N_PREFIX_BYTES, starts)]
        likely = zip(np.flatnonzero(is_likely).tolist(), starts[is_likely].tolist(), strict=True)
        lines = [(line_number + index, start) for index, start in likely]
        vectors |= _read_lines(path, block, lines, remaining, width)
        line_number += len(n_spaces)
    n_lines = line_number - first_line
    if n_words is not None and n_lines < n_words:
        raise DataError(
            f"{path} has {n_lines} vectors, but its header says {n_words}; the file is cut off, "
            "download it again"
        )
    return vectors


def _hash_words(content: bytes, starts: np.ndarray) -> np.ndarray:
    """Hash the first 16 bytes of the word at each start to a number below `_N_HASHES`.

    Every line of a file passes through here, so the work is done for all lines at once.
    """
    prefixes = np.ndarray(
        len(content) - _N_PREFIX_BYTES + 1, f"S{_N_PREFIX_BYTES}", content, strides=(1,)
    )[starts]
    halves = prefixes.view("<u8").reshape(-1, 2)
    # Bytes after the first space must not change the hash. For "sea 1 2 ", little-endian:
    #   halves ^ 0x2020...   has a zero byte exactly where there is a space (bytes 3, 5, 7);
    #   spaces               has the top bit of these bytes set (the classic zero-byte test);
    #   spaces & -spaces     keeps the lowest set bit: the top bit of byte 3;
    #   ... - 1              is a mask of all lower bits, which leaves "sea " and clears the rest.
    # Without a space the mask is 0 - 1, all ones, and the half is kept whole.
    differences = halves ^ 0x2020202020202020
    spaces = (differences - 0x0101010101010101) & ~differences & 0x8080808080808080
    halves = halves & ((spaces & -spaces) - 1)
    second = halves[:, 1] * (spaces[:, 0] == 0)  # only if the word goes on after eight bytes
    hashes: np.ndarray = (halves[:, 0] * 0x9E3779B97F4A7C15 ^ second * 0xC2B2AE3D27D4EB4F) >> 44
    return hashes


def _read_lines(
    path: Path,
    block: bytes,
    lines: list[tuple[int, int]],
    remaining: dict[bytes, str],
    width: int,
) -> Vectors:
    """Parse the lines of requested words and remove these words from `remaining`.

    Args:
        path: the file's path, for messages.
        block: whole lines.
        lines: candidates, each as its line number in the file and its start in the block.
        remaining: the words to read, by their bytes.
        width: numbers in a line.
    """
    words = []
    texts = {}
    for line_number, start in lines:
        space = block.find(b" ", start)
        word = block[start:space]
        if word in remaining:
            text = block[space + 1 : block.find(b"\n", space)].rstrip(b" \r")
            n_numbers = text.count(b" ") + 1
            if n_numbers == width:
                words.append(remaining.pop(word))
                texts[line_number] = text
            # A longer line is either a word with spaces, of which `word` is only the first part,
            # or has a number too many.
            elif is_number(text.partition(b" ")[0]):
                raise _width_error(path, line_number, n_numbers, width)
    return dict(zip(words, _parse_numbers(path, texts), strict=True)) if words else {}


def _blocks_of_lines(path: Path, file: io.BufferedReader, first: bytes) -> Iterator[bytes]:
    """Yield blocks of whole lines with their line breaks, without blank lines at the file's end."""
    rest = first
    while more := file.read(_BLOCK):
        content = rest + more
        end = content.rfind(b"\n") + 1
        # Hold back trailing blank lines, because the file may end with them.
        if not content[max(end - 2, 0) : end - 1].strip():
            n_text = len(content[:end].rstrip())
            end = content.find(b"\n", n_text) + 1 if n_text else 0
        if end:
            yield content[:end]
        rest = content[end:]
        if len(rest) > LONGEST_LINE:
            raise DataError(
                f"{path}: a line is longer than {LONGEST_LINE:,} bytes; this is not a text file of "
                "word vectors"
            )
    if rest.strip():
        yield rest.rstrip() + b"\n"


def _find_lines(block: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Return the start of each line and its number of spaces, without one at the end of the line.

    Both are `(n_lines,)`.
    """
    # block "a 1 2\nb 3 4 \n": starts [0, 6]; 2 and 3 spaces; the second line ends with a space,
    # so n_spaces = [2, 2].
    characters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    starts = np.append(0, ends[:-1] + 1)
    is_space = (characters == ord(" ")).view(np.uint8)
    # uint16 is the fastest type that can hold the sums.
    n_spaces: np.ndarray = np.add.reduceat(is_space, starts, dtype=np.uint16)
    last = ends - 1 - (characters[ends - 1] == ord("\r"))
    n_spaces -= characters[last] == ord(" ")
    return starts, n_spaces


def _line_width(path: Path, n_spaces: np.ndarray, expected: int | None) -> int:
    """Return the number of numbers that most lines have.

    Words with spaces make some lines look longer.
    """
    counts = np.bincount(n_spaces)
    width = int(np.flatnonzero(counts == counts.max())[-1])
    if width == 0:
        raise DataError(
            f"{path} line 1: no numbers after the word, parted by blanks; this is not a file of "
            "word vectors"
        )
    if expected is not None and expected != width:
        raise DataError(
            f"{path} line 2: lines have {width} numbers, but the header says {expected}; the file "
            "is damaged, download it again"
        )
    return width


def _width_error(path: Path, line_number: int, found: int, width: int) -> DataError:
    """Build the error for a line with too few or too many numbers."""
    return DataError(
        f"{path} line {line_number}: {found} numbers, but other lines have {width}; the file is "
        "cut off or damaged, download it again"
    )


def is_number(text: bytes) -> bool:
    """Return whether a text can be parsed as a float."""
    try:
        float(text.replace(b"_", b"x"))  # Python reads 1_000
    except ValueError:
        return False
    return True


def _parse_numbers(path: Path, texts: dict[int, bytes]) -> np.ndarray:
    """Parse the numbers of lines, given by line number, to `(n_lines, embedding_dim)` float32."""
    try:
        numbers = np.loadtxt(
            list(texts.values()), np.float32, comments=None, delimiter=" ", ndmin=2
        )
    except ValueError:
        if len(texts) > 1:  # parse one line at a time, to find the damaged one
            return np.concatenate(
                [_parse_numbers(path, {line_number: text}) for line_number, text in texts.items()]
            )
        ((line_number, text),) = texts.items()
        wrong = next((number for number in text.split(b" ") if not is_number(number)), text)
        remedy = "the file is damaged, download it again"
        if is_number(wrong.replace(b",", b".")):
            remedy = "write decimal points, not commas"
        shown = wrong[:40].decode(errors="replace")
        raise DataError(f"{path} line {line_number}: {shown!r} is no number; {remedy}") from None
    if not np.isfinite(numbers).all():
        for line_number, vector in zip(texts, numbers, strict=True):
            check_finite(path, f"line {line_number}", vector)
    return numbers
