"""The size and hash of every file of an artefact, so that damage is noticed before it is used.

The manifest of a folder lists its files. Those that a finished run writes again, such as its
submission, are listed in `sums.json`. Both lists hold a checksum of their own content. Folders of
earlier versions have no lists and are not checked.

    manifest.json of a run        manifest.json of a fold
    metrics.json  [812, "9f.."]   weights.npz  [40212, "01.."]
    fold_0/manifest.json  ...     history.json  ...
"""

import contextlib
import functools
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from regard.artefacts.durable import new_file
from regard.artefacts.fingerprints import hash_file
from regard.errors import ArtefactError

MANIFEST = "manifest.json"
SUMS = "sums.json"
_FILES = "files"
_CHECKSUM = "checksum"
_LENGTH = 32  # of a hash, in hexadecimal digits
_OUTPUTS = ("submission.csv", "report.html")


class Damage(NamedTuple):
    """A file that is not as it was written.

    Attributes:
        path: the file.
        folder: the folder whose manifest lists it.
        found: what is wrong with it, such as "is empty".
        is_missing: whether there is no such file.
    """

    path: Path
    folder: Path
    found: str
    is_missing: bool = False

    def __str__(self) -> str:
        """Return the line that tells it, with what to do."""
        return f"{self.path}: {self.found}; {_remedy(self)}"


def is_finished(folder: Path) -> bool:
    """Return whether a folder is complete."""
    return (folder / MANIFEST).is_file()


