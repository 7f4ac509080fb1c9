"""Debian's chromium, driven by playwright, for tests of pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a browser with a new profile and without a window; without chromium skip the test."""
    if CHROMIUM is None:
        pytest.skip("no chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def watched_page(browser: Any, start: str, mistakes: list[str], **options: Any) -> Any:
    """Return a new page that notes its errors, its dialogs and whatever it loads from elsewhere.

    Args:
        browser: from `chromium`.
        start: the address that all requests must begin with.
        mistakes: gets a line for each mistake.
        options: of `Browser.new_page`.
    """
    page = browser.new_page(**options)
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    # A violation of the Content-Security-Policy is a line of the console.
    page.on("console", lambda line: mistakes.append(line.text))
    page.on("dialog", lambda dialog: mistakes.append(f"dialog: {dialog.message}"))
    page.on(
        "request",
        lambda request: request.url.startswith(start) or mistakes.append(f"foreign: {request.url}"),
    )
    return page
