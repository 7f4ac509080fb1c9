"""The browser of explained rows in a real browser: Debian's chromium, driven by playwright."""

import dataclasses

import numpy as np
import pytest
from helpers.report_cases import CASES, browser_row, report_data
from playwright.sync_api import expect

from regard.report import Browser, render_report
from regard.runs.explained import WeighedWords

pytestmark = pytest.mark.slow
HOSTILE = (
    "</script><script>alert(1)</script> <img src=x onerror=alert(2)> <!-- \u2028 \u0000 \u202e "
    "שלום عالم 😀 &amp; {{7*7}} ' \" ` \\u003c"
)
MEASURED = {
    "n_rows": 20,
    "share": 0.2,
    "methods": {
        "attention": {"comprehensiveness": 0.06, "sufficiency": 0.2, "area": 0.05},
        "leave_one_out": {"comprehensiveness": 0.31, "sufficiency": 0.02, "area": 0.3},
        "random": {"comprehensiveness": 0.08, "sufficiency": 0.2, "area": 0.07},
    },
}


def with_method(row, name, weights):
    (words,) = row.methods.values()
    weighed = WeighedWords(words.texts, np.asarray(weights, np.float32))
    return dataclasses.replace(row, methods={**row.methods, name: weighed})


def some_rows():
    """Four train rows, of which the second is wrong, and a test row of two folds and two heads."""
    texts = ["a ship sails", "a tree in town", "the tram", "green leaf"]
    rows = [
        browser_row(
            text, np.arange(1, 1 + len(text.split())) / 10, row=row, models=(f"fold_{row % 2}",)
        )
        for row, text in enumerate(texts)
    ]
    rows[1] = with_method(rows[1], "leave_one_out", [[[0.0, 0.5, -0.25, 0.1]]])
    heads = [[[0.1, 0.9], [0.3, 0.7]], [[0.5, 0.5], [0.9, 0.1]]]
    return [*rows, browser_row("big wave", heads, row=None)]


def page_of(rows, kind="multi_class", measured=None, **changes):
    changes = {"sections": ["folds", "explanations", "settings"], **changes}
    return render_report(report_data(kind, browser=Browser(rows, measured or {}), **changes))


def shown(page):
    """The words of the chosen row with their weights, which a byte keeps to two decimals."""
    spans = page.locator("#browser-texts .words span")
    weights = [
        round(float(title), 2) for title in spans.evaluate_all("all => all.map(one => one.title)")
    ]
    return list(zip(spans.all_text_contents(), weights, strict=True))


def ids(page):
    return page.locator("#browser-list code").all_text_contents()


def selected(page):
    return page.locator("#browser-list [aria-selected=true]")


def choose(page, label, option):
    page.get_by_label(label, exact=True).select_option(label=option)


def test_rows_are_listed_most_wrong_first(visit):
    page = visit(page_of(some_rows()))
    assert ids(page) == ["r1", "r3", "r2", "r0", "t9"]
    expect(page.locator("#browser-count")).to_have_text("5 rows")
    assert page.locator("#browser-static").is_hidden()
    expect(selected(page)).to_contain_text("wood → sea (0.70)")
    choose(page, "Order", "most right first")
    assert ids(page) == ["r0", "r2", "r3", "r1", "t9"]
    choose(page, "Order", "as in the file")
    assert ids(page) == ["r0", "r1", "r2", "r3", "t9"]


def test_a_link_to_a_row_shows_it_even_if_filters_hide_it(visit):
    page = visit(page_of(some_rows(), sections=["most_wrong", "explanations"]))
    page.get_by_label("Search").fill("nothing has this")
    page.locator("#most_wrong summary").first.click()
    page.locator("#most_wrong a").nth(1).click()
    expect(selected(page)).to_contain_text("r3")
    expect(page.locator("#browser-facts")).to_contain_text("r3")
    expect(page.locator("#browser-row")).to_be_in_viewport()
    assert page.get_by_label("Search").input_value() == ""


def test_search_and_filters(visit):
    page = visit(page_of(some_rows()))
    page.get_by_label("Search").fill("A tree")
    assert ids(page) == ["r1"]
    expect(page.locator("#browser-count")).to_have_text("1 of 5 rows")
    page.get_by_label("Search").fill("nothing has this")
    assert ids(page) == []
    expect(page.locator("#browser-row")).to_be_hidden()
    page.get_by_role("button", name="Show all rows").click()
    assert len(ids(page)) == 5
    choose(page, "True label", "wood")
    assert ids(page) == ["r1", "r3"]
    choose(page, "Prediction", "wrong")
    assert ids(page) == ["r1"]
    choose(page, "True label", "any")
    choose(page, "Prediction", "right or wrong")
    choose(page, "Predicted", "sea")
    assert ids(page) == ["r1", "r0", "t9"]
    choose(page, "Rows", "test")
    assert ids(page) == ["t9"]


def test_methods_and_the_sentence_that_measures_them(visit):
    page = visit(page_of(some_rows(), measured=MEASURED))
    assert shown(page) == [("a", 0), ("tree", 0.5), ("in", -0.25), ("town", 0.1)]
    assert page.locator("#browser-texts .against").all_text_contents() == ["in"]
    expect(page.locator("#browser-faithfulness")).to_have_text(
        "Removing the 20 % of words with the largest weights lowers the probability of the "
        "predicted label by 0.31; removing 20 % at random, by 0.08 (20 train rows)."
    )
    expect(page.locator("#browser-largest")).to_have_text(
        "Largest weights: tree 0.50, in -0.25, town 0.098"
    )
    choose(page, "Method", "attention")
    assert shown(page) == [("a", 0.1), ("tree", 0.2), ("in", 0.3), ("town", 0.4)]
    expect(page.locator("#browser-faithfulness")).to_contain_text("explain nothing")
    page.locator("#browser-list li").nth(3).click()
    expect(page.get_by_label("Method", exact=True)).to_be_disabled()


