import dataclasses

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers.comparison_cases import comparison
from helpers.report_cases import CASES, HISTORY, Page

from regard.report.comparison import difference_of, render_comparison

pytestmark = pytest.mark.slow  # draws figures


def rendered(data):
    return render_comparison(data, difference_of(data))


def case(kind="multi_class", **changes):
    task, labels, outputs = CASES[kind]
    return comparison(task, labels, outputs, outputs[::-1].copy(), **changes)


@pytest.mark.parametrize("kind", CASES)
def test_page_of_every_kind_nests_and_needs_no_network(kind):
    html = rendered(case(kind))
    page = Page(html)
    assert "http" not in html.replace("http://www.w3.org", "").replace("http-equiv", "")
    assert "4 train rows have out-of-fold predictions of both runs" in page.text
    assert page.elements("meta", "http-equiv")[0]["content"].startswith("default-src 'none'")
    assert rendered(case(kind)) == html


def test_table_of_contents_names_the_sections_that_are_there():
    html = rendered(case(has_same_folds=False))
    links = [
        link["href"] for link in Page(html).elements("a", "href") if link["href"] != "#content"
    ]
    assert links == ["#runs", "#difference", "#settings", "#agreement", "#labels", "#rows"]
    ids = [one["id"] for tag in ("section", "header") for one in Page(html).elements(tag, "id")]
    assert {f"#{name}" for name in ids} == set(links)


def test_curves_of_both_runs_are_drawn():
    data = case()
    runs = [dataclasses.replace(run, histories=[HISTORY]) for run in data.runs]
    html = rendered(dataclasses.replace(data, first=runs[0], second=runs[1]))
    assert "Validation accuracy" in html
    assert "Validation loss" in html
    assert 'id="curves"' not in rendered(data)


def test_hostile_words_show_as_text():
    evil = '<script>alert("x")</script>\u202e'
    data = case(
        competition=evil,
        ids=[evil] * 4,
        texts={evil: [evil] * 4, "other": [""] * 4},
        changes=[("a.b", evil, "null")],
    )
    first = dataclasses.replace(data.first, name=evil, report='x" onclick="y')
    html = rendered(dataclasses.replace(data, first=first))
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert ' onclick="y' not in html
    assert "&lt;script&gt;" in html
    assert "no text" in Page(html).text


def test_result_is_told_in_words():
    task, labels, outputs = CASES["binary"]
    labels, good = np.tile(labels, (50, 1)), np.tile(labels, (50, 1)).astype(np.float32)
    bad = np.tile(outputs, (50, 1))
    assert "The second run is better." in rendered(comparison(task, labels, bad, good))
    assert "The first run is better." in rendered(comparison(task, labels, good, bad))
    assert "may be chance" in rendered(comparison(task, labels, good, good))


@pytest.mark.parametrize("kind", ["multi_class", "multi_label", "regression"])
def test_page_in_a_browser(visit, kind):
    data = case(kind, changes=[("model.rnn.units", "8", "16")], ids=["x" * 300] * 4)
    runs = [dataclasses.replace(run, histories=[HISTORY]) for run in data.runs]
    page = visit(rendered(dataclasses.replace(data, first=runs[0], second=runs[1])))
    assert page.locator("figure svg").count() == 3
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
