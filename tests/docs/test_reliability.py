import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "pages" / "reliability.md").read_text(encoding="utf-8")
TESTS = re.findall(r"`(tests/\S+\.py)::(\w+)`", PAGE)


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_named_test_exists(file, name):
    assert f"\ndef {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_row_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    assert len(rows) - 3 == len(TESTS)  # three headings
