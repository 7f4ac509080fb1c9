"""Damage to the files of artefacts, as disks, editors and interrupted copies do it."""

import json
import shutil
from pathlib import Path

from regard.artefacts import MANIFEST


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES = {
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "bit": lambda path: path.write_bytes(_flipped(path.read_bytes())),
    "garbage": lambda path: path.write_bytes(b"\x00garbage\xff" * 9),
    "deleted": lambda path: path.unlink(),
}


def without_lists(folder: Path) -> None:
    """Remove the lists of files, as a folder of an earlier version has none."""
    (folder / "sums.json").unlink(missing_ok=True)
    for path in folder.rglob(MANIFEST):
        entries = json.loads(path.read_text(encoding="utf-8"))
        entries.pop("files", None)
        entries.pop("checksum", None)
        path.write_text(json.dumps(entries), encoding="utf-8")


def files_in(folder: Path) -> list[Path]:
    """Return all files of a folder, relative to it; links are left out."""
    return sorted(
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )


def same_copy(source: Path, target: Path) -> Path:
    """Replace a folder by a copy of another one, links and times included."""
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(source, target, symlinks=True))
