"""The code of the pages on Python runs, on a small competition with the name of the shipped one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.cases import tiny_tables, write_tables

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "pages"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SETTINGS = ["competition=bbc_news", "folds.n_folds=2", "model=tfidf_linear", "model.min_df=1"]

pytestmark = pytest.mark.slow


def script(*pages: str) -> str:
    """All Python code of some pages, page by page."""
    texts = [(PAGES / page).read_text(encoding="utf-8") for page in pages]
    return "\n".join(block for text in texts for block in BLOCK.findall(text))


def run_python(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a finished run of bbc_news, as far as a page can tell."""
    folder = tmp_path_factory.mktemp("project")
    write_tables(folder / "data" / "bbc_news", tiny_tables())
    run_python(folder, "-c", "from regard.cli import main; main()", "train", *SETTINGS)
    return folder


@pytest.mark.parametrize("page", ["python.md", "quickstart.md", "explain.md", "api/runs.md"])
def test_the_code_of_a_page_runs_as_a_script_without_a_guard(folder, page):
    path = folder / "script.py"
    path.write_text(script(page), encoding="utf-8")
    printed = run_python(folder, str(path))
    if page == "python.md":
        assert printed == "the rows have no column 'text'; did you mean 'txt'?\n"


def test_there_is_code():
    assert len(BLOCK.findall((PAGES / "python.md").read_text(encoding="utf-8"))) > 6
