"""The tests that pages name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    name: (ROOT / "docs" / "pages" / name).read_text(encoding="utf-8")
    for name in ("files.md", "reliability.md")
}
NAMED = re.compile(r"`(tests/\S+\.py)::(\w+)(?:\[\w+\])?`")
TESTS = sorted({test for page in PAGES.values() for test in NAMED.findall(page)})


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_named_test_exists(file, name):
    assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_row_names_a_test(page):
    rows = [line for line in PAGES[page].splitlines() if line.startswith("| ")]
    headings = [line for line in rows if line.startswith("| Situation")]
    assert len(rows) - len(headings) == len(NAMED.findall(PAGES[page]))
