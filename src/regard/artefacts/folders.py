"""Folders that appear whole or not at all, and are written by one process at a time."""

import contextlib
import datetime
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from regard.artefacts.files import write_json
from regard.artefacts.writing import writing
from regard.errors import ArtefactError

MANIFEST = "manifest.json"


def is_finished(folder: Path) -> bool:
    """Return whether a folder is complete."""
    return (folder / MANIFEST).is_file()


@contextlib.contextmanager
def new_folder(folder: Path, *, unfinished: Path | None = None, **manifest: Any) -> Iterator[Path]:
    """Give a folder to write into; it is renamed to `folder` once everything is in it.

    Args:
        folder: the name of the complete folder.
        unfinished: the folder to write into; it stays after an interruption, so that the work can
            be resumed. None: a temporary folder, which an error removes.
        **manifest: entries of `manifest.json`, the last file to be written.

    Yields:
        The folder to write into.
    """
    with writing(folder, folder.with_name(f".{folder.name}.")):
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = unfinished or Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        new.mkdir(exist_ok=True)
    try:
        with writing(folder, new):
            yield new
            finished = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            write_json(new / MANIFEST, {"finished": finished, **manifest})
            _rename(new, folder)
    except BaseException:
        if unfinished is None:
            shutil.rmtree(new, ignore_errors=True)
        raise


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from writing to a folder that takes long to complete.

    Raises:
        ArtefactError: another process holds the lock.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The file stays. If it were removed, one process could lock it while another one makes and
    # locks a new file.
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # released when the process ends
        except BlockingIOError:
            raise ArtefactError(
                f"{folder} is being made by another process; wait for it or end it"
            ) from None
        yield


def _rename(new: Path, folder: Path) -> None:
    """Rename a complete folder; if another process finished the same one first, keep that."""
    if folder.exists() and not is_finished(folder):
        shutil.rmtree(folder)
    new.chmod(0o755)  # mkdtemp makes folders that other users cannot read
    try:
        new.rename(folder)
    except OSError:
        if not is_finished(folder):
            raise
        shutil.rmtree(new, ignore_errors=True)
