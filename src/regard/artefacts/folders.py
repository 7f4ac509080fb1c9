"""How a folder comes to be whole, and by one process at a time."""

import contextlib
import datetime
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from regard.artefacts.files import write_json
from regard.errors import ArtefactError

MANIFEST = "manifest.json"


def is_finished(folder: Path) -> bool:
    """Return whether a stage has left its whole folder."""
    return (folder / MANIFEST).is_file()


@contextlib.contextmanager
def new_folder(folder: Path, *, unfinished: Path | None = None, **manifest: Any) -> Iterator[Path]:
    """Give a folder to write into, which takes its true name once everything is in it.

    Args:
        folder: its name in the end.
        unfinished: where it is written; kept if the work is interrupted, so that it can be taken up
            again. Without one, a temporary folder that an error removes.
        **manifest: what to note in `manifest.json`.

    Yields:
        The folder to write into.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = unfinished or Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    place.mkdir(exist_ok=True)
    try:
        yield place
        finished = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        write_json(place / MANIFEST, {"finished": finished, **manifest})
        _take_name(place, folder)
    except BaseException:
        if unfinished is None:
            shutil.rmtree(place, ignore_errors=True)
        raise


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes away from a folder that is written to over a long time.

    Raises:
        ArtefactError: another process is at it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The file stays: were it removed, one process could lock it while another makes and locks a new
    # one.
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        try:
            # the system lets go of it when the process ends
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ArtefactError(
                f"{folder} is being made by another process; wait for it or end it"
            ) from None
        yield


def _take_name(place: Path, folder: Path) -> None:
    """Rename; where another process finished the same folder first, its folder stays."""
    if folder.exists() and not is_finished(folder):
        shutil.rmtree(folder)
    place.chmod(0o755)
    try:
        place.rename(folder)
    except OSError:
        if not is_finished(folder):
            raise
        shutil.rmtree(place, ignore_errors=True)
