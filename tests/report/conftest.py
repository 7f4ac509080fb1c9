"""A real browser for the tests of reports."""

import pytest
from helpers.browser import chromium, watched_page


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium, with a new profile and without a window."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser, tmp_path):
    """A function that opens a page from disk; all its mistakes fail the test."""
    mistakes, pages = [], []

    def open_page(html, **options):
        file = tmp_path / f"page{len(pages)}.html"
        file.write_text(html, encoding="utf-8")
        page = watched_page(browser, file.as_uri(), mistakes, **options)
        pages.append(page)
        page.goto(file.as_uri())
        return page

    open_page.mistakes = mistakes
    yield open_page
    for page in pages:
        page.close()
    assert mistakes == []
