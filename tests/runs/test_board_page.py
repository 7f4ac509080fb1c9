import base64
import hashlib
import re

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from helpers.browser import chromium, watched_page
from helpers.report_cases import Page

from regard.runs.board_page import render_board


def row(run, **changes):
    fields = {
        "rank": 1,
        "run": run,
        "model": "lstm_attention",
        "differs_from_defaults": "",
        "metric": "accuracy",
        "oof_score": 0.5,
        "std_of_folds": 0.01,
        "fold_scores": "0.5 0.5",
        "folds": "",
        "seconds_of_all_folds": 90.0,
        "finished": "2026-01-02T03:04:05+00:00",
        "submission": "",
        "public_score": "",
        "test_score": None,
    }
    return {**fields, **changes}


def board(*rows):
    return pd.DataFrame(list(rows))


def cells(html):
    body = html[html.index("<tbody>") : html.index("</tbody>")]
    return [
        [re.sub("<[^>]*>", "", cell) for cell in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", line)]
        for line in re.findall("<tr>(.*?)</tr>", body)
    ]


def test_runs_are_listed_with_links_to_their_reports(tmp_path):
    report = tmp_path / "runs" / "b-2" / "report.html"
    report.parent.mkdir(parents=True)
    report.touch()
    settings = "seed=1 model=text_cnn"
    html = render_board(
        board(row("b-2", oof_score=0.75), row("a-1", rank=2, differs_from_defaults=settings)),
        tmp_path,
    )
    assert cells(html) == [
        ["1", "b-2", "lstm_attention", "0.7500", "0.0100", "1.5", "", "2026-01-02 03:04"],
        ["2", "a-1", "lstm_attention", "0.5000", "0.0100", "1.5", settings, "2026-01-02 03:04"],
    ]
    assert [link["href"] for link in Page(html).elements("a", "href")] == ["runs/b-2/report.html"]


def test_each_metric_has_a_table_and_empty_columns_are_left_out(tmp_path):
    html = render_board(board(row("a"), row("b", metric="rmse", public_score="0.9")), tmp_path)
    page = Page(html)
    assert page.tags["table"] == 2
    assert html.count("public score</th>") == 1
    assert "test score" not in html
    assert re.findall("<h2>(.*?)</h2>", html) == ["accuracy", "rmse"]


def test_hostile_names_show_as_text(tmp_path):
    evil = '"><script>alert(1)</script>\u202e\x00'
    name = "a'b\"<c>%41"
    folder = tmp_path / "runs" / name
    folder.mkdir(parents=True)
    (folder / "report.html").touch()
    home = tmp_path
    html = render_board(
        board(row(name, differs_from_defaults=evil, metric=evil, model=evil, public_score=evil)),
        home,
    )
    assert Page(html).tags["script"] == 1
    assert "\u202e" not in html
    assert "\x00" not in html
    (link,) = Page(html).elements("a", "href")
    assert link["href"] == "runs/a%27b%22%3Cc%3E%2541/report.html"


def test_policy_names_the_script_of_the_page(tmp_path):
    html = render_board(board(row("a")), tmp_path)
    (script,) = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html
    assert "http" not in html.replace("http-equiv", "")


def test_undefined_score_is_empty_and_no_run_is_said(tmp_path):
    html = render_board(board(row("a", oof_score=float("nan"), std_of_folds=0.5)), tmp_path)
    assert "nan" not in html[: html.index("<script>")].lower()
    assert "no finished run" in render_board(pd.DataFrame(), tmp_path)


@pytest.mark.slow
def test_columns_are_sorted_in_a_browser(tmp_path):
    page_file = tmp_path / "leaderboard.html"
    rows = [
        row("b", oof_score=0.9, differs_from_defaults="x" * 300),
        row("c", oof_score=0.7, rank=2),
        row("a", oof_score=0.8, rank=3),
    ]
    page_file.write_text(render_board(board(*rows), tmp_path), encoding="utf-8")
    mistakes = []
    with chromium() as browser:
        page = watched_page(browser, page_file.as_uri(), mistakes)
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(page_file.as_uri())

        def names():
            return page.locator("tbody th").all_inner_texts()

        assert names() == ["b", "c", "a"]
        page.get_by_role("button", name="run", exact=True).click()
        assert names() == ["a", "b", "c"]
        page.get_by_role("button", name="accuracy").click()
        assert names() == ["c", "a", "b"]
        page.get_by_role("button", name="accuracy").press("Enter")
        assert names() == ["b", "a", "c"]
        assert page.locator("[aria-sort]").get_attribute("aria-sort") == "descending"
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    assert mistakes == []
