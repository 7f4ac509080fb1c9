"""A real browser for the tests of the page."""

import pytest
from helpers.browser import chromium, watched_page


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium, with a new profile and without a window."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser):
    """A function that opens the page of a server; all its mistakes fail the test."""
    from playwright.sync_api import expect

    mistakes, pages = [], []

    def open_page(client, **options):
        address = str(client.base_url)
        page = watched_page(browser, address, mistakes, **options)
        pages.append(page)
        page.goto(address)
        expect(page.locator("textarea").first).to_be_focused()
        return page

    open_page.mistakes = mistakes
    yield open_page
    for page in pages:
        page.close()
    assert mistakes == []
