"""A real browser for the tests of the page."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium, with a new profile and without a window."""
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """A function that opens the page of a server; all its mistakes fail the test."""
    from playwright.sync_api import expect

    mistakes, pages = [], []

    def open_page(client, **options):
        page = browser.new_page(**options)
        pages.append(page)
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on("console", lambda line: mistakes.append(line.text))
        page.on("dialog", lambda dialog: mistakes.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(str(client.base_url))
                or mistakes.append(f"foreign: {request.url}")
            ),
        )
        page.goto(str(client.base_url))
        expect(page.locator("textarea").first).to_be_focused()
        return page

    open_page.mistakes = mistakes
    yield open_page
    for page in pages:
        page.close()
    assert mistakes == []