def test_a_test_row_has_the_weights_of_each_fold_and_head(visit):
    page = visit(page_of(some_rows()))
    choose(page, "Rows", "test")
    assert shown(page) == [("big", 0.45), ("wave", 0.55)]
    choose(page, "Model", "fold 1")
    assert shown(page) == [("big", 0.7), ("wave", 0.3)]
    choose(page, "Head", "head 2")
    assert shown(page) == [("big", 0.9), ("wave", 0.1)]
    choose(page, "Model", "mean of 2 models")
    assert shown(page) == [("big", 0.6), ("wave", 0.4)]
    # The choice is kept over a row that has a single model and head.
    choose(page, "Rows", "train and test")
    expect(page.get_by_label("Head", exact=True)).to_be_hidden()
    choose(page, "Rows", "test")
    assert shown(page) == [("big", 0.6), ("wave", 0.4)]


def test_the_keyboard_chooses_rows(visit):
    rows = [browser_row(f"text number {number}", row=0, id=f"x{number}") for number in range(120)]
    page = visit(page_of(rows))
    page.get_by_label("Order").focus()
    page.keyboard.press("Tab")
    listbox = page.get_by_role("listbox")
    expect(listbox).to_be_focused()
    assert listbox.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    for key, expected in {
        "ArrowDown": 1,
        "PageDown": 11,
        "ArrowUp": 10,
        "End": 119,
        "Home": 0,
    }.items():
        page.keyboard.press(key)
        expect(selected(page)).to_contain_text(f"x{expected}")
        active = listbox.get_attribute("aria-activedescendant")
        assert active == f"browser-item-{expected}"
        expect(page.locator("#browser-facts code")).to_have_text(f"x{expected}")
    assert len(ids(page)) == 50
    page.get_by_role("button", name="later rows").click()
    assert ids(page)[0] == "x50"


def test_hostile_texts_are_shown_as_text(visit):
    name = "<b>sea</b></script>"
    task = dataclasses.replace(CASES["multi_class"][0], label_names=(name, "wood", "town"))
    rows = [browser_row(HOSTILE, np.ones(len(HOSTILE.split())), row=0, id="<i>id</i>")]
    page = visit(page_of(rows, task=task))
    assert page.locator("#explanations :is(img, b b, i, script:not([type]))").count() == 0
    expected = HOSTILE.replace("\u0000", "\ufffd").replace("\u202e", "\ufffd")
    text = page.locator("#browser-texts p").text_content()
    assert text.split() == expected.split()
    expect(page.locator("#browser-facts")).to_contain_text("<i>id</i>")
    assert name in page.get_by_label("True label").inner_text()
    page.wait_for_timeout(200)  # a script that were run would raise a dialog


def test_a_narrow_dark_page_with_an_endless_word(visit):
    rows = [browser_row("x" * 10_000, [1.0], row=0), browser_row("שלום " * 40, np.ones(40), row=1)]
    size = {"width": 390, "height": 800}
    page = visit(page_of(rows, measured=MEASURED), viewport=size, color_scheme="dark")
    for number in range(2):
        page.locator("#browser-list li").nth(number).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    direction = "one => getComputedStyle(one).direction"
    assert page.locator("#browser-texts p").evaluate(direction) == "ltr"
    page.locator("#browser-list li").nth(0).click()
    assert page.locator("#browser-texts p").evaluate(direction) == "rtl"


def test_without_scripts_a_few_rows_are_there(visit):
    page = visit(page_of(some_rows(), measured=MEASURED), java_script_enabled=False)
    expect(page.locator("#browser")).to_be_hidden()
    expect(page.locator("#browser-static .words").first).to_be_visible()
    assert page.locator("#browser-static article").count() == 1  # the best method weighs one row


@pytest.mark.parametrize("kind", CASES)
def test_every_kind_of_task(kind, visit):
    rows = [browser_row(kind=kind, row=row) for row in range(4)] + [
        browser_row(kind=kind, row=None)
    ]
    page = visit(page_of(rows, kind))
    assert len(ids(page)) == 5
    has_labels = CASES[kind][0].has_classes
    assert page.get_by_label("True label").is_visible() == has_labels
    assert page.get_by_label("Prediction", exact=True).is_visible() == has_labels


def test_ten_thousand_rows_are_a_few_megabytes_and_open_at_once(visit):
    random = np.random.default_rng(0)
    text = " ".join(f"word{number}" for number in random.integers(500, size=30))
    row = browser_row(text, random.dirichlet(np.ones(30), (5, 1)), row=None)
    row = with_method(row, "integrated_gradients", random.normal(size=(5, 1, 30)))
    rows = [dataclasses.replace(row, id=f"x{number}") for number in range(10_000)]
    html = page_of(rows)
    assert len(html.encode()) < 15e6
    page = visit(html)
    expect(page.locator("#browser-count")).to_have_text("10,000 rows")
    assert page.locator("#browser-list li").count() == 50
    # Generous: benchmarks/report_size.py measures it.
    assert (
        page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart") < 10e3
    )
    page.get_by_label("Search").fill("x999")
    expect(page.locator("#browser-count")).to_have_text("11 of 10,000 rows")
