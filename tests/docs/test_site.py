import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOADING = {  # attributes whose address a browser fetches by itself
    "script": ["src"],
    "img": ["src", "srcset"],
    "source": ["src", "srcset"],
    "iframe": ["src"],
    "embed": ["src"],
    "object": ["data"],
    "video": ["src", "poster"],
    "audio": ["src"],
    "link": ["href"],
}
NOT_LOADED = {"canonical", "prev", "next", "alternate"}  # relations of <link> that only inform
REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
REMOTE_STYLE = re.compile(
    r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"](?:https?:)?//", re.IGNORECASE
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="needs the extra docs"),
]


class Page(HTMLParser):
    """The addresses that a page loads, and the text of its inline styles."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.styles, self.in_style = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.in_style = tag == "style"
        self.styles.append(values.get("style") or "")
        if tag == "link" and set((values.get("rel") or "").split()) <= NOT_LOADED:
            return
        self.loaded += [values[name] for name in LOADING.get(tag, []) if values.get(name)]

    def handle_data(self, data):
        if self.in_style:
            self.styles.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built strictly: a broken link or a page left out of the menu is an error."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        [*command, "--config-file", str(ROOT / "docs" / "mkdocs.yml")],
        env={**os.environ, "SAMPLE_REPORT": "false"},  # it is trained in a test of its own
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_a_remote_resource_would_be_found():
    page = Page(
        '<link rel="canonical" href="https://a"><link rel="stylesheet" href="//b">'
        '<script src="https://c"></script><a href="https://d"><img src="e.png"></a>'
        "<style>p { background: url(https://f) }</style>"
    )
    assert [address for address in page.loaded if REMOTE.match(address)] == ["//b", "https://c"]
    assert [style for style in page.styles if REMOTE_STYLE.search(style)] != []


def test_pages_load_nothing_from_the_network(site):
    for path in site.rglob("*.html"):
        page = Page(path.read_text(encoding="utf-8"))
        assert [address for address in page.loaded if REMOTE.match(address)] == [], path
        assert [style for style in page.styles if REMOTE_STYLE.search(style)] == [], path
    for path in site.rglob("*.css"):
        assert not REMOTE_STYLE.search(path.read_text(encoding="utf-8")), path


def test_no_page_needs_the_diagrams_that_the_theme_would_fetch(site):
    for path in site.rglob("*.html"):
        assert 'class="mermaid"' not in path.read_text(encoding="utf-8"), path


def test_every_mark_is_replaced(site):
    for path in site.rglob("*.html"):
        assert "generated:" not in path.read_text(encoding="utf-8"), path
