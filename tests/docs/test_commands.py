"""The commands that the pages show name targets of the Makefile and settings that exist."""

import re
import shlex
from pathlib import Path

import pytest
from helpers.cases import compose_config

pytestmark = pytest.mark.slow  # composes the settings of every command that a page shows

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "data/README.md")),
    *sorted((ROOT / "docs" / "pages").rglob("*.md")),
]
COMMAND = re.compile(r"\bmake [a-z][^`#\n|]*")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split())
VARIABLES = set(re.findall(r"^VARIABLES := (.*)$", MAKEFILE, re.MULTILINE)[0].split())
METRIC_PAGE = ROOT / "docs" / "pages" / "extend" / "metric.md"
CODE = re.compile(r"```sh\n(.*?)```|`([^`\n]+)`|^    (make .*)$", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    """The make commands in the code of a page."""
    code = ["".join(parts) for parts in CODE.findall(page.read_text(encoding="utf-8"))]
    lines = [re.sub(r"(^|\s)#.*", "", line) for text in code for line in text.splitlines()]
    return [command for line in lines for command in COMMAND.findall(line)]


def settings() -> list[str]:
    """The settings of all commands that train and need neither a plugin nor an earlier run."""
    found = set()
    for command in (shlex.split(command) for page in PAGES for command in commands(page)):
        values = dict(word.split("=", 1) for word in command if "=" in word)
        competition, args = values.get("COMPETITION", "bbc_news"), values.get("ARGS", "")
        is_known = competition != "mine" and "plugins=" not in args and "<" not in args
        if command[1] in ("train", "sweep") and is_known:
            found.add(f"competition={competition} {args}")
    return sorted(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_name_targets_and_variables_that_exist(page):
    for command in commands(page):
        words = shlex.split(command)[1:]
        names = [word.partition("=")[0] for word in words if "=" in word]
        assert set(names) <= VARIABLES, command
        assert {word for word in words if "=" not in word} <= TARGETS, command


# The page that the search of tune.md writes.
OF_A_SEARCH = "experiment=bbc_news_text_cnn"


@pytest.mark.parametrize("args", settings())
def test_pages_name_settings_that_exist(args, tmp_path, monkeypatch):
    # The function that a page names.
    own = re.findall(r"```python\n(.*?)```", METRIC_PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "my_metrics.py").write_text(own[0], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    # Of the values of a sweep, the first.
    words = [re.sub(r"(?<==)([^\[,]+),[^\]]*$", r"\1", word) for word in shlex.split(args)]
    compose_config(*(word for word in words if word != OF_A_SEARCH))


def test_there_are_commands():
    assert len(settings()) > 20
