"""Find and read the files of a competition, and guess how they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from regard.competitions.discovery.dialects import FILES, Guessed, guess_dialect
from regard.competitions.discovery.encodings import guess_encodings
from regard.competitions.discovery.file_names import find_files
from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.row_numbers import number_tables
from regard.config import Dialect
from regard.config.dialect import of_part
from regard.data.csv_records import SEPARATORS
from regard.data.row_files import is_csv
from regard.data.tables import Tables
from regard.data.whole_files import WholeFile, read_whole
from regard.errors import DataError

_OTHER_SEPARATOR = re.compile(r"[\^~#&:!\x00-\x1f]")
_NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}


def read_files(folder: Path) -> tuple[Tables, list[Guess]]:
    """Find and read the files of a competition.

    Returns:
        The tables, and guesses for the file names and the dialect. A competition without ids gets
        row numbers, and a guess of `id_column`.

    Raises:
        DataError: the folder or a file is missing, or a file is broken.
    """
    paths, guesses = find_files(folder)
    csv_paths = {role: [path for path in files if is_csv(path)] for role, files in paths.items()}
    guesses += guess_encodings(csv_paths)
    settings = {guess.key: guess.value for guess in guesses}
    found = {
        path: guess_dialect(path, dialect_of(settings, role))
        for role, files in csv_paths.items()
        for path in files
    }
    by_role = {role: {path: found[path] for path in files} for role, files in csv_paths.items()}
    _check_headers(folder, by_role)
    separators = replace(_guess_separator(found), doubt=_doubt_of_sample(by_role["sample"]))
    guesses += [separators, *_guess_quotes(by_role, _doubts(found))]
    settings = {guess.key: guess.value for guess in guesses}
    frames = {
        role: _join([_read(path, found.get(path), dialect_of(settings, role)) for path in files])
        for role, files in paths.items()
    }
    tables, ids = number_tables(Tables(frames["train"], frames["test"], frames["sample"]))
    return tables, [*guesses, *ids]


def dialect_of(settings: Mapping[str, Any], role: str) -> Dialect:
    """Return the dialect of a file by the settings that are guessed so far."""
    values = {key: of_part(settings[key], role) for key in settings if key in _FIELDS}
    return Dialect(**{key: value for key, value in values.items() if value is not None})


_FIELDS = tuple(Dialect.__dataclass_fields__)


def _read(path: Path, guessed: Guessed | None, dialect: Dialect) -> WholeFile:
    """Return a file, which was perhaps read in the same way already."""
    reading = guessed.reading if guessed else None
    if reading and reading.file and replace(dialect, separator=None) == reading.dialect:
        return reading.file
    return read_whole(path, dialect)


def _join(files: Sequence[WholeFile]) -> pd.DataFrame:
    """Return the rows of several files as one frame.

    Raises:
        DataError: their columns differ.
    """
    columns = list(files[0].frame)
    for file in files[1:]:
        if set(file.frame) != set(columns):
            raise DataError(_explain_columns(file, files[0]))
    return pd.concat([file.frame[columns] for file in files], ignore_index=True)


def _explain_columns(file: WholeFile, first: WholeFile) -> str:
    """Return the error message for a part of train with other columns than the first one."""
    differing = set(file.frame) ^ set(first.frame)
    if len(differing) == 2 * first.frame.shape[1]:
        return (
            f"{file.path} seems to have no header ({list_some(file.frame, 3)}); copy the first "
            f"line of {first.path.name} to its top"
        )
    return (
        f"{file.path} and {first.path.name} differ in their columns ({list_some(differing)}); all "
        "train files must have the same columns"
    )


def _check_headers(folder: Path, by_role: Mapping[str, Mapping[Path, Guessed]]) -> None:
    """Refuse files of one column that cannot be meant.

    Raises:
        DataError: they are named.
    """
    headers = {
        role: {path.name: _header(guessed) for path, guessed in files.items()}
        for role, files in by_role.items()
    }
    without = [name for name, columns in headers["train"].items() if len(columns) == 1]
    for role, other in (("test", "sample"), ("sample", "test")):
        known = {column for columns in headers[other].values() for column in columns}
        for name, columns in headers[role].items():
            # Without ids, test may hold texts alone, and the sample labels alone.
            if len(columns) == 1 and (columns[0] in known or _OTHER_SEPARATOR.search(columns[0])):
                without.append(name)
    if without:
        raise DataError(
            f"{folder}: no common comma, tab, semicolon or bar in the first line of "
            f"{list_some(without)}; give each file a header of two or more columns and the same "
            "separator"
        )


def _guess_separator(found: Mapping[Path, Guessed]) -> Guess:
    """Guess the separator: None if the header of each file tells it as `Dialect` says."""
    read = {
        path: guessed.reading.file.separator
        for path, guessed in found.items()
        if guessed.reading.file and guessed.reading.file.frame.shape[1] > 1
    }
    separators = set(read.values())
    if len(separators) > 1:
        return Guess("separator", None, "the header of each file tells its separator")
    separator = next(iter(separators), ",")
    is_usual = all(separator == ("\t" if path.suffix == ".tsv" else ",") for path in read)
    if is_usual or separator not in SEPARATORS or len(read) < len(found):
        return Guess("separator", None, "")
    return Guess("separator", separator, f"every header has a {_NAMES[separator]}")


def _doubt_of_sample(files: Mapping[Path, Guessed]) -> str:
    """Return the doubt about a sample with another separator than the comma of submissions."""
    for path, guessed in files.items():
        file = guessed.reading.file
        if file and file.frame.shape[1] > 1 and file.separator != ",":
            name = _NAMES.get(file.separator, repr(file.separator))
            return (
                f"separator: {path.name} parts its cells by the {name}, but submission.csv has "
                f"commas, as Kaggle takes it; for a site that wants the {name}, convert the file"
            )
    return ""


def _header(guessed: Guessed) -> list[str]:
    """Return the columns of a file.

    Raises:
        DataError: the file cannot be read.
    """
    if guessed.reading.file is None:
        raise DataError(guessed.reading.problem)
    return list(map(str, guessed.reading.file.frame.columns))


def _doubts(found: Mapping[Path, Guessed]) -> str:
    """Return the doubts about quotes; files of the same dialect share one."""
    names: dict[tuple[Dialect, bool], list[str]] = {}
    texts: dict[tuple[Dialect, bool], str] = {}
    for path, guessed in found.items():
        if guessed.doubt:
            key = (replace(guessed.reading.dialect, encoding=""), bool(guessed.reading.problem))
            names.setdefault(key, []).append(path.name)
            texts.setdefault(key, guessed.doubt)
    return "; ".join(text.replace(FILES, list_some(names[key])) for key, text in texts.items())


def _guess_quotes(by_role: Mapping[str, Mapping[Path, Guessed]], doubts: str) -> list[Guess]:
    """Guess `quoting`, `escape` and `skip_blank` from the dialects of the files."""
    every = [guessed for files in by_role.values() for guessed in files.values()]
    skips = any(guessed.reading.dialect.skip_blank for guessed in every)
    guesses = [
        Guess("quoting", *_one_or_by_role(by_role, "quoting", "minimal"), doubts),
        Guess("escape", *_one_or_by_role(by_role, "escape", None)),
    ]
    reason = "blanks follow the separators" if skips else ""
    return [*guesses, Guess("skip_blank", skips, reason)]


def _one_or_by_role(
    by_role: Mapping[str, Mapping[Path, Guessed]], key: str, usual: str | None
) -> tuple[Any, str]:
    """Return a setting of the files whose quotes tell it, and the reason.

    Returns:
        One value if they agree, else a mapping of the three files.
    """
    values = {
        role: [getattr(one.reading.dialect, key) for one in files.values() if one.is_decided]
        for role, files in by_role.items()
    }
    known = {value for files in values.values() for value in files}
    if len(known) > 1:
        return {role: files[0] if files else usual for role, files in values.items()}, (
            "the files differ"
        )
    value = next(iter(known), usual)
    return value, "" if value == usual else "only so the rows are whole"
