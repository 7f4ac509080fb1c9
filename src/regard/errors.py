"""Errors that a user can correct.

A `RegardError` is shown as one line without a traceback, and the program exits with status 1. So is
a file that cannot be written, for example on a full disk. Every other exception is a bug in this
project and keeps its traceback.
"""

import difflib
import errno
import sys
from collections.abc import Iterable
from pathlib import Path

# A missing file is not among them: what a user may have forgotten is checked, so it is a bug.
_FILE_ERRORS = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
}


class RegardError(Exception):
    """A mistake in the input; the message says what, where, what was found and what to do."""


class ConfigError(RegardError):
    """A setting that does not exist, has the wrong type, or is out of range."""


class DataError(RegardError):
    """A CSV or vector file that cannot be used."""


class ArtefactError(RegardError):
    """A file of an earlier stage that is missing or broken."""


def is_mistake(error: BaseException) -> bool:
    """Return whether a user can correct an error; the others are bugs."""
    if isinstance(error, OSError):
        return error.errno in _FILE_ERRORS
    return isinstance(error, RegardError)


def mistake_line(error: BaseException) -> str:
    """Return the line that shows a mistake.

    Example:
        mistake_line(ConfigError("there is no setting 'x'")) -> "config error: there is no ..."
        mistake_line(OSError(28, "No space left on device")) -> "file error: No space left on ..."
    """
    if isinstance(error, OSError):
        file = f"{error.filename}: " if error.filename else ""
        return f"file error: {file}{error.strerror}"
    kind = type(error).__name__.removesuffix("Error").lower()
    return f"{kind} error: {one_line(error)}"


def one_line(error: BaseException) -> str:
    r"""Return the error's message as a single line.

    Example:
        one_line(DataError("train.csv:\n  no column 'text'")) -> "train.csv: no column 'text'"
    """
    return " ".join(str(error).split())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint for an unknown name: the nearest known name, or else all of them.

    Example:
        did_you_mean("unitz", ["units", "cell"]) -> "did you mean 'units'?"
        did_you_mean("xyz", ["units", "cell"]) -> "there are: cell, units"
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    near = near or [other for other in names if len(name) > 2 and other.startswith(name)]
    return f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(names)}"


def shell_command(command: str, competition: str, **words: str) -> str:
    """Return a command as this one was typed: with make in a clone, or with regard.

    Example:
        shell_command("upload", "toxic", message="new vectors")
        -> 'make upload COMPETITION=toxic MESSAGE="new vectors"'
        or 'regard upload competition=toxic message="new vectors"'
    """
    in_clone = Path("Makefile").is_file() and Path("scripts", "train.py").is_file()
    in_clone = in_clone and Path(sys.argv[0]).name != "regard"  # make calls the scripts
    values = "".join(
        f' {name.upper() if in_clone else name}="{value}"' for name, value in words.items()
    )
    if in_clone:
        return f"make {command} COMPETITION={competition}{values}"
    if command == "new":
        return f"regard new {competition}"
    return f"regard {command} competition={competition}{values}"
