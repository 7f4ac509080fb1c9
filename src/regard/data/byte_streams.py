"""The bytes of a file or of standard input: hashed, counted and unpacked while they are read."""

import hashlib
import io
import os
import shutil
import stat
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from regard.data import packing
from regard.data.packing import N_FIRST
from regard.data.row_errors import changed
from regard.errors import DataError, did_you_mean

_BUFFER_SIZE = 2**20
STANDARD_INPUT = "-"


class HashingReader(io.RawIOBase):
    """The bytes of a binary file, hashed and counted as they are read.

    Args:
        file: the file; it stays open when this reader is closed.
        digest: a hash object of `hashlib` to update; None: none.
    """

    def __init__(self, file: Any, digest: Any = None) -> None:
        super().__init__()
        self._file = file
        self._digest = digest
        self.n_bytes = 0

    def readable(self) -> bool:
        """Return True, as `io` asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read bytes into a buffer and return their number, 0 at the end."""
        view = memoryview(buffer)
        n_bytes: int = self._file.readinto1(view)
        # A pipe may give single bytes, but the first read has to show the format.
        while not self.n_bytes and 0 < n_bytes < min(N_FIRST, len(view)):
            n_more = self._file.readinto1(view[n_bytes:])
            if not n_more:
                break
            n_bytes += n_more
        if self._digest is not None:
            self._digest.update(view[:n_bytes])
        self.n_bytes += n_bytes
        return n_bytes


def buffered(reader: HashingReader) -> io.BufferedReader:
    """Return a reader's bytes as a stream with a buffer of 1 MiB."""
    return io.BufferedReader(reader, _BUFFER_SIZE)


class ByteSource:
    """A file or standard input, unpacked if it is packed by gzip, bz2, xz or zip.

    Attributes:
        name: the file in messages.
        suffix: its suffix in lower case, without `.gz` and its like; "" for standard input.
        size: its bytes on disk; None for standard input and pipes.
        content: the unpacked bytes.
        start: the first 64 of them.
    """

    def __init__(self, place: Path | str) -> None:
        is_standard_input = str(place) == STANDARD_INPUT
        self.name = "standard input" if is_standard_input else str(place)
        self.suffix = "" if is_standard_input else suffix_of(Path(place))
        self._hash = hashlib.blake2b()
        self._is_seekable = False
        with ExitStack() as files:
            self._file = sys.stdin.buffer if is_standard_input else _open(Path(place))
            if not is_standard_input:
                files.enter_context(self._file)
            self._status = None if is_standard_input else self._read_status()
            self.size = self._status[0] if self._status else None
            self._packed = HashingReader(self._file, self._hash)
            self.content = buffered(self._packed)
            start = self.content.peek(N_FIRST)
            self._packing = packing.packed_by(start)
            with self.errors_in_one_line(lambda: 0):
                self._unpack(files)
                packing.refuse_other_formats(self.content.peek(512)[:512], self.name)
                self.start = self.content.peek(N_FIRST)[:N_FIRST]
            self._files = files.pop_all()

    def _unpack(self, files: ExitStack) -> None:
        """Make `content` the unpacked bytes; those of a packed archive are not unpacked twice."""
        if self._packing is None:
            return
        if self._packing == "zip":
            archive = zipfile.ZipFile(self._zip_file(files))
            unpacked = packing.only_member(files.enter_context(archive), self.name)
            if not self.suffix:
                self.suffix = Path(unpacked.name).suffix.lower()
        else:
            unpacked = packing.unpacked(self._packing, self.content)
        self.content = buffered(HashingReader(files.enter_context(unpacked)))

    def _zip_file(self, files: ExitStack) -> BinaryIO:
        """Return an archive as a file that can be read at any position."""
        self._is_seekable = self.size is not None
        file = self._file
        if not self._is_seekable:
            file = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            shutil.copyfileobj(self.content, file, _BUFFER_SIZE)
        file.seek(0)
        return file

    @property
    def is_packed(self) -> bool:
        """Whether the file is packed."""
        return self._packing is not None

    def share_read(self) -> float | None:
        """Return the share of the bytes on disk that were read; None if their number is unknown."""
        return min(1.0, self._packed.n_bytes / self.size) if self.size else None

    def digest(self) -> str | None:
        """Return the hash of the bytes on disk, once the content was read; None for a pipe."""
        if self.size is None:
            return None
        if self._is_seekable:
            self._file.seek(self._packed.n_bytes)
            while self._packed.read(_BUFFER_SIZE):
                pass
        return self._hash.hexdigest()

    def check_unchanged(self) -> None:
        """Refuse a file that was edited while parts of it were read in any order.

        Any other file is hashed as it is parsed, so it may change.

        Raises:
            DataError: it has another size or another time of its last edit.
        """
        if self._is_seekable and self._status != self._read_status():
            raise changed(Path(self.name))

    def seekable(self) -> BinaryIO:
        """Return the unpacked bytes as a file that can be read at any position.

        A packed file or a pipe is copied to a temporary file. Call this before anything was read
        of `content`, and read only the file that it returns.
        """
        is_plain = self.size is not None and not self._packing
        self._is_seekable = self._is_seekable or is_plain
        file = self._file
        if not is_plain:
            file = self._files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
            with self.errors_in_one_line(lambda: 0):
                shutil.copyfileobj(self.content, file, _BUFFER_SIZE)
        file.seek(0)
        return file

    @contextmanager
    def errors_in_one_line(self, line: Callable[[], int]) -> Iterator[None]:
        """Turn the errors of broken packed data into a DataError.

        Args:
            line: returns the number of lines that were read.
        """
        try:
            yield
        except packing.ERRORS as error:
            is_cut = isinstance(error, EOFError) or "end-of-stream" in str(error)
            after = f" after line {line()}" if line() else ""
            raise DataError(
                f"{self.name}: the {self._packing} data is {'cut off' if is_cut else 'broken'}"
                f"{after}; copy or download the file again"
            ) from None
        except OSError as error:
            if error.errno is not None or self._packing != "bz2":
                raise
            raise DataError(
                f"{self.name}: the bz2 data is broken; copy or download the file again"
            ) from None

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._files.close()

    def _read_status(self) -> tuple[int, int] | None:
        """Return the size and the time of the last edit of a file; None for a pipe."""
        status = os.fstat(self._file.fileno())
        return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None


def _open(path: Path) -> BinaryIO:
    if path.is_dir():
        raise DataError(f"{path} is a folder; name one file of rows")
    if not path.exists():
        others = [other.name for other in path.parent.glob("*") if other.is_file()]
        hint = did_you_mean(path.name, others) if others else "check the path"
        raise DataError(f"{path} does not exist; {hint}")
    return path.open("rb")


def suffix_of(path: Path) -> str:
    """Return the suffix of a file in lower case, without that of a packed file.

    Example:
        train.csv.gz -> ".csv"; train.zip -> ""
    """
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in packing.SUFFIXES else suffix
