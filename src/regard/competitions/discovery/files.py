"""Find the three files of a competition and guess their encoding and separator."""

import re
from collections.abc import Sequence
from pathlib import Path

from regard.competitions.discovery.endings import files_ending_with
from regard.competitions.discovery.guess import Guess, list_some
from regard.data.csv_files import read_csv
from regard.data.tables import Tables
from regard.errors import DataError

# The usual name of each file, in lower case and without punctuation.
_NAMES = {"train": "train", "test": "test", "sample": "samplesubmission"}
_SETTINGS = {"train": "train_file", "test": "test_file", "sample": "sample_file"}
_SUFFIXES = (".csv", ".tsv")
_SEPARATORS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_ENCODINGS = ("utf-8", "cp1252", "latin-1")  # tried in this order; the last one reads every byte
_HEAD_SIZE = 65536  # bytes of a file that are searched for its header


def read_files(folder: Path) -> tuple[Tables, list[Guess]]:
    """Find and read the three files of a competition.

    Returns:
        The tables, and guesses for the file names, the encoding and the separator.

    Raises:
        DataError: the folder or a file is missing, or a file is broken.
    """
    paths = _find_files(folder)
    encoding = _guess_encoding(list(paths.values()))
    separator = _guess_separator(list(paths.values()), encoding.value)
    guesses = [Guess(_SETTINGS[role], path.name, "by name") for role, path in paths.items()]
    frames = {
        role: read_csv(path, encoding.value, separator.value).frame for role, path in paths.items()
    }
    tables = Tables(frames["train"], frames["test"], frames["sample"])
    return tables, [*guesses, encoding, separator]


def _find_files(folder: Path) -> dict[str, Path]:
    """Return the train, test and sample file.

    A file with the usual name wins; otherwise exactly one name must start with the role.

    Example:
        train_1.csv, Test.csv, test_labels.csv, sample.csv -> train_1.csv, Test.csv, sample.csv
    """
    if not folder.is_dir():
        raise DataError(
            f"{folder} does not exist; create it with train.csv, test.csv and sample_submission.csv"
        )
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return {role: _find_file(folder, files, role) for role in _NAMES}


def _find_file(folder: Path, files: Sequence[Path], role: str) -> Path:
    """Return the one file of a role among those of the folder."""
    # "Sample_Submission.csv" and "sampleSubmission.csv" have the same bare name.
    usual = _NAMES[role]
    named = [path for path in files if _bare_name(path).startswith(role)]
    similar = [path for path in named if path.suffix.lower() in _SUFFIXES]
    similar = similar or files_ending_with(files, role)
    exact = [path for path in similar if _bare_name(path) == usual]
    if len(exact or similar) == 1:
        return (exact or similar)[0]
    if not similar and (zipped := [path for path in named if path.suffix.lower() == ".zip"]):
        raise DataError(
            f"{folder} has no {role} file, only {zipped[0].name}; unzip it first (the command "
            "download unzips by itself)"
        )
    names = list_some(path.name for path in exact or similar or files) or "no files"
    problem = f"has several {role} files" if similar else f"has no {role} file, only"
    raise DataError(
        f"{folder} {problem}: {names}; rename one of them to {usual.replace('sub', '_sub')}.csv"
    )


def _bare_name(path: Path) -> str:
    """Return the file's name in lower case, without suffix and punctuation."""
    return re.sub(r"[\W_]+", "", path.stem.lower())


def _guess_encoding(paths: Sequence[Path]) -> Guess:
    """Choose the first encoding that can decode all files."""
    contents = [path.read_bytes() for path in paths]
    marked = [
        path.name
        for path, content in zip(paths, contents, strict=True)
        if content[:2] in _BYTE_ORDER_MARKS
    ]
    if len(marked) == len(paths):
        return Guess("encoding", "utf-16", "the files start with its byte order mark")
    if marked:
        raise DataError(
            f"{paths[0].parent}: {list_some(marked)} is UTF-16, but the other files are not; "
            "save all of them as UTF-8"
        )
    # cp1252 and latin-1 can decode nearly all bytes; UTF-8 can decode hardly any text but its own.
    encoding = next(
        name for name in _ENCODINGS if all(_can_decode(content, name) for content in contents)
    )
    if encoding == "utf-8":
        return Guess("encoding", encoding, "")
    return Guess(
        "encoding",
        encoding,
        "the files are not UTF-8; this encoding can decode every byte of them",
        "encoding: the files are not UTF-8; look for garbled letters in the output of check",
    )


def _can_decode(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _guess_separator(paths: Sequence[Path], encoding: str) -> Guess:
    """Choose a separator that every header has; None if it is the usual one of each suffix."""
    # `read_csv` takes the tab for .tsv files and the comma for others if no separator is set.
    headers = [_read_header(path, encoding) for path in paths]
    expected = ["\t" if path.suffix == ".tsv" else "," for path in paths]
    if all(separator in header for separator, header in zip(expected, headers, strict=True)):
        return Guess("separator", None, "")
    for separator, name in _SEPARATORS.items():
        if all(separator in header for header in headers):
            return Guess("separator", separator, f"every header has a {name}")
    # Name the files that have no separator at all; if each has one, name them all.
    without = [
        path.name
        for path, header in zip(paths, headers, strict=True)
        if not set(header) & set(_SEPARATORS)
    ] or [path.name for path in paths]
    raise DataError(
        f"{paths[0].parent}: no common comma, tab, semicolon or bar in the first line of "
        f"{list_some(without)}; give each file a header of two or more columns and the same "
        "separator"
    )


def _read_header(path: Path, encoding: str) -> str:
    """Return the first line that is not blank.

    Raises:
        DataError: every line is blank.
    """
    with path.open("rb") as file:
        lines = file.read(_HEAD_SIZE).decode(encoding, errors="ignore").splitlines()
    header = next((line for line in lines if line.strip()), None)
    if header is None:
        raise DataError(f"{path} is empty")
    return header
