"""Single files: written whole or not at all, read with one line for what is wrong with them."""

import contextlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regard.errors import ArtefactError

MADE_BY = "made_by.json"


def is_current(path: Path, made_by: str) -> bool:
    """Return whether a single file is there and was made by what `made_by` stands for (see `note_current`)."""
    notes = path.parent / MADE_BY
    return path.exists() and notes.exists() and read_json(notes).get(path.name) == made_by


def note_current(path: Path, made_by: str) -> None:
    """Note beside a file the fingerprint of what made it."""
    notes = path.parent / MADE_BY
    known = read_json(notes) if notes.exists() else {}
    write_json(notes, {**known, path.name: made_by})


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a path to write to, which takes its true name once it is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    place = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield place
        place.replace(path)
    finally:
        place.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all, with the same line ends on every system."""
    with new_file(path) as place:
        place.write_text(text, encoding="utf-8", newline="\n")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table without its index, whole or not at all."""
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        ArtefactError: it is missing or broken.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{path}: cannot be read ({error}); delete its folder and run again"
        ) from error


def read_array(path: Path) -> np.ndarray:
    """Read an array, memory-mapped.

    Raises:
        ArtefactError: it is missing or broken.
    """
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ArtefactError(
            f"{path}: cannot be read ({error}); delete its folder and run again"
        ) from error
    return array


def write_fold_state(
    path: Path, history: list[dict[str, float]], best_epoch: int, **arrays: list[np.ndarray]
) -> None:
    """Write where a fold stands, whole or not at all: numbers as JSON, lists of arrays by name, in one `.npz`."""
    header = np.frombuffer(
        json.dumps({"history": history, "best_epoch": best_epoch}).encode(), np.uint8
    )
    named = {
        f"{name}/{place:05d}": array
        for name, values in arrays.items()
        for place, array in enumerate(values)
    }
    with new_file(path) as place, place.open("wb") as file:
        np.savez(file, **{"header": header, **named})  # type: ignore[arg-type]  # its allow_pickle is no array


def read_fold_state(path: Path) -> dict[str, Any]:
    """Read what `write_fold_state` wrote, as keyword arguments of a `FoldState`; empty where there is nothing."""
    if not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as stored:
            state: dict[str, Any] = json.loads(stored["header"].tobytes())
            for name in sorted(set(stored.files) - {"header"}):
                state.setdefault(name.partition("/")[0], []).append(stored[name])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ArtefactError(
            f"{path}: cannot be read ({error}); delete it to train this fold anew"
        ) from error
    return state
