"""New files: written whole or not at all, on the disk before they have their name.

A process that is killed leaves its temporary files. Their names tell which process made them, so
that a later command can remove them.
"""

import contextlib
import functools
import os
import re
import secrets
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path

from regard.artefacts.writing import writing

_TEMPORARY = re.compile(r"\..*\.tmp-([0-9a-f]{8})-([0-9]+)-[0-9a-f]{4}")


def temporary_path(path: Path) -> Path:
    """Return a new path in the same folder, where a rename to `path` is atomic.

    Example:
        a/b.csv -> a/.b.csv.tmp-1f0c9a27-4711-9e3d
    """
    # Two may write the same file: the name holds the process, and differs between its threads.
    name = f".{path.name[:150]}.tmp-{_machine()}-{os.getpid()}-{secrets.token_hex(2)}"
    return path.with_name(name)


def is_abandoned(path: Path) -> bool:
    """Return whether a path was made by `temporary_path` of a process of this machine that died."""
    found = _TEMPORARY.fullmatch(path.name)
    if found is None or found[1] != _machine():
        return False
    try:
        os.kill(int(found[2]), 0)
    except ProcessLookupError:
        return True
    except OSError:  # of another user
        return False
    return False


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; it is renamed to `path` once it is written."""
    temporary = temporary_path(path)
    # A temporary folder is synced as a whole, before it gets its name.
    is_temporary = _TEMPORARY.fullmatch(path.parent.name) is not None
    with writing(path, temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            if not is_temporary:
                sync(temporary)
            temporary.replace(path)
            if not is_temporary:
                sync(path.parent)
        finally:
            with contextlib.suppress(OSError):  # on a disk that allows no change, too
                temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file's content, or the names in a folder, are on the disk."""
    if path.is_symlink():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        # Some network file systems cannot sync a folder; for a file it is an error.
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def sync_all(folder: Path) -> None:
    """Wait until everything in a folder is on the disk."""
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)


@functools.cache
def _machine() -> str:
    """Return eight characters for this machine and its numbering of processes."""
    name = socket.gethostname()
    with contextlib.suppress(OSError):  # containers of one machine number them each on its own
        name += str(os.stat("/proc/self/ns/pid").st_ino)  # noqa: PTH116 - not a file
    return f"{zlib.crc32(name.encode()):08x}"
