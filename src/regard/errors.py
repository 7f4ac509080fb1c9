"""Errors that a user can correct.

A `RegardError` is shown as one line without a traceback, and the program exits with status 1. So is
a file that cannot be written, for example on a full disk. Every other exception is a bug in this
project and keeps its traceback.
"""

import difflib
import errno
import os
import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

# The remedies for errors of files that a user can correct. A missing file is not among them: what a
# user may have forgotten is checked, so it is a bug.
_FREE = "free some, then run the same command again"
_ALLOW = "allow it by chmod or chown"
_FILE_ADVICE = {
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    errno.EFBIG: "raise the limit on the size of files, see ulimit -f",
    errno.EROFS: "make its disk writable",
    errno.EACCES: _ALLOW,
    errno.EPERM: _ALLOW,
    errno.ENOTDIR: "a part of this path is a file; rename it, or write to another folder",
    errno.EISDIR: "name a file",
    errno.EEXIST: "rename it, or write to another folder",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "raise the limit on open files, for example by ulimit -n 4096",
    errno.ENFILE: "end other programs, then run the same command again",
    errno.EIO: "the disk or its network failed; check it, then run the same command again",
}
_OF_DISKS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
_NO_TEMPORARY_FOLDER = "No usable temporary directory"


class RegardError(Exception):
    """A mistake in the input; the message says what, where, what was found and what to do."""

    def __str__(self) -> str:
        """Return the message on one line: names of columns or files in it may have line breaks."""
        return " ".join(super().__str__().split())


class ConfigError(RegardError):
    """A setting that does not exist, has the wrong type, or is out of range."""


class DataError(RegardError):
    """A CSV or vector file that cannot be used."""


class ArtefactError(RegardError):
    """A file of an earlier stage that is missing or broken."""


def is_mistake(error: BaseException) -> bool:
    """Return whether a user can correct an error; the others are bugs."""
    return isinstance(error, RegardError) or file_error(error) is not None


def file_error(error: BaseException) -> OSError | None:
    """Return the error of a file that a user can correct, of an error or of its causes.

    Libraries raise such errors in their own ways: numpy and h5py without a number, shutil as a list
    of several, others while they clean up after the first.

    Returns:
        A plain OSError with a number, a reason and a file name, if one is known; else None.

    Example:
        OSError("4000 requested and 96 written") of numpy -> OSError(28, "No space left on device")
    """
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        number = _file_error_number(cause)
        # Programs catch other errors of files as a matter of course, such as that a file exists.
        if number in _FILE_ADVICE and cause is not error and number not in _OF_DISKS:
            number = None
        if number is not None:
            reason = one_line(cause) if number == errno.ENOENT else os.strerror(number)
            return OSError(number, reason, getattr(cause, "filename", None))
        if isinstance(cause, RegardError):
            return None
        cause = cause.__cause__ or cause.__context__
    return None


def _file_error_number(error: BaseException) -> int | None:
    """Return the number of an error of a file that a user can correct."""
    if not isinstance(error, (OSError, RuntimeError)):
        return None
    number = getattr(error, "errno", None)
    text = str(error)
    if number is None and (written := re.search(r"\berrno\W{1,4}(\d+)", text, re.IGNORECASE)):
        number = int(written[1])
    if number is None and re.search(r"\d+ requested and \d+ written", text):
        number = errno.ENOSPC
    if number == errno.ENOENT and _NO_TEMPORARY_FOLDER in text:
        return number
    return number if number in _FILE_ADVICE else None


def mistake_line(error: BaseException, elsewhere: str = "") -> str:
    """Return the line that shows a mistake.

    Args:
        error: the mistake.
        elsewhere: how to write a file that cannot be written to another place.

    Example:
        mistake_line(ConfigError("there is no setting 'x'")) -> "config error: there is no ..."
        mistake_line(OSError(28, "No space left on device", "a.csv"))
        -> "file error: a.csv: No space left on device; free some, then run the same command again"
    """
    if isinstance(error, RegardError):
        kind = type(error).__name__.removesuffix("Error").lower()
        return f"{kind} error: {one_line(error)}"
    found = file_error(error) or error
    number, filename = getattr(found, "errno", None), getattr(found, "filename", None)
    if number == errno.ENOENT:
        return f"file error: {one_line(found)}; set TMPDIR to a folder that can be written to"
    file = f"{filename}: " if filename else ""
    advice = ", or ".join(filter(None, [_FILE_ADVICE.get(number or 0, ""), elsewhere]))
    return f"file error: {file}{getattr(found, 'strerror', found)}; {advice}"


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


def shell_command(command: str, competition: str, *settings: str, **words: str) -> str:
    """Return a command as this one was typed: with make in a clone, or with regard.

    Example:
        shell_command("upload", "toxic", message="new vectors")
        -> 'make upload COMPETITION=toxic MESSAGE="new vectors"'
        or 'regard upload competition=toxic message="new vectors"'
        shell_command("train", "toxic", "model=nb_svm", "seed=2")
        -> 'make train COMPETITION=toxic ARGS="model=nb_svm seed=2"'
        or 'regard train competition=toxic model=nb_svm seed=2'
    """
    in_clone = Path("Makefile").is_file() and Path("scripts", "train.py").is_file()
    in_clone = in_clone and Path(sys.argv[0]).name != "regard"  # make calls the scripts
    competition = shlex.quote(competition)
    if in_clone and settings:
        words = {**words, "args": " ".join(settings)}
    values = "".join(
        f' {name.upper() if in_clone else name}="{value}"' for name, value in words.items()
    )
    if in_clone:
        return f"make {command} COMPETITION={competition}{values}"
    if command == "new":
        return f"regard new {competition}"
    return " ".join([f"regard {command} competition={competition}{values}", *settings])
