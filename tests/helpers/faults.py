"""A disk that fails at one operation: each write, sync, rename and new folder is counted."""

import builtins
import contextlib
import errno
import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


class Killed(BaseException):
    """The process was killed: nothing but the operating system cleans up after it."""


FAULTS = {
    "full": lambda: OSError(errno.ENOSPC, "No space left on device"),
    "broken": lambda: OSError(errno.EIO, "Input/output error"),
    "killed": Killed,
}


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
        self.is_dead = False

    def step(self, kind: str, path: object) -> None:
        """Count an operation, or fail in its place."""
        if isinstance(path, int):
            name = kind
        else:
            name = os.fspath(path)  # type: ignore[call-overload]
            if not str(name).startswith(self.home):
                return
        if self.is_dead:  # whatever runs while the error passes would not run in a dead process
            raise Killed
        self.operations.append(f"{kind} {name}")
        if len(self.operations) - 1 == self.fail_at:
            self.is_dead = self.fault == "killed"
            raise FAULTS[self.fault]()


@contextlib.contextmanager
def failing(disk: Disk, monkeypatch) -> Iterator[None]:
    """Let a disk count and fail the operations of this block."""

    def counted(kind, function):
        def call(path, *arguments, **options):
            disk.step(kind, path)
            return function(path, *arguments, **options)

        return call

    def opened(function):
        def call(path, mode="r", *arguments, **options):
            is_written = isinstance(mode, str) and {*mode} & {*"wax+"}
            if not is_written or isinstance(path, int) or str(path).endswith(".lock"):
                return function(path, mode, *arguments, **options)
            disk.step("open", path)
            file = function(path, mode, *arguments, **options)
            try:
                disk.step("write", path)  # after the open, the file is there and empty
            except BaseException:
                file.close()
                raise
            return file

        return call

    with monkeypatch.context() as patch:
        patch.setattr(io, "open", opened(io.open))
        patch.setattr(builtins, "open", opened(builtins.open))
        for kind in ("fsync", "replace", "rename", "mkdir", "link", "symlink", "unlink", "rmdir"):
            patch.setattr(os, kind, counted(kind, getattr(os, kind)))
        patch.setattr(shutil, "copyfile", counted("copy", shutil.copyfile))
        yield
