"""The command `regard`, in this process or in its own."""

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from regard.cli import main

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
# As the installed command does, also where the package is not installed.
REGARD = (sys.executable, "-c", "from regard.cli import main; main()")


def run_in(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder and return its exit status and output."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=environment
    )


def regard_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `regard` in a folder and return its exit status and output."""
    return run_in(folder, *REGARD, *words)


def run_here(words: Sequence[str]) -> int | str | None:
    """Run `regard` in this process and return its exit status."""
    with logging_restored():
        try:
            main(words)
        except SystemExit as stop:
            return stop.code
    return 0


@contextlib.contextmanager
def logging_restored() -> Iterator[None]:
    """Take back the handlers and the level that Hydra sets."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    level = root.level
    try:
        yield
    finally:
        for handler in set(root.handlers) - set(handlers):
            root.removeHandler(handler)
        root.setLevel(level)
