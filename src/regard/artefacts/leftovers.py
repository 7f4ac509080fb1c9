"""Files and folders that processes left when they were killed."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from regard.artefacts.durable import is_abandoned
from regard.artefacts.folders import is_locked, remove_lock

# In the folder of a competition: its stages, runs and exports, and what is inside of a run.
_PLACES = ("", "*/", "runs/*/", "runs/*/*/")


def remove_abandoned(home: Path) -> None:
    """Remove temporary files of dead processes, and locks that no process holds.

    Folders of interrupted runs stay, since the same command continues them.

    Args:
        home: the folder of a competition's artefacts.
    """
    for path in abandoned(home):
        with contextlib.suppress(OSError):  # another command removes it as well
            if path.name.endswith(".lock"):
                remove_lock(path)
            elif path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def abandoned(home: Path) -> Iterator[Path]:
    """Yield temporary files of dead processes, and locks that no process holds.

    Links that lead out of the folder are not followed.
    """
    for place in _PLACES:
        for path in _inside(home, f"{place}.*"):
            with contextlib.suppress(OSError):  # a folder that may only be read
                is_lock = path.name.endswith(".lock") and path.is_file()
                if is_abandoned(path) or (is_lock and not is_locked(path)):
                    yield path


def unfinished(home: Path) -> list[Path]:
    """Return the folders of interrupted runs and stages that no process is working on."""
    return [path for path in _unfinished(home) if not is_locked(_lock_of(path))]


def in_work(home: Path) -> list[Path]:
    """Return the folders of runs and stages that a process is working on."""
    return [path for path in _unfinished(home) if is_locked(_lock_of(path))]


def _unfinished(home: Path) -> list[Path]:
    places = ("*/.*.unfinished", "runs/*/.refit.unfinished")
    return sorted(path for place in places for path in own_folders(home, place))


def own_folders(home: Path, pattern: str) -> list[Path]:
    """Return the folders that match a pattern, but no links and nothing behind links."""
    return [path for path in _inside(home, pattern) if path.is_dir() and not path.is_symlink()]


def _inside(home: Path, pattern: str) -> list[Path]:
    inside = home.resolve()
    found = sorted(home.glob(pattern))
    return [path for path in found if path.parent.resolve().is_relative_to(inside)]


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")
