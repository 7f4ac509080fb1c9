"""Reports in a real browser: Debian's chromium, driven by playwright."""

import dataclasses
import functools

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers.report_cases import CASES, browser_row, report_data
from playwright.sync_api import expect

from regard.report import Browser, render_report
from regard.runs.explained import WeighedWords

pytestmark = pytest.mark.slow
PHONE = {"width": 390, "height": 800}
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(2)'>",
    "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "😀 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "x" * 10_000,
    "a\x00b",
    "</style></script><!--",
)


@functools.cache
def report(kind):
    tuned = {
        "all_rows": CASES[kind][0].default_thresholds().tolist(),
        "score": 0.75,
        "by_fold": [
            {
                "thresholds": CASES[kind][0].default_thresholds().tolist(),
                "score": 0.8,
                "honest_score": 0.7,
            }
        ]
        * 2,
    }
    has_thresholds = CASES[kind][0].threshold_search is not None
    return render_report(report_data(kind, thresholds=tuned if has_thresholds else None))


def serious(page):
    """The serious faults that axe-core finds, each with its first elements."""
    found = Axe().run(page).response["violations"]
    return {
        fault["id"]: [node["html"] for node in fault["nodes"][:3]]
        for fault in found
        if fault["impact"] in ("serious", "critical")
    }


def is_too_wide(page):
    return page.evaluate("document.scrollingElement.scrollWidth > innerWidth")


def unfold(page):
    """Open all folded sections, as a reader does by their headings."""
    headings = page.locator("section > .fold > summary").all()
    assert len(headings) > 5
    for heading in headings:
        heading.click()
    assert page.locator("section > .fold:not([open])").count() == 0


@pytest.mark.parametrize("kind", CASES)
def test_a_report_of_every_task(visit, kind):
    page = visit(report(kind))
    unfold(page)
    for figure in page.locator("figure svg").all():
        box = figure.bounding_box()
        assert box["width"] > 250
        assert box["height"] > 150
    assert page.locator("figure svg").count() >= 2
    assert serious(page) == {}
    page.emulate_media(color_scheme="dark")
    assert serious(page) == {}
    page.set_viewport_size(PHONE)
    assert not is_too_wide(page)


def test_figures_are_all_of_one_size(visit):
    page = visit(report("regression"))
    boxes = [figure.bounding_box() for figure in page.locator("figure svg").all()]
    assert len({(round(box["width"]), round(box["height"])) for box in boxes}) == 1


def test_links_of_the_contents_lead_to_their_sections(visit):
    page = visit(report("multi_class"))
    links = page.locator("nav a")
    assert links.count() > 8
    for link in links.all():
        link.click()
        anchor = link.get_attribute("href")
        expect(page.locator(anchor)).to_be_in_viewport()
        assert page.url.endswith(anchor)


def test_links_and_printing_unfold_sections(visit):
    page = visit(report("multi_class"))
    section = page.locator("#most_wrong > details")
    text = page.locator("#most_wrong .rows").first
    expect(text).to_be_hidden()
    assert page.locator("#curves figure").first.is_visible()
    link = page.locator("nav a[href='#most_wrong']").last
    link.click()
    expect(text).to_be_visible()
    page.locator("#most_wrong summary").first.click()
    expect(text).to_be_hidden()
    link.click()  # the hash is the same as before
    expect(text).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert section.evaluate("one => one.open")
    assert page.locator("section > .fold:not([open])").count() > 3
    page.goto(page.url.partition("#")[0] + "#settings")
    page.reload()
    expect(page.locator("#settings ul")).to_be_visible()


def test_a_wide_table_shows_that_there_is_more(visit):
    page = visit(report("multi_class"), viewport=PHONE)
    table = page.locator("#labels .scroll")
    assert table.evaluate("one => one.scrollWidth > one.clientWidth")
    assert "local, scroll" in table.evaluate("one => getComputedStyle(one).backgroundAttachment")
    assert not is_too_wide(page)


def test_keys_alone_reach_the_content_and_the_colours(visit):
    page = visit(report("binary"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Tab")
    button = page.get_by_role("button", name="Dark colours")
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-pressed", "false")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (light, dark) == ("rgb(252, 251, 248)", "rgb(22, 24, 27)")
    # The figures follow: a line has another colour than it had on light paper.
    stroke = "getComputedStyle(document.querySelector('figure path[style*=\"--blue\"]')).stroke"
    assert page.evaluate(stroke) == "rgb(98, 181, 240)"
    page.keyboard.press("Space")
    assert page.evaluate(stroke) == "rgb(0, 103, 163)"


def test_a_page_without_scripts_can_be_read(visit):
    page = visit(report("multi_class"), java_script_enabled=False)
    expect(page.locator("#theme")).to_be_hidden()
    expect(page.get_by_role("heading", name="Confusion matrix")).to_be_visible()
    page.get_by_role("link", name="Settings").click()
    expect(page.locator("#settings")).to_be_in_viewport()


@pytest.mark.parametrize("kind", ["multi_class", "multi_label", "regression"])
def test_hostile_data_is_shown_as_text(visit, kind):
    page = visit(render_report(hostile_data(kind)), viewport=PHONE)
    unfold(page)
    shown = page.locator("main").inner_text()
    for text in HOSTILE[:2]:
        assert text in shown
    assert page.locator("main img, main script:not([type])").count() == 0
    assert "a\ufffdb" in page.locator("body").inner_text()
    assert not is_too_wide(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert not is_too_wide(page)
    assert serious(page) == {}


def test_an_injected_script_is_refused(visit):
    page = visit(report("binary").replace("</main>", "<script>alert(1)</script></main>"))
    page.wait_for_timeout(200)
    (mistake,) = visit.mistakes
    assert "Content Security Policy" in mistake
    visit.mistakes.clear()


def hostile_data(kind):
    plain = report_data(kind)
    task = dataclasses.replace(plain.task, label_names=HOSTILE[: len(plain.task.label_names)])
    words = WeighedWords(((HOSTILE[6], HOSTILE),), np.full((1, 1, len(HOSTILE)), 0.1))
    row = browser_row(kind=kind, id=HOSTILE[5], methods={"attention": words})
    return dataclasses.replace(
        report_data(
            kind,
            ids=HOSTILE[3:],
            texts=HOSTILE[3:],
            texts_by_column=dict.fromkeys(HOSTILE[:5], HOSTILE[3:]),
        ),
        task=task,
        competition=HOSTILE[4],
        run=HOSTILE[0],
        overrides=HOSTILE,
        browser=Browser([row]),
        coverage=[
            {**plain.coverage[0], "source": HOSTILE[1], "missing": [[text, 1] for text in HOSTILE]}
        ],
    )