def sealed(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of a JSON file with a checksum of them."""
    return {**entries, _CHECKSUM: _checksum(entries)}


def check_seal(path: Path, entries: Any) -> None:
    """Make sure that a JSON file still has the entries that its checksum was made of.

    Raises:
        ArtefactError: it has others.
    """
    if not isinstance(entries, dict):
        return
    others = {name: value for name, value in entries.items() if name != _CHECKSUM}
    # A manifest with a list of files has a checksum, unless its name was damaged.
    is_sealed = _CHECKSUM in entries or (_FILES in entries and path.name in (MANIFEST, SUMS))
    if is_sealed and entries.get(_CHECKSUM) != _checksum(others):
        raise ArtefactError(str(Damage(path, path.parent, "was changed since it was written")))


def sums_of(folder: Path, leave_out: Collection[str] = ()) -> dict[str, list[Any]]:
    """Return the size and hash of each file of a folder, by its path in the folder.

    Of a finished folder inside, only the manifest counts: that lists the others.

    Args:
        folder: a folder that nobody writes to any more.
        leave_out: paths of files that are not listed.
    """
    found = {}
    for path in _listed(folder):
        name = path.relative_to(folder).as_posix()
        if name not in leave_out:
            found[name] = _sum_of(path)
    return found


def check_file(path: Path) -> None:
    """Make sure that a file is as it was written, by its hash, if its folder lists it.

    Raises:
        ArtefactError: it is not, or it is missing.
    """
    if damage := damage_of_file(path):
        raise ArtefactError(str(damage))


def damage_of_file(path: Path, *, full: bool = True) -> Damage | None:
    """Return how a file differs from the one that was written; None if it does not.

    Args:
        path: a file in an artefact's folder, or in a plain folder inside one.
        full: whether its hash is compared, or its size alone.
    """
    if path.name in (MANIFEST, SUMS):  # they hold their own checksums
        return None
    for folder in (path.parent, path.parent.parent):
        if is_finished(folder):
            name = path.relative_to(folder).as_posix()
            expected = {**_files_in(folder / MANIFEST), **_files_in(folder / SUMS)}.get(name)
            return None if expected is None else _difference(path, folder, expected, full=full)
    return None


def damages_of(folder: Path, *, full: bool = False, outputs: bool = True) -> list[Damage]:
    """Return the files of a finished folder that are not as they were written.

    Args:
        folder: its files are checked, and those of finished folders that its manifest lists.
        full: whether hashes are compared, or sizes alone.
        outputs: whether files count that a finished run writes again.
    """
    try:
        listed = _files_in(folder / MANIFEST)
        if outputs:
            listed = {**listed, **_files_in(folder / SUMS)}
    except ArtefactError:
        name = MANIFEST if _is_damaged(folder / MANIFEST) else SUMS
        return [Damage(folder / name, folder, "was changed since it was written")]
    found = []
    for name, expected in listed.items():
        path = folder / name
        damage = _difference(path, folder, expected, full=full)
        if damage is not None:
            found.append(damage)
        elif path.name == MANIFEST:
            found += damages_of(path.parent, full=full)
    return found


@contextlib.contextmanager
def rewriting(folder: Path, *names: str) -> Iterator[None]:
    """Take files of a finished folder off its list while they are written, and list them again.

    If the process dies in between, they are not listed, and so not taken for damaged.
    """
    path = folder / SUMS
    listed = _files_in(path)
    if not {*listed}.isdisjoint(names):
        _write(path, {name: value for name, value in listed.items() if name not in names})
    yield
    list_files(folder, names)


def list_files(folder: Path, names: Iterable[str]) -> None:
    """List files in the `sums.json` of a folder as they are now."""
    found = {name: _sum_of(folder / name) for name in names if (folder / name).is_file()}
    if found:
        _write(folder / SUMS, {**_files_in(folder / SUMS), **found})


def is_listed(path: Path) -> bool:
    """Return whether a file is listed in the `sums.json` of its folder."""
    return path.name in _files_in(path.parent / SUMS)


def _write(path: Path, listed: Mapping[str, Any]) -> None:
    with new_file(path) as temporary:
        text = json.dumps(sealed({_FILES: dict(listed)}), indent=2, ensure_ascii=False)
        temporary.write_text(f"{text}\n", encoding="utf-8")


def _listed(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name.startswith("."):
            continue
        if path.is_file():
            yield path
        elif is_finished(path):
            yield path / MANIFEST
        elif path.is_dir():
            yield from _listed(path)


def _sum_of(path: Path) -> list[Any]:
    return [path.stat().st_size, hash_file(path)[:_LENGTH]]


def _difference(path: Path, folder: Path, expected: Any, *, full: bool) -> Damage | None:
    try:
        size, digest = expected
        found = path.stat().st_size if path.is_file() else None
    except (TypeError, ValueError):
        return Damage(folder / MANIFEST, folder, f"does not list {path.name} by size and hash")
    if found is None:
        return Damage(path, folder, "is missing", is_missing=True)
    if found != size:
        shown = f"has {found:,} bytes instead of {size:,}" if found else "is empty"
        return Damage(path, folder, f"{shown}, so it was changed since it was written")
    if full and hash_file(path)[:_LENGTH] != digest:
        return Damage(path, folder, "has other content than was written")
    return None


def _files_in(path: Path) -> dict[str, Any]:
    """Return the list of files in a manifest; empty if there is none."""
    try:
        status = path.stat()
    except OSError:
        return {}
    return _parsed(path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@functools.lru_cache(maxsize=1024)
def _parsed(path: Path, *status: int) -> dict[str, Any]:
    """Read a list once per process; the status only shows whether the file has changed."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise ArtefactError(str(Damage(path, path.parent, "cannot be read"))) from None
    check_seal(path, entries)
    files = entries.get(_FILES, {}) if isinstance(entries, dict) else {}
    return files if isinstance(files, dict) else {}


def _is_damaged(path: Path) -> bool:
    try:
        _files_in(path)
    except ArtefactError:
        return True
    return False


def _checksum(entries: Mapping[str, Any]) -> str:
    content = json.dumps(entries, sort_keys=True, default=str)
    return hashlib.blake2b(content.encode()).hexdigest()[:_LENGTH]


def _remedy(damage: Damage) -> str:
    """Return what to do about a damaged file; each of these was tried, see the tests."""
    path, folder = damage.path, damage.folder
    if path.name == SUMS:
        return f"delete {path}, and submit or train writes it again"
    if path.name in _OUTPUTS and damage.is_missing:
        return "submit, report or train writes it again"
    if path.name in _OUTPUTS:
        return "keep it under another name or delete it, and the same command writes it again"
    if folder.name.startswith("fold_") or folder.name == "refit":
        return (
            f"copy the run again, or delete the folder {folder}, and the command that trained the "
            "run trains that model again"
        )
    if folder.parent.name == "runs" or (folder / "config.json").exists():
        delete = "run" if damage.is_missing else f"delete {path} and run"
        return (
            f"copy the run again, or {delete} the command that trained it, which writes this file "
            "again without training the folds again"
        )
    return (
        f"delete the folder {folder}, and train (or the same command) makes it again, with the "
        "same settings"
    )
