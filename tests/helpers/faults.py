"""A disk that fails at one operation: each write, sync, rename and new folder is counted."""

import builtins
import contextlib
import errno
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any


class Killed(BaseException):
    """The process was killed: nothing but the operating system cleans up after it."""


def _error_of(number: int) -> Callable[[], OSError]:
    return lambda: OSError(number, os.strerror(number))


FAULTS: dict[str, Callable[[], BaseException]] = {
    "full": _error_of(errno.ENOSPC),
    "cut": _error_of(errno.ENOSPC),  # after half of the content of a file
    "broken": _error_of(errno.EIO),
    "read_only": _error_of(errno.EROFS),  # from then on, as Linux does after errors of a disk
    "denied": _error_of(errno.EACCES),  # from then on
    "killed": Killed,
    "power_cut": Killed,  # and the files that were not synced are empty
}
LASTING = ("read_only", "denied", "killed", "power_cut")


class Disk:
    """Counts operations below a folder, and raises an error at one of them.

    Args:
        home: operations on other paths do not count.
        fail_at: the number of the operation that fails, from 0; None: none.
        fault: a key of `FAULTS`.
    """

    def __init__(self, home: Path, fail_at: int | None = None, fault: str = "full") -> None:
        self.home = str(home)
        self.fail_at = fail_at
        self.fault = fault
        self.operations: list[str] = []
        self.has_failed = False
        self._synced: set[tuple[int, ...]] = set()

    def step(self, kind: str, path: object) -> None:
        """Count an operation, or fail in its place."""
        if isinstance(path, int):
            name = kind
        else:
            name = os.fspath(path)  # type: ignore[call-overload]
            if not str(name).startswith(self.home):
                return
        self.check()
        self.operations.append(f"{kind} {name}")
        if len(self.operations) - 1 == self.fail_at:
            self.has_failed = True
            if not self.cuts(kind):
                raise FAULTS[self.fault]()

    def check(self) -> None:
        """Fail again after a lasting fault.

        Whatever runs while the error of a kill passes would not run in a dead process.
        """
        if self.has_failed and self.fault in LASTING:
            raise FAULTS[self.fault]()

    def note_synced(self, descriptor: int) -> None:
        """Note that a file is on the disk as it is now."""
        self._synced.add(_version_of(os.fstat(descriptor)))

    def cut_power(self) -> None:
        """Empty the files that have changed since they were synced, as a disk without power may.

        Names stay: file systems may write a rename before the content of the file.
        """
        for path in Path(self.home).rglob("*"):
            if path.is_file() and _version_of(path.stat()) not in self._synced:
                path.write_bytes(b"")

    def cuts(self, kind: str) -> bool:
        """Return whether the last operation fails in its middle."""
        is_last = len(self.operations) - 1 == self.fail_at
        return is_last and self.fault == "cut" and kind == "write"


def _version_of(found: os.stat_result) -> tuple[int, ...]:
    return (found.st_ino, found.st_size, found.st_mtime_ns)


class _CutFile:
    """A file whose disk becomes full in the middle of its first write."""

    def __init__(self, file: IO[Any]) -> None:
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_CutFile":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, content: Any) -> int:
        self._file.write(content[: len(content) // 2])
        self._file.flush()
        raise FAULTS["cut"]()


@contextlib.contextmanager
def failing(disk: Disk, monkeypatch) -> Iterator[None]:
    """Let a disk count and fail the operations of this block."""

    def counted(kind, function):
        def call(path, *arguments, **options):
            disk.step(kind, path)
            result = function(path, *arguments, **options)
            if kind == "fsync":
                disk.note_synced(path)
            return result

        return call

    def opened(function):
        def call(path, mode="r", *arguments, **options):
            is_written = isinstance(mode, str) and {*mode} & {*"wax+"}
            if not is_written or isinstance(path, int):
                return function(path, mode, *arguments, **options)
            if str(path).endswith(".lock"):  # whether one is taken depends on other processes
                disk.check()
                return function(path, mode, *arguments, **options)
            disk.step("open", path)
            file = function(path, mode, *arguments, **options)
            try:
                disk.step("write", path)  # after the open, the file is there and empty
            except BaseException:
                file.close()
                raise
            return _CutFile(file) if disk.cuts("write") else file

        return call

    with monkeypatch.context() as patch:
        patch.setattr(io, "open", opened(io.open))
        patch.setattr(builtins, "open", opened(builtins.open))
        for kind in ("fsync", "replace", "rename", "mkdir", "link", "symlink", "unlink", "rmdir"):
            patch.setattr(os, kind, counted(kind, getattr(os, kind)))
        patch.setattr(shutil, "copyfile", counted("copy", shutil.copyfile))
        yield
