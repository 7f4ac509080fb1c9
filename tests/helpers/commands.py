"""The command `regard`, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

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
