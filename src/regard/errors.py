"""What can go wrong that the user can put right.

A `RegardError` is told in one line, without a traceback, and ends the program with exit status 1.
Everything else is a bug of this project and keeps its traceback.
"""

import difflib
from collections.abc import Iterable


class RegardError(Exception):
    """A mistake in what the program was given: says what, where, what was found and what to do."""


class ConfigError(RegardError):
    """A setting that does not exist, has the wrong type, or is out of range."""


class DataError(RegardError):
    """A CSV or vector file that cannot be used as it is."""


class ArtefactError(RegardError):
    """A file of an earlier stage that is missing or broken."""


def one_line(error: BaseException) -> str:
    r"""Return the error's message folded into one line.

    Example:
        one_line(DataError("train.csv:\n  no column 'text'")) -> "train.csv: no column 'text'"
    """
    return " ".join(str(error).split())


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return what to append to "there is no <name>": the nearest known name, else all of them.

    Example:
        did_you_mean("unitz", ["units", "cell"]) -> "did you mean 'units'?"
        did_you_mean("xyz", ["units", "cell"]) -> "there are: cell, units"
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    near = near or [other for other in names if len(name) > 2 and other.startswith(name)]
    return f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(names)}"
