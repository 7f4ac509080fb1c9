"""Unpack zip archives safely."""

import lzma
import re
import stat
import zipfile
import zlib
from pathlib import Path

from regard.errors import DataError

_BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError)


def unzip(archive: Path, folder: Path) -> None:
    """Unpack an archive if every path in it stays inside the folder.

    Raises:
        DataError: the archive is broken, or holds an absolute path, a path with `..` or a link;
            then nothing is unpacked.
    """
    try:
        with zipfile.ZipFile(archive) as content:
            for member in content.infolist():
                _check_member(archive, member)
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
