"""Unpack zip archives safely."""

import lzma
import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path

from regard.errors import DataError

# Texts shrink to a tenth or so. A large archive that grows by more than this is refused.
_MOST_TIMES = 200
_LARGE = 2**30  # bytes
_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)


def unzip(archive: Path, folder: Path) -> None:
    """Unpack an archive if every path in it stays inside the folder, and it does not fill the disk.

    Raises:
        DataError: the archive is broken, too large once it is unpacked, or holds an absolute path,
            a path with `..` or a link; then nothing is unpacked.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            for member in content.infolist():
                _check_member(archive, member)
            # No file gets larger than the archive declares: reading ends there.
            _check_size(archive, sum(member.file_size for member in content.infolist()), folder)
            content.extractall(folder)
    except (*_BROKEN, NotImplementedError, RuntimeError, OSError) as error:
        raise DataError(
            f"{archive.name} cannot be unpacked ({error}); download it again"
        ) from error


def _check_member(archive: Path, member: zipfile.ZipInfo) -> None:
    """Raise a DataError for a link, or for a path that leads out of the folder."""
    path = Path(member.filename.replace("\\", "/"))
    # The upper 16 bits hold the Unix mode of the file.
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    has_drive = re.match("[A-Za-z]:", member.filename)
    if path.is_absolute() or ".." in path.parts or is_link or has_drive:
        problem = "is a link" if is_link else "leads out of the folder"
        raise DataError(f"{archive.name}: {member.filename!r} {problem}; nothing was unpacked")


def _check_size(archive: Path, size: int, folder: Path) -> None:
    """Raise a DataError for an archive that is made to fill a disk, or that does not fit on it."""
    packed = archive.stat().st_size
    free = shutil.disk_usage(folder).free
    if size > max(_LARGE, _MOST_TIMES * packed) or size > free:
        raise DataError(
            f"{archive.name} has {size / 1e9:,.1f} GB unpacked and {packed / 1e9:,.1f} "
            f"GB packed, {free / 1e9:,.1f} GB are free; nothing was unpacked"
        )
