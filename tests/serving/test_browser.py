"""The page in a real browser: Debian's chromium, driven by playwright."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers.served_runs import FakeRun, label_run, number_run, pair_run, served
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
HOSTILE = (
    '<script>alert(1)</script> <img src=x onerror=alert(2)> "><svg onload=alert(3)> '
    "javascript:alert(4) {{7*7}} ship"
)


def text_field(page, name="text"):
    return page.get_by_label(name, exact=False).first


def shares(page):
    """The percentages by name, as they are shown."""
    return dict(
        re.match(r"(.*)\n([\d.]+)%", bar, re.DOTALL).groups()
        for bar in page.locator("#bars li").all_inner_texts()
    )


@pytest.fixture(scope="module")
def client():
    with served() as client:
        yield client


def test_type_see_change_see(visit, client):
    page = visit(client)
    expect(page).to_have_title("tiny: Regard")
    expect(page.get_by_text("Type a text to see its prediction.")).to_be_visible()
    # Without a click: the field has the focus.
    page.keyboard.type("the ship left the harbour", delay=5)
    expect(page.locator(".decision strong")).to_have_text("sea")
    assert shares(page) == {"sea": "84.6", "wood": "7.7", "town": "7.7"}
    expect(page.locator("#words span")).to_have_text(["the", "ship", "left", "the", "harbour"])
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("moss on a tree", delay=5)
    expect(page.locator(".decision strong")).to_have_text("wood")
    expect(page.locator("#words span")).to_have_text(["moss", "on", "a", "tree"])
    expect(page.locator("#bars .chosen .name")).to_have_text("wood")
    expect(page.get_by_role("status")).to_have_text(re.compile("^category wood, wood 84.6%"))


def test_an_empty_text_shows_no_stale_prediction(visit, client):
    page = visit(client)
    text_field(page).fill("ship")
    expect(page.locator("#prediction")).to_be_visible()
    text_field(page).fill("")
    expect(page.locator("#prediction")).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("Type a text to see its prediction.")
    text_field(page).fill("tram")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#prediction")).to_be_hidden()
    expect(text_field(page)).to_be_focused()


def test_hostile_markup_is_shown_as_text(visit, client):
    page = visit(client)
    text_field(page).fill(HOSTILE)
    expect(page.locator(".decision strong")).to_have_text("sea")
    expect(page.locator("#words")).to_have_text(" ".join(HOSTILE.lower().split()))
    assert page.locator("#words img, #words script, #words svg").count() == 0
    page.wait_for_timeout(200)  # a script that were run would raise a dialog


def test_hostile_names_are_shown_as_text(visit):
    name = "<img src=x onerror=alert(1)>"
    run = FakeRun(label_columns=[name], text_columns=["<b>text</b>"])
    run.name = "<script>alert(2)</script>"
    with served(run) as client:
        page = visit(client)
        page.keyboard.type("ship")
        expect(page.locator(".decision span")).to_have_text(name)
        expect(page.locator("label")).to_contain_text("<b>text</b>")
        assert page.locator("img, b, #run script").count() == 0


def test_a_pair_with_other_columns(visit):
    with served(pair_run()) as client:
        page = visit(client)
        text_field(page, "question").fill("ship")
        expect(page.locator("#bars .share")).to_have_text("75.0%")
        text_field(page, "other").fill("moss")
        expect(page.locator("#bars .share")).to_have_text("46.2%")
        expect(page.locator("#words h3")).to_have_text(["question", "other"])
        text_field(page, "age").fill("old")
        expect(page.get_by_text("Give a number, or nothing.")).to_be_visible()
        expect(page.locator("#prediction")).to_be_hidden()
        text_field(page, "age").fill("30")
        expect(page.locator("#prediction")).to_be_visible()
        expect(page.locator("#bars .share")).to_have_text("46.2%")


def test_several_labels_and_numbers(visit):
    with served(label_run()) as client:
        page = visit(client)
        page.keyboard.type("ship")
        expect(page.locator(".decision")).to_have_text(["toxic1", "threat0"])
        expect(page.locator("#bars .chosen .name")).to_have_text("toxic")
    with served(number_run()) as client:
        page = visit(client)
        page.keyboard.type("ship")
        expect(page.locator(".decision strong")).to_have_text("0.75")
        expect(page.locator("#bars li")).to_have_count(0)


def test_a_long_text_is_not_sent(visit):
    with served(max_characters=100) as client:
        page = visit(client)
        text_field(page).fill("ship " * 30)
        expect(page.get_by_text("150 characters; shorten it to 100.")).to_be_visible()
        expect(text_field(page)).to_have_attribute("aria-invalid", "true")
        text_field(page).fill("ship " * 20)
        expect(page.locator(".decision strong")).to_have_text("sea")


def test_the_last_text_wins_over_slow_answers(visit):
    with served(FakeRun(seconds=0.3)) as client:
        page = visit(client)
        for text in ("ship", "ship moss", "moss", "tram"):
            text_field(page).fill(text)
            page.wait_for_timeout(150)
        expect(page.locator(".decision strong")).to_have_text("town")
        page.wait_for_timeout(800)
        expect(page.locator(".decision strong")).to_have_text("town")


def test_a_busy_server_is_asked_again(visit):
    with served(FakeRun(seconds=0.5), max_rows=1, queue_rows=1) as client:
        page = visit(client)
        with ThreadPoolExecutor(1) as other:
            asked = other.submit(client.post, "/predict", json={"text": "x"})
            page.keyboard.type("ship")
            expect(page.locator(".decision strong")).to_have_text("sea")
            assert asked.result().status_code == 200
    assert all("503" in mistake for mistake in visit.mistakes)
    visit.mistakes.clear()


def test_a_server_that_stopped_is_named(browser):
    with served() as client:
        page = browser.new_page()
        page.goto(str(client.base_url))
        expect(text_field(page)).to_be_focused()
    page.keyboard.type("ship")
    expect(page.get_by_role("status")).to_have_text(
        "The server does not answer; is it still running?"
    )
    page.close()


def test_keys_alone_reach_everything(visit, client):
    page = visit(client)
    page.keyboard.type("ship")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".decision strong")).to_have_text("sea")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Clear")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#prediction")).to_be_hidden()


def test_dark_and_narrow_pages_are_legible(visit, client):
    page = visit(client, color_scheme="dark", viewport={"width": 360, "height": 640})
    page.keyboard.type("ship " * 40)
    expect(page.locator(".decision strong")).to_have_text("sea")
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert color == "rgb(22, 24, 27)"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_fifty_at_once_and_none_is_lost(client):
    texts = [f"{word} number {number}" for number, word in enumerate(["ship", "moss"] * 25)]
    with ThreadPoolExecutor(50) as threads:
        answers = list(
            threads.map(lambda text: client.post("/predict", json={"text": text}), texts)
        )
    labels = [answer.json()["predictions"][0]["labels"]["category"] for answer in answers]
    assert labels == ["sea", "wood"] * 25
