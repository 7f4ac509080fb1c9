"""The notebook that Kaggle runs: it installs offline and predicts the hidden test file."""

import json
from collections.abc import Sequence
from typing import Any

_ABOUT = """\
# {title}

This notebook predicts the test file of {competition} with the run `{run}`, without internet. Regard
wrote it. The wheels and the models are in the dataset that is attached to it."""

_FIND = """\
import os
import pathlib
import subprocess
import sys
import tempfile

INPUT = pathlib.Path(os.environ.get("REGARD_INPUT", "/kaggle/input"))
COMPETITION = {competition!r}


def find(name):
    walk = os.walk(INPUT, followlinks=True)
    found = [pathlib.Path(folder, name) for folder, _, files in walk if name in files]
    if not found:
        raise FileNotFoundError(f"{{INPUT}} has no {{name}}; attach it to the notebook")
    # Files of the competition come first, then those nearest to the top.
    return min(found, key=lambda path: (COMPETITION not in path.parts, len(path.parts)))


TEST = find({test_file!r})
BUNDLE = find({marker!r}).parent
PACKAGES = pathlib.Path(tempfile.mkdtemp(prefix="regard-"))
print(TEST, BUNDLE, sep="\\n")"""

_INSTALL = """\
def run(*command):
    # The packages of the bundle come before those of the image, for this command only.
    path = os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH")]))
    process = subprocess.Popen(
        [sys.executable, *map(str, command)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in process.stdout:
        print(line, end="")
    if process.wait():
        raise RuntimeError(f"{command[1]} failed with status {process.returncode}; see above")


OPTIONS = ["--no-index", "--no-deps", "--no-compile", "--quiet", "--disable-pip-version-check"]
run("-m", "pip", "install", *OPTIONS, "--target", PACKAGES, *sorted(BUNDLE.glob("*.whl")))
run("-c", "import regard; print('Regard', regard.__version__, 'in', regard.__file__)")"""

_PREDICT = """\
run(
    "-c",
    "import sys; from regard.cli import main; main(sys.argv[1:])",
    "predict",
    f"run={BUNDLE / 'run'}",
    f"input={TEST}",
    f"output={pathlib.Path('submission.csv').resolve()}",
    "form=submission",
)"""

_SHOW = """\
with open("submission.csv") as file:
    for _, line in zip(range(5), file):
        print(line, end="")"""


def notebook_text(*, title: str, run: str, competition: str, test_file: str, marker: str) -> str:
    """Return the notebook as JSON.

    Args:
        title: the first line.
        run: the name of the run.
        competition: the competition's name on Kaggle.
        test_file: the name of the test file.
        marker: the name of a file that lies only in the bundle's folder.
    """
    find = _FIND.format(competition=competition, test_file=test_file, marker=marker)
    about = _ABOUT.format(title=title, run=run, competition=competition)
    cells = [_cell("markdown", about, 0)]
    for number, code in enumerate((find, _INSTALL, _PREDICT, _SHOW), start=1):
        cells.append(_cell("code", code, number))
    return json.dumps(_notebook(cells), indent=1) + "\n"


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def _notebook(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
