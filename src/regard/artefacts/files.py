"""Single files: written whole or not at all; a broken one is reported in one line."""

import contextlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from regard.artefacts.durable import new_file
from regard.artefacts.sums import check_file, check_seal, is_listed, list_files
from regard.errors import ArtefactError

_MADE_BY = "made_by.json"


def is_current(path: Path, made_by: str) -> bool:
    """Return whether a file exists and has this fingerprint, see `note_current`.

    It is made again if its hash was not listed, as for a process that was killed just then.
    """
    return noted(path) == made_by and is_listed(path)


def noted(path: Path) -> str | None:
    """Return the fingerprint of a file, see `note_current`; None if it is missing or not noted."""
    notes = path.parent / _MADE_BY
    return _notes(notes).get(path.name) if path.exists() and notes.exists() else None


def note_current(path: Path, made_by: str) -> None:
    """Note the fingerprint of a file in `made_by.json` in its folder, and list its hash."""
    list_files(path.parent, [path.name])
    notes = path.parent / _MADE_BY
    known = _notes(notes) if notes.exists() else {}
    write_json(notes, {**known, path.name: made_by})


def _notes(path: Path) -> dict[str, Any]:
    """Read a `made_by.json`; a damaged one counts as empty, so what it notes is made again."""
    with contextlib.suppress(ArtefactError):
        notes = read_json(path)
        return notes if isinstance(notes, dict) else {}
    return {}


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file with the same line ends on every system."""
    with new_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table without its index."""
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_text(path: Path) -> str:
    """Read a UTF-8 text file.

    Raises:
        ArtefactError: it is missing, or not as it was written.
    """
    check_file(path)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ArtefactError(
            _cannot_be_read(path, error, "delete its folder and run again")
        ) from error


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        ArtefactError: it is missing, or not as it was written.
    """
    text = read_text(path)
    try:
        value = json.loads(text)
        check_seal(path, value)
        return value
    except (ValueError, RecursionError) as error:
        raise ArtefactError(
            _cannot_be_read(path, error, "delete its folder and run again")
        ) from error


def read_array(path: Path) -> np.ndarray:
    """Read an array, memory-mapped, so that processes share one copy.

    Raises:
        ArtefactError: it is missing, or not as it was written.
    """
    check_file(path)
    try:
        with _any_damage():
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.ndarray):
            array.close()
            raise ValueError("it is an archive of arrays")
    except (OSError, ValueError) as error:
        raise ArtefactError(
            _cannot_be_read(path, error, "delete its folder and run again")
        ) from error
    return array


@contextlib.contextmanager
def _any_damage() -> Iterator[None]:
    """Turn all that the parsers of numpy and zip files raise for damaged bytes into a ValueError.

    That is much more than they document: SyntaxError, TypeError and tokenize.TokenError for
    headers, NotImplementedError and zlib.error for archives, MemoryError for absurd shapes.
    """
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())
        raise ValueError(reason or type(error).__name__) from error


@contextlib.contextmanager
def open_arrays(path: Path) -> Iterator[Mapping[str, np.ndarray]]:
    """Open a `.npz` file of numbers; each array is read when it is asked for.

    Raises:
        ArtefactError: it is not as it was written.
        OSError, ValueError: it is missing or broken, or an array holds no numbers.
    """
    check_file(path)
    # Opened here, as numpy leaves a file open that turns out to be broken.
    with path.open("rb") as file:
        with _any_damage():
            stored = np.load(file, allow_pickle=False)
        if isinstance(stored, np.ndarray):
            raise ValueError("it holds a single array")
        with stored:
            yield _Numbers(stored)


class _Numbers(Mapping[str, np.ndarray]):
    """The arrays of an archive; those of other things than numbers are refused."""

    def __init__(self, stored: Mapping[str, np.ndarray]) -> None:
        self._stored = stored

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._stored:
            raise KeyError(name)
        with _any_damage():
            array = self._stored[name]
        # numpy gives the bytes of a member that is no array.
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            raise ValueError(f"{name} holds no numbers")
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


def check_arrays(path: Path) -> None:
    """Make sure that a `.npy` or `.npz` file holds numbers only, by the headers of its arrays.

    Raises:
        ArtefactError: it is broken, or holds pickled objects.
    """
    try:
        with _any_damage():
            _check_headers(path)
    except (OSError, ValueError) as error:
        raise ArtefactError(
            _cannot_be_read(path, error, "copy the run again, or train it again")
        ) from error


def _check_headers(path: Path) -> None:
    if path.suffix == ".npy":
        with path.open("rb") as file:
            _check_header(file)
        return
    with zipfile.ZipFile(path) as files:
        for name in files.namelist():
            with files.open(name) as member:
                _check_header(member)


def _check_header(file: IO[bytes]) -> None:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0
    if version != (1, 0):
        read = np.lib.format.read_array_header_2_0
    _, _, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("it holds pickled objects, which could run code")


def write_fold_state(
    path: Path, history: list[dict[str, float]], best_epoch: int, **arrays: list[np.ndarray]
) -> None:
    """Write the state of a fold that is being trained as one `.npz` file.

    Args:
        path: the file.
        history: a record for each finished epoch.
        best_epoch: the best epoch so far, from 1.
        **arrays: lists of arrays by name.
    """
    # A file of arrays only, which numpy reads without pickle: a pickle could run code.
    header = np.frombuffer(
        json.dumps({"history": history, "best_epoch": best_epoch}).encode(), np.uint8
    )
    # Names are sorted when the file is read: weights/00000, weights/00001, ...
    named = {
        f"{name}/{index:05d}": array
        for name, values in arrays.items()
        for index, array in enumerate(values)
    }
    with new_file(path) as temporary, temporary.open("wb") as file:
        # numpy's stubs take the arrays for its argument allow_pickle.
        np.savez(file, **{"header": header, **named})  # type: ignore[arg-type]


def read_fold_state(path: Path) -> dict[str, Any]:
    """Read a file of `write_fold_state` as its keyword arguments; empty if there is no file.

    Raises:
        ArtefactError: the file is broken.
    """
    if not path.exists():
        return {}
    try:
        with open_arrays(path) as stored:
            state: dict[str, Any] = json.loads(stored["header"].tobytes())
            for name in sorted(set(stored) - {"header"}):
                state.setdefault(name.partition("/")[0], []).append(stored[name])
    except (OSError, ValueError, KeyError) as error:
        raise ArtefactError(
            _cannot_be_read(path, error, "delete it to train this fold from the start")
        ) from error
    return state


def _cannot_be_read(path: Path, error: Exception, remedy: str) -> str:
    return f"{path}: cannot be read ({error}); {remedy}"
