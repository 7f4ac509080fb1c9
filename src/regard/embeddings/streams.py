"""The bytes of a vector file in one form: unpacked, UTF-8, and one blank between numbers.

Files in that form pass as they are, since they have gigabytes; others are rewritten line by line.
"""

import bz2
import codecs
import contextlib
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from regard.embeddings.vectors import Progress
from regard.errors import DataError

_BUFFER = 1 << 18
_UNPACKED: dict[bytes, Callable[[Any], Any]] = {
    rb"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file, mode="rb"),
    rb"BZh[1-9]1AY&SY": bz2.BZ2File,
    rb"\xfd7zXZ\x00": lzma.LZMAFile,
}
_DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

Rewrite = Callable[[bytes], bytes]  # of a line without its line break


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


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        """Return True, as `io` asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read bytes into a buffer and return their number, 0 at the end."""
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = block
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@contextlib.contextmanager
def opened(path: Path, progress: Progress) -> Iterator[io.BufferedReader]:
    """Open a vector file, unpack it if it is packed, and rewrite it if it has another form.

    Raises:
        DataError: the file is missing, or its packed data are cut off or damaged.
    """
    try:
        file: io.BufferedReader[Any] = io.BufferedReader(_CountedFile(path, progress), _BUFFER)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror}); see data/README.md for where to put "
            "vector files"
        ) from None
    with contextlib.ExitStack() as files:
        files.enter_context(file)
        start = file.peek(16)
        unpack = next((open_ for magic, open_ in _UNPACKED.items() if re.match(magic, start)), None)
        try:
            if unpack is not None:
                file = files.enter_context(io.BufferedReader(unpack(file), _BUFFER))
            yield _in_one_form(file)
        except OSError as error:
            # bz2 has no error of its own.
            if unpack is None or (error.errno is not None and not isinstance(error, _DAMAGED)):
                raise
            raise _damaged(path, error) from None
        except _DAMAGED as error:
            raise _damaged(path, error) from None


def is_binary(start: bytes) -> bool:
    """Return whether the bytes after a header are floats rather than text.

    Text has no control characters, and has letters beyond ASCII only in words, not in numbers.
    """
    numbers = start.partition(b" ")[2].partition(b"\n")[0]
    return has_control_characters(start) or not numbers.isascii()


def has_control_characters(start: bytes) -> bool:
    """Return whether there are bytes that no text has."""
    return any(byte < 9 or 13 < byte < 32 for byte in start)


def is_header(line: bytes) -> bool:
    """Return whether a line holds the numbers of words and of dimensions, and nothing else."""
    parts = line.split()
    return len(parts) == 2 and all(number.isdigit() for number in parts)


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path}: the packed file is cut off or damaged ({error}); download it again")


def _in_one_form(file: "io.BufferedReader[Any]") -> "io.BufferedReader[Any]":
    start = file.peek(4096)
    if start.startswith(_UTF16_MARKS):
        file = _stream(_as_utf8(file))
        start = file.peek(4096)
    if start.startswith(_UTF8_MARK):
        start = start[len(file.read(len(_UTF8_MARK))) :]
    if b"\r" in start and b"\n" not in start:
        file = _stream(block.replace(b"\r", b"\n") for block in _blocks(file))
        start = file.peek(4096)
    rewrite = _rewrite(start)
    return file if rewrite is None else _stream(map(_each_line(rewrite), _whole_lines(file)))


def _blocks(file: io.BufferedReader) -> Iterator[bytes]:
    while block := file.read(_BUFFER):
        yield block


def _as_utf8(file: io.BufferedReader) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    for block in _blocks(file):
        yield decoder.decode(block).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode(errors="replace")


def _stream(blocks: Iterator[bytes]) -> io.BufferedReader:
    return io.BufferedReader(_Blocks(blocks), _BUFFER)


def _rewrite(start: bytes) -> Rewrite | None:
    r"""Return the function that rewrites a line, by the first lines; None if they are in order.

    Example:
        b"sea,1,2\nship,3,4\n" -> a function: b"sea,1,2" -> b"sea 1 2"
        b"sea  1  2\n" -> a function: b"sea  1  2" -> b"sea 1 2"
        b"sea 1 2\n" -> None
    """
    lines = [line.rstrip(b" \r") for line in start.split(b"\n")]
    complete = [line for line in lines[: max(len(lines) - 1, 1)] if line]
    rows = complete[1:] if complete and is_header(complete[0].replace(b",", b" ")) else complete
    if not rows or is_binary(b"\n".join(rows)):
        return None
    if all(b"\t" in row or b"  " in row or row.startswith(b" ") for row in rows):
        return lambda line: b" ".join(line.split())
    commas = np.array([row.count(b",") for row in rows])
    if commas.min() > 0 and not any(b" " in row.strip() for row in rows):
        # The word , has one more: ",,1,2" with two numbers.
        width = int(np.bincount(commas).argmax())
        return lambda line: b" ".join(part.strip() for part in line.rsplit(b",", width))
    return None


def _each_line(rewrite: Rewrite) -> Rewrite:
    return lambda block: b"".join(rewrite(line) + b"\n" for line in block[:-1].split(b"\n"))


def _whole_lines(file: io.BufferedReader) -> Iterator[bytes]:
    """Yield blocks of whole lines, each with its line break."""
    rest = b""
    for more in _blocks(file):
        end = more.rfind(b"\n") + 1
        if end:
            yield rest + more[:end]
            rest = b""
        rest += more[end:]
    if rest:
        yield rest + b"\n"
