"""Packed files: gzip, bz2, xz and zip, told by their first bytes; and files that are no rows."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from regard.errors import DataError

N_FIRST = 64  # bytes that show the format
ZIP_MAGIC = b"PK\x03\x04"
SUFFIXES = (".gz", ".bz2", ".xz", ".zip")

_WORKBOOK = "[Content_Types].xml"
_NOT_ROWS = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "an old Excel workbook; save it as CSV",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it",
    b"Rar!\x1a\x07": "a rar archive; unpack it",
    b"\x28\xb5\x2f\xfd": "packed by zstd; unpack it",
    b"PK\x05\x06": "an empty zip archive; download it again",
    b"ARROW1\x00\x00": "an Arrow file; save it as Parquet",
    b"%PDF-": "a PDF file; save its table as CSV",
    b"SQLite format 3\x00": "an SQLite database; write its table as CSV",
    b"\x89HDF\r\n": "an HDF5 file; write its table as CSV or Parquet",
}
_PAGES = (b"<!doctype html", b"<html")

# The first bytes of each kind, and the function that unpacks it.
_OPENERS: dict[str, tuple[bytes, Callable[[BinaryIO], Any]]] = {
    "gzip": (b"\x1f\x8b\x08", lambda file: gzip.GzipFile(fileobj=file)),
    "bz2": (b"BZh", bz2.BZ2File),
    "xz": (b"\xfd7zXZ\x00", lzma.LZMAFile),
}
ERRORS = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile)


def packed_by(start: bytes) -> str | None:
    """Return the kind of a packed file by its first bytes; None for any other file.

    Example:
        b"BZh91AY&SY..." -> "bz2"
    """
    if start.startswith(ZIP_MAGIC):
        return "zip"
    # A text may begin with BZh, but not with a size and the digits of pi after it.
    if start.startswith(b"BZh") and start[4:10] not in (b"1AY&SY", b"\x17rE8P\x90"):
        return None
    return next((kind for kind, (magic, _) in _OPENERS.items() if start.startswith(magic)), None)


def unpacked(kind: str, file: BinaryIO) -> BinaryIO:
    """Return the unpacked bytes of a gzip, bz2 or xz file."""
    content: BinaryIO = _OPENERS[kind][1](file)
    return content


def only_member(archive: zipfile.ZipFile, name: str) -> BinaryIO:
    """Open the one file of a zip archive.

    Args:
        archive: the archive.
        name: its name, for messages.

    Raises:
        DataError: it holds several files or none, it has a password, or it is a workbook.
    """
    members = [member for member in archive.infolist() if not _is_of_system(member)]
    names = [member.filename for member in members]
    if _WORKBOOK in names:
        raise DataError(f"{name} is a workbook or document of Office; save it as CSV")
    if len(members) != 1:
        listed = ", ".join(names[:5]) + ", ..." * (len(names) > 5)
        holds = f"{len(names)} files ({listed})" if names else "no files"
        raise DataError(
            f"{name} is a zip archive that holds {holds}; unpack it, or pack each file by itself"
        )
    try:
        content: Any = archive.open(members[0])
    except (RuntimeError, NotImplementedError):
        raise DataError(
            f"{name} is a zip archive with a password or an unknown method; unpack it"
        ) from None
    opened: BinaryIO = content
    return opened


def _is_of_system(member: zipfile.ZipInfo) -> bool:
    """Return whether a member of an archive is a folder, or a file that a system adds to folders.

    macOS adds a twin of each file in a folder apart, and `.DS_Store`; Windows adds the others.
    """
    *folders, name = member.filename.split("/")
    is_hidden = name.startswith(".") or name.lower() in ("thumbs.db", "desktop.ini")
    return member.is_dir() or is_hidden or folders[:1] == ["__MACOSX"]


def refuse_other_formats(start: bytes, name: str) -> None:
    """Refuse files that hold no rows as text, by their first 512 bytes.

    Raises:
        DataError: the message says which format it is and what to do.
    """
    for magic, remedy in _NOT_ROWS.items():
        if start.startswith(magic):
            raise DataError(f"{name} is {remedy}")
    if packed_by(start):
        raise DataError(f"{name} is packed twice; unpack it once")
    if start[257:262] == b"ustar":
        raise DataError(f"{name} is a tar archive; unpack it")
    if start.lstrip().lower().startswith(_PAGES):
        raise DataError(f"{name} is a web page, perhaps one to sign in; download the file itself")
