"""Sweeps: the runs of one command, noted as they finish and ranked at the end.

Each job may run in a process of its own, so the notes are lines of a file that all of them know by
an environment variable.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_NOTES = "REGARD_SWEEP_NOTES"


@dataclass(frozen=True)
class SweptRun:
    """A run that a job of a sweep made.

    Attributes:
        folder: its folder.
        overrides: the settings of its command line.
    """

    folder: Path
    overrides: tuple[str, ...]


@contextlib.contextmanager
def sweep_notes() -> Iterator[Path]:
    """Give an empty file for the notes of jobs, and let this process and its children know it."""
    with tempfile.TemporaryDirectory(prefix="regard-sweep-") as folder:
        notes = Path(folder) / "runs.jsonl"
        notes.touch()
        before = os.environ.get(_NOTES)
        os.environ[_NOTES] = str(notes)
        try:
            yield notes
        finally:
            if before is None:
                del os.environ[_NOTES]
            else:
                os.environ[_NOTES] = before


def note_run(folder: Path, overrides: Sequence[str]) -> None:
    """Note a run of a sweep; on another machine, which does not see the file, do nothing."""
    notes = Path(os.environ.get(_NOTES, os.devnull))
    if notes.is_file():
        line = json.dumps({"folder": str(folder.absolute()), "overrides": list(overrides)})
        with notes.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def read_notes(notes: Path) -> list[SweptRun]:
    """Return the runs of a sweep in the order in which they were finished."""
    lines = map(json.loads, notes.read_text(encoding="utf-8").splitlines())
    return [SweptRun(Path(line["folder"]), tuple(line["overrides"])) for line in lines]


def swept_settings(runs: Sequence[SweptRun]) -> dict[str, str]:
    """Return the settings that differ among the runs of a sweep, by the name of the run.

    Example:
        runs a and b of ["seed=1", "x=3"] and ["seed=2", "x=3"] -> {"a": "seed=1", "b": "seed=2"}
    """
    shared = set.intersection(*(set(run.overrides) for run in runs)) if len(runs) > 1 else set()
    return {
        run.folder.name: " ".join(word for word in run.overrides if word not in shared)
        for run in runs
    }
