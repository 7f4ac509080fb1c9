"""Checks and messages that every file of rows shares: CSV, JSONL and Parquet."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from regard.errors import DataError, did_you_mean

# The line on which each row starts, and the rows.
Block = tuple[Sequence[int], pd.DataFrame]

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def check_names(name: str, columns: Sequence[str]) -> None:
    """Refuse repeated column names.

    Args:
        name: the file, for the message.
        columns: the names of its columns.

    Raises:
        DataError: two columns have the same name.
    """
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated:
        names = ", ".join(map(repr, repeated))
        raise DataError(f"{name} has two columns named {names}; rename or remove one")


def need_columns(name: str, present: Sequence[str], columns: Sequence[str], hint: str = "") -> None:
    """Raise a DataError that names the first missing column and the nearest existing one.

    Args:
        name: the file, for the message.
        present: its columns.
        columns: the columns that it must have.
        hint: the end of the message.
    """
    for column in columns:
        if column not in present:
            guess = did_you_mean(column, present)
            listing = f" (there are: {', '.join(present)})"
            listing = "" if guess.startswith("there are") else listing
            raise DataError(f"{name} has no column {column!r}; {guess}{listing}{hint}")


def separator_hint(columns: Sequence[str]) -> str:
    """Return the hint on a CSV file's separator; a wrong one makes one column of the header."""
    return "; or set competition.separator" if len(columns) == 1 else ""


def empty_file(name: str) -> DataError:
    """Return the error for a file without any content."""
    return DataError(f"{name} is empty")


def no_rows(name: str, has: str = "a header") -> DataError:
    """Return the error for a file that names its columns and holds nothing else."""
    return DataError(f"{name} has {has}, but no rows")


def changed(path: Path) -> DataError:
    """Return the error for a file that was edited or deleted while a command read it."""
    return DataError(f"{path} changed while it was read; run the same command again")


def wrong_bytes(
    name: str, error: UnicodeDecodeError, line: int, *, encoding: str, start: bytes
) -> DataError:
    """Return the error for bytes that are not valid in the encoding of a CSV file.

    Args:
        name: the file.
        error: the codec's error, which knows the first wrong byte.
        line: the line with that byte.
        encoding: the encoding as it was set; the codec may know itself by another name.
        start: the first bytes of the file, which may tell its true encoding.
    """
    likely = "utf-16" if start[:2] in _UTF_16_MARKS else "cp1252"
    return DataError(
        f"{name} line {line}: byte 0x{error.object[error.start]:02x} is not valid {encoding}; set "
        f"competition.encoding to the encoding of the file, for example {likely}, or save the "
        f"file as {encoding}, or set competition.encoding_errors=replace if few bytes are wrong"
    )
