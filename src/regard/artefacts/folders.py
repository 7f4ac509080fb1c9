"""Folders that appear whole or not at all, and are written by one process at a time."""

import contextlib
import datetime
import fcntl
import os
import shutil
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

from regard.artefacts.durable import sync, sync_all, temporary_path
from regard.artefacts.files import read_json, write_json
from regard.artefacts.sums import MANIFEST, SUMS, is_finished, list_files, sealed, sums_of
from regard.artefacts.writing import writing
from regard.errors import ArtefactError

_LOCK = ".lock"


@contextlib.contextmanager
def new_folder(
    folder: Path,
    *,
    unfinished: Path | None = None,
    rewritten: Collection[str] = (),
    **manifest: Any,
) -> Iterator[Path]:
    """Give a folder to write into; it is renamed to `folder` once everything is in it.

    Args:
        folder: the name of the complete folder.
        unfinished: the folder to write into; it stays after an interruption, so that the work can
            be resumed. None: a temporary folder, which an error removes.
        rewritten: paths of files in it that later commands write again, see `sums.rewriting`.
        **manifest: entries of `manifest.json`, the last file to be written. It also lists the size
            and hash of every file.

    Yields:
        The folder to write into.
    """
    with writing(folder, folder.with_name(f".{folder.name}.")):
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = unfinished or temporary_path(folder)
        new.mkdir(exist_ok=True)
        # Of a process that was killed just before the rename.
        (new / MANIFEST).unlink(missing_ok=True)
    try:
        with writing(folder, new):
            yield new
            _finish(new, rewritten, manifest)
            _rename(new, folder)
    except BaseException:
        if unfinished is None:
            shutil.rmtree(new, ignore_errors=True)
        raise


def list_again(folder: Path) -> None:
    """List the files of a finished folder in its manifest as they are now: a copy of some of them.

    Finished folders inside, such as those of folds, are listed first.

    Args:
        folder: its files have been checked.
    """
    for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
        list_again(manifest.parent)
    entries = read_json(folder / MANIFEST)
    entries.pop("checksum", None)
    entries["files"] = sums_of(folder, (MANIFEST, SUMS))
    write_json(folder / MANIFEST, sealed(entries))


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from writing to a folder that takes long to complete.

    Raises:
        ArtefactError: another process holds the lock.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = folder.with_name(folder.name + _LOCK)
    with contextlib.ExitStack() as stack:
        if not _take_soon(lock, stack):
            raise ArtefactError(f"{folder} is being made by another process; wait for it or end it")
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def remove_lock(lock: Path) -> None:
    """Remove the file of a lock that no process holds; a process that was killed leaves it."""
    with contextlib.ExitStack() as stack:
        if lock.exists() and _take(lock, stack):
            lock.unlink(missing_ok=True)


def is_locked(lock: Path) -> bool:
    """Return whether a process holds the lock of this file."""
    with contextlib.ExitStack() as stack:
        return lock.exists() and not _take(lock, stack)


def discard(folder: Path) -> None:
    """Remove a folder; other processes see it whole or not at all."""
    away = temporary_path(folder)
    folder.rename(away)
    shutil.rmtree(away, ignore_errors=True)


def _take_soon(lock: Path, stack: contextlib.ExitStack) -> bool:
    """Lock a file; another command may hold it for a moment, to see whether it is held."""
    for _ in range(4):
        if _take(lock, stack):
            return True
        time.sleep(0.05)
    return False


def _take(lock: Path, stack: contextlib.ExitStack) -> bool:
    """Lock a file until the stack is closed; return whether no other process holds it."""
    while True:
        file: IO[str] = stack.enter_context(lock.open("w"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # released when the process ends
        except BlockingIOError:
            return False
        # Its last holder removes the file. Whoever has opened it before must take the new one.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                return True


def _finish(new: Path, rewritten: Collection[str], manifest: dict[str, Any]) -> None:
    """List all files of a folder in its manifest, and wait until all is on the disk."""
    # An interrupted run may have been finished before, and keeps what it made since.
    list_files(new, rewritten)
    finished = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    files = sums_of(new, (MANIFEST, SUMS, *rewritten))
    write_json(new / MANIFEST, sealed({"finished": finished, **manifest, "files": files}))
    sync_all(new)


def _rename(new: Path, folder: Path) -> None:
    """Rename a complete folder; if another process finished the same one first, keep that."""
    if folder.exists() and not is_finished(folder):
        shutil.rmtree(folder)
    new.chmod(0o755)  # others may read it
    try:
        new.rename(folder)
        sync(folder.parent)
    except OSError:
        if not is_finished(folder):
            raise
        shutil.rmtree(new, ignore_errors=True)
