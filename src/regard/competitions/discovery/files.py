"""Which file is which, and how it is written: names, encoding, separator."""

import re
from collections.abc import Sequence
from pathlib import Path

from regard.competitions.discovery.guess import Guess, listed
from regard.data.csv_files import read_csv
from regard.data.tables import Tables
from regard.errors import DataError

# The name of a file of each role, in lower case and without what stands between words.
_NAMES = {"train": "train", "test": "test", "sample": "samplesubmission"}
_SETTING = {"train": "train_file", "test": "test_file", "sample": "sample_file"}
_SUFFIXES = (".csv", ".tsv")
_SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_ENCODINGS = ("utf-8", "cp1252", "latin-1")  # tried in this order; the last one reads every byte
_HEAD = 65536  # bytes in which a header is sought


def read_files(folder: Path) -> tuple[Tables, list[Guess]]:
    """Find and read the three files of a competition.

    Returns:
        The tables, and how the files are named and written.

    Raises:
        DataError: the folder or a file is missing, or a file is broken.
    """
    paths = _find(folder)
    encoding = _encoding(list(paths.values()))
    separator = _separator(list(paths.values()), encoding.value)
    guesses = [Guess(_SETTING[role], path.name, "by its name") for role, path in paths.items()]
    frames = {
        role: read_csv(path, encoding.value, separator.value).frame for role, path in paths.items()
    }
    tables = Tables(frames["train"], frames["test"], frames["sample"])
    return tables, [*guesses, encoding, separator]


def _find(folder: Path) -> dict[str, Path]:
    """The path of each role: the file of that name, else the only one whose name starts so."""
    if not folder.is_dir():
        raise DataError(
            f"{folder} is not there; put train.csv, test.csv and sample_submission.csv into it"
        )
    files = sorted(path for path in folder.iterdir() if path.is_file())
    tables = [path for path in files if path.suffix.lower() in _SUFFIXES]
    found = {}
    for role, name in _NAMES.items():
        exact = [path for path in tables if _letters(path) == name]
        near = [path for path in tables if _letters(path).startswith(role)]
        zipped = [
            path.name
            for path in files
            if path.suffix.lower() == ".zip" and _letters(path).startswith(role)
        ]
        if zipped and not near:
            raise DataError(
                f"{folder} has no {role} file but {zipped[0]}: unzip it (make download unpacks by itself)"
            )
        if len(exact or near) != 1:
            names = listed(path.name for path in exact or near or files) or "no files"
            problem = (
                f"has several {role} files: {names}"
                if near
                else f"has no {role} file, only: {names}"
            )
            raise DataError(
                f"{folder} {problem}; name one of them {name.replace('sub', '_sub')}.csv"
            )
        found[role] = (exact or near)[0]
    return found


def _letters(path: Path) -> str:
    return re.sub(r"[\W_]+", "", path.stem.lower())


def _encoding(paths: Sequence[Path]) -> Guess:
    """The first encoding in which all files can be read."""
    contents = [path.read_bytes() for path in paths]
    marked = [
        path.name
        for path, content in zip(paths, contents, strict=True)
        if content[:2] in _BYTE_ORDER_MARKS
    ]
    if marked and len(marked) < len(paths):
        raise DataError(
            f"{paths[0].parent}: {listed(marked)} is utf-16, the other files are not; save all as utf-8"
        )
    if marked:
        return Guess("encoding", "utf-16", "the files start with its byte order mark")
    encoding = next(name for name in _ENCODINGS if all(_is(content, name) for content in contents))
    if encoding == "utf-8":
        return Guess("encoding", encoding, "")
    doubt = (
        "encoding: the files are not utf-8; look at letters with accents in what make check shows"
    )
    return Guess(
        "encoding", encoding, "the files are not utf-8, and it reads every byte of them", doubt
    )


def _is(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _separator(paths: Sequence[Path], encoding: str) -> Guess:
    """None where the name of every file says it, else what stands in all headers."""
    headers = [_header(path, encoding) for path in paths]
    expected = ["\t" if path.suffix == ".tsv" else "," for path in paths]
    if all(mark in header for mark, header in zip(expected, headers, strict=True)):
        return Guess("separator", None, "")
    for separator, name in _SEPARATORS.items():
        if all(separator in header for header in headers):
            return Guess("separator", separator, f"the headers have the {name} in them")
    without = [
        path.name
        for path, header in zip(paths, headers, strict=True)
        if not set(header) & set(_SEPARATORS)
    ] or [path.name for path in paths]
    raise DataError(
        f"{paths[0].parent}: no comma, tab, semicolon or bar stands in the first line of {listed(without)}; each "
        "needs a header of two or more columns, separated alike"
    )


def _header(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        lines = file.read(_HEAD).decode(encoding, errors="ignore").splitlines()
    return next((line for line in lines if line.strip()), "")
