"""Guess the encoding of each CSV file."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from regard.competitions.discovery.charsets import guess_charset, utf16_of
from regard.competitions.discovery.guess import Guess, list_some
from regard.data.byte_streams import ByteSource
from regard.errors import DataError

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",  # before that of UTF-16, with which it begins
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_WIDE = ("utf-16", "utf-32")  # they read no letter of ASCII in one byte
_ISO_2022 = b"\x1b$B"  # switches from ASCII to Japanese
_N_START = 4096  # bytes that show UTF-16
_SAMPLE_SIZE = 2**16  # bytes that are looked at for their letters
_START = 20  # characters of a line that name it
_EXCERPT = 60  # characters of a line that a doubt shows
_MAX_BAD = 0.1  # of the lines beyond ASCII, for an encoding to be assumed nevertheless


@dataclass(frozen=True)
class BadLine:
    """A line with bytes that are wrong in the encoding of its file.

    Attributes:
        number: from 1.
        place: the place of the first wrong byte, from 1.
        byte: that byte.
        start: the first characters of the line, by which it is known.
    """

    number: int
    place: int
    byte: int
    start: str

    def __str__(self) -> str:
        return f"line {self.number}, byte {self.place}: 0x{self.byte:02x}; {self.start!r}"


@dataclass
class Scan:
    """The bytes of a file, line by line.

    Attributes:
        path: the file.
        encoding: that of a byte order mark or of its zero bytes; "" if neither tells it.
        n_good: lines beyond ASCII that are UTF-8.
        bad: the first five lines that are not.
        n_bad: their number.
        sample: lines that are not UTF-8.
    """

    path: Path
    encoding: str = ""
    n_good: int = 0
    n_bad: int = 0
    bad: list[BadLine] = field(default_factory=list)
    sample: bytearray = field(default_factory=bytearray)

    @property
    def is_ascii(self) -> bool:
        """Whether every encoding reads the file in the same way."""
        return not (self.encoding or self.n_good or self.n_bad)

    @property
    def is_utf8(self) -> bool:
        """Whether most of the lines that can tell are UTF-8."""
        # Hardly any line of another encoding is UTF-8 by chance.
        return not self.encoding and self.n_good >= self.n_bad


def scan(path: Path) -> Scan:
    """Read the bytes of a file, unpacked."""
    found = Scan(path)
    with contextlib.closing(ByteSource(path)) as source:
        start = source.content.peek(_N_START)[:_N_START]
        marks = (name for mark, name in _BYTE_ORDER_MARKS.items() if start.startswith(mark))
        found.encoding = next(marks, utf16_of(start) or "")
        if found.encoding:
            return found
        with source.errors_in_one_line(lambda: 0):
            for number, line in enumerate(source.content, start=1):
                if not line.isascii():
                    _look_at(line, number, found)
                elif _ISO_2022 in line:
                    found.encoding = "iso2022_jp"
    return found


def guess_encodings(paths: Mapping[str, Sequence[Path]]) -> list[Guess]:
    """Guess the encoding of the CSV files, one for all of them or one by file.

    Args:
        paths: the CSV files of each role.

    Returns:
        Guesses of `encoding` and `encoding_errors`, with a doubt about all that is not plain UTF-8.

    Raises:
        DataError: the train files have different encodings.
    """
    scans = {role: [scan(path) for path in files] for role, files in paths.items()}
    every = [one for files in scans.values() for one in files]
    unclear = [one for one in every if not one.encoding and not one.is_utf8]
    _set_charsets(unclear)
    by_role = {role: _encoding_of(files) for role, files in scans.items()}
    known = {encoding for encoding in by_role.values() if encoding}
    has_plain = None in by_role.values()  # such a file is read by every encoding but these:
    differ = len(known) > 1 or (has_plain and any(name.startswith(_WIDE) for name in known))
    doubts = "; ".join({one.encoding: _charset_doubt(one) for one in unclear}.values())
    if differ:
        by_file = {role: encoding or "utf-8" for role, encoding in by_role.items()}
        guess = Guess("encoding", by_file, "the files differ", doubts)
    else:
        value = next(iter(known), "utf-8")
        reason = "" if value == "utf-8" else "by the bytes of the files"
        guess = Guess("encoding", value, reason, doubts)
    return [guess, _guess_errors(every)]


def _set_charsets(scans: Sequence[Scan]) -> None:
    """Guess the encoding of files that are not UTF-8, from all of them if it is the same."""
    joint = b"".join(bytes(one.sample) for one in scans)
    for one in scans:
        names = (guess_charset(joint), guess_charset(bytes(one.sample)))
        # latin-1 decodes every byte, but a few wrong bytes do not make a file of it.
        found = [(name, *_bad_lines(one.path, name)) for name in dict.fromkeys(names)]
        name, n_bad, bad = min(found, key=lambda entry: entry[1])
        if n_bad > _MAX_BAD * one.n_bad or (n_bad and name == "cp1252"):
            name, n_bad, bad = "latin-1", 0, []
        one.encoding, one.n_bad, one.bad = name, n_bad, bad


def _bad_lines(path: Path, encoding: str) -> tuple[int, list[BadLine]]:
    """Return the number of lines with bytes that are wrong in an encoding, and the first five."""
    found = Scan(path)
    with contextlib.closing(ByteSource(path)) as source:
        for number, line in enumerate(source.content, start=1):
            if not line.isascii():
                _look_at(line, number, found, encoding)
    return found.n_bad, found.bad


def _encoding_of(files: Sequence[Scan]) -> str | None:
    """Return the encoding of the files of a role; None if any encoding reads them.

    Raises:
        DataError: they differ.
    """
    known = {one.path.name: one.encoding or "utf-8" for one in files if not one.is_ascii}
    if len(set(known.values())) > 1:
        listed = list_some(f"{name}: {encoding}" for name, encoding in known.items())
        raise DataError(f"the train files differ in their encoding ({listed}); save all as UTF-8")
    return next(iter(known.values()), None)


def _charset_doubt(one: Scan) -> str:
    text = bytes(one.sample).split(b"\n")[0].decode(one.encoding, errors="replace").strip()
    first = next((place for place, letter in enumerate(text) if not letter.isascii()), 0)
    excerpt = text[max(0, first - _EXCERPT // 2) :][:_EXCERPT]
    return (
        f"encoding: {one.path.name} is not UTF-8; it is read as {one.encoding}, for example "
        f"{excerpt!r}; if letters are garbled, write the right encoding"
    )


def _guess_errors(scans: Sequence[Scan]) -> Guess:
    doubts = []
    for one in scans:
        if one.n_bad:
            lines = "; ".join(map(str, one.bad)) + "; ..." * (one.n_bad > len(one.bad))
            doubts.append(
                f"encoding_errors: {one.path.name} is {one.encoding or 'utf-8'}, but {one.n_bad} "
                f"of its lines hold wrong bytes ({lines}), which are read as \ufffd; mend these "
                "lines and delete this setting, or leave it"
            )
    reason = "some lines hold wrong bytes" if doubts else ""
    return Guess("encoding_errors", "replace" if doubts else "strict", reason, "; ".join(doubts))


def _look_at(line: bytes, number: int, found: Scan, encoding: str = "utf-8") -> None:
    """Count a line as good or bad in an encoding."""
    try:
        line.decode(encoding)
        found.n_good += 1
    except UnicodeDecodeError as error:
        found.n_bad += 1
        if len(found.bad) < 5:
            text = line.decode(encoding, errors="replace").strip()
            start = text[:_START] + "..." * (len(text) > _START)
            found.bad.append(BadLine(number, error.start + 1, line[error.start], start))
        if len(found.sample) < _SAMPLE_SIZE:
            found.sample += line
