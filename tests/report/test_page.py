import dataclasses
import re
from collections import Counter

import numpy as np
import pytest
from helpers.report_cases import BLEND, CASES, Page, browser_row, render_section, report_data
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.drift import Drift
from regard.errors import DataError
from regard.report import Browser, PairOfRows, render_report, template_files
from regard.report.sections import PARTS, SCRIPTS, SECTIONS
from regard.runs.explained import WeighedWords

WITH_FIGURES = ("curves", "residuals", "ranking", "calibration")
FAST = [name for name in SECTIONS if name not in WITH_FIGURES]


def test_headline():
    page = Page(render_section("settings"))
    assert page.tags["h1"] == 1
    for shown in (
        "0.7163",
        "accuracy, out of fold; higher is better",
        "0.6250 ± 0.1768",
        "1,234 tokens",
        "56,789",
        "2 min 42 s",
        "2025-03-02 10:41 UTC",
    ):
        assert shown in page.text


def test_headline_of_a_metric_where_lower_is_better():
    assert "lower is better" in render_section("settings", greater_is_better=False)


def test_headline_without_a_vocabulary():
    assert "vocabulary" not in Page(render_section("settings", vocabulary_size=None)).text


def test_headline_of_a_blend():
    text = Page(render_section("settings", blend=BLEND)).text
    assert "members2" in text.replace("\n", "")
    assert "members" not in Page(render_section("settings")).text


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_every_kind_of_task_renders(kind):
    page = Page(render_report(report_data(kind)))
    assert page.tags["h1"] == 1
    assert page.tags["h2"] == len(report_data(kind).sections)
    assert page.tags["script"] == 4  # colours, folded sections, the browser of rows and its data
    for name in CASES[kind][0].label_names:
        assert name in page.text


def test_sections_follow_the_order_of_the_caller():
    page = render_report(report_data(sections=["settings", "folds"]))
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["Settings", "Folds"]


def test_every_section_has_a_template():
    names = {path.name for path in template_files()}
    assert names == {f"{name}.html" for name in SECTIONS} | {
        "card.md",
        "comparison.html",
        "layout.html",
        "page.html",
        "summary.html",
        "table.html",
        "tuning.html",
        "report.css",
        "light.css",
        "dark.css",
        "failed.html",
        "explanations.css",
        "theme.js",
        "folded.js",
    } | {script for scripts in SCRIPTS.values() for script in scripts}


def test_every_section_is_in_one_part_of_the_page():
    names = [name for part in PARTS.values() for name in part]
    assert sorted(names) == sorted(SECTIONS)


def test_contents_link_to_the_sections():
    page = Page(render_section("settings"))
    links = [link["href"] for link in page.elements("a", "href")]
    assert links == ["#content", "#summary", "#settings"]
    anchors = {
        one["id"] for tag in ("main", "header", "section") for one in page.elements(tag, "id")
    }
    assert {link.removeprefix("#") for link in links} <= anchors


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("no\n<ink>"), "ValueError: no <ink>"),
        (DataError("a.csv: no rows"), "a.csv: no rows"),
    ],
)
def test_a_section_that_fails_costs_that_section(monkeypatch, caplog, error, reason):
    def fail(data):
        raise error

    data = report_data(sections=["folds", "explanations", "settings"])
    broken = dataclasses.replace(data, failures={"explanations": error})
    monkeypatch.setitem(SECTIONS, "folds", fail)
    with pytest.raises(type(error)):
        render_report(broken)
    monkeypatch.setattr("regard.report.page.STRICT", False)
    monkeypatch.setattr("regard.report.page.summary", fail)
    with caplog.at_level("DEBUG"):
        page = Page(render_report(broken))
    for name in ("The section folds", "The section explanations", "The summary"):
        assert f"{name} could not be drawn: {reason}" in page.text
    assert "model.rnn.units=8" in page.text
    assert (page.tags["h1"], page.tags["h2"], page.tags["script"]) == (1, 3, 2)
    shown = [record for record in caplog.records if record.levelname == "WARNING"]
    assert [record.getMessage() for record in shown] == [
        f"report: the section {name} could not be drawn ({reason})"
        for name in ("summary", "folds", "explanations")
    ]
    assert not any(record.exc_info for record in shown)
    traces = [record for record in caplog.records if record.exc_info]
    assert len(traces) == (3 if isinstance(error, ValueError) else 0)


@pytest.mark.slow
def test_scores_that_are_not_defined():
    nan = float("nan")
    epoch = {"epoch": 1, "loss": 0.9, "valid_loss": nan, "score": nan, "seconds": 40.0}
    histories = [{"best_epoch": 1, "epochs": [epoch]}] * 2
    data = report_data(oof_score=nan, fold_scores=[nan, nan], histories=histories)
    assert "nan" not in Page(render_report(data)).text


@pytest.mark.slow
def test_same_data_same_page():
    assert render_report(report_data()) == render_report(report_data())


@pytest.mark.slow
def test_the_page_needs_no_network():
    page = render_report(report_data())
    assert set(re.findall(r"\w+://[^\"]*", page)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"@import|url\((?!#)|\bsrc=|<link", page)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["multi_class", "regression"])
def test_ids_are_unique(kind):
    page = render_report(report_data(kind))
    ids = Counter(re.findall(r' id="([^"]*)"', page))
    assert max(ids.values()) == 1
    assert set(re.findall(r'(?:url\(|href=")#(\w+)', page)) <= set(ids)


def test_quotes_do_not_end_an_attribute():
    task = dataclasses.replace(
        CASES["multi_class"][0], label_names=("sea", "\" onclick='x", "town")
    )
    page = Page(render_section("confusion", task=task))
    assert page.elements("td", "style")[1]["title"] == "0.0% of sea predicted as \" onclick='x"
    assert page.elements("td", "onclick") == []


def test_markup_in_text_is_escaped():
    page = render_section("settings", overrides=["<script>alert(1)</script>"])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_harmful_characters_are_replaced():
    page = render_section("settings", overrides=["a\x00b\u202ec"])
    assert "<code>a\ufffdb\ufffdc</code>" in page


AWKWARD = st.text(
    st.one_of(
        st.sampled_from("<>\"'&/\\;=`{}%#\x00\x1b\x7f\x85\r\n\t\u202e\u2028\ufffe\ud800"),
        st.characters(),
    ),
    max_size=20,
)
HOSTILE = st.one_of(
    AWKWARD,
    st.sampled_from(
        [
            '<script>alert("1")</script>',
            "\"><script>'",
            "' onload='x",
            "</style><!--",
            "]]>",
            "&lt;script&gt;",
            "{{ data }}",
            "{% raw %}",
        ]
    ),
)


def hostile_data(texts, kind, **changes):
    plain = report_data(kind)
    task = plain.task
    label_names = tuple(f"{texts[0]}{number}" for number in range(len(task.label_names)))
    task = dataclasses.replace(task, label_names=label_names)
    if hasattr(task, "values"):
        task = dataclasses.replace(task, values=(texts[3], texts[4]))
    coverage = {"source": texts[7], "found_by": {texts[0]: 1}, "missing": [[texts[1], 2]]}
    words = WeighedWords(((texts[0], (texts[1], texts[8])),), np.array([[[0.2, 0.8]]]))
    row = browser_row(kind=kind, id=texts[0], methods={"attention": words})
    return report_data(
        kind,
        competition=texts[1],
        run=texts[2],
        task=task,
        metric=texts[5],
        overrides=[texts[6]],
        coverage=[{**plain.coverage[0], **coverage}],
        columns={texts[2]: np.array([f"x{texts[3]}", "y"] * 2, dtype=object)},
        pairs=dataclasses.replace(
            plain.pairs,
            examples=[PairOfRows(*[(texts[number], texts[number + 1]) for number in (0, 2, 4)])],
        ),
        drift=Drift(0.6, (texts[0],), (texts[1], texts[2])),
        wrong_labels_file=f"x{texts[3]}",
        ids=texts[:4],
        texts=[f"x {text}" for text in texts[:4]],
        browser=Browser([row, dataclasses.replace(row, part="test", label=None)]),
        **changes,
    )


def assert_text_stays_text(page, plain_page):
    written = page.encode("utf-8").decode("utf-8")
    found, expected = Page(written), Page(plain_page)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", written)
    found.tags["span"] = expected.tags["span"] = 0  # of words without a vector, and of tokens
    found.tags["i"] = expected.tags["i"] = 0  # of rows without text
    for one in (found, expected):  # to a row of the browser, which is found by its id
        one.tags["a"] -= sum("data-row" in attributes for _, attributes in one.attributes)
    assert found.tags == expected.tags
    names = [name for _, attributes in found.attributes for name in attributes]
    assert not [name for name in names if name.startswith("on")]


@given(st.lists(HOSTILE, min_size=9, max_size=9), st.sampled_from(sorted(CASES)))
@settings(max_examples=25, deadline=None)
def test_text_stays_text(texts, kind):
    sections = [name for name in report_data(kind).sections if name in FAST]
    data = hostile_data(texts, kind, sections=sections)
    plain = report_data(kind, sections=sections, metric="unknown")
    assert_text_stays_text(render_report(data), render_report(plain))


@pytest.mark.slow
@given(st.lists(HOSTILE, min_size=9, max_size=9), st.sampled_from(sorted(CASES)))
@settings(max_examples=5, deadline=None)
def test_text_stays_text_with_figures(texts, kind):
    sections = [name for name in report_data(kind).sections if name in WITH_FIGURES]
    data = hostile_data(texts, kind, sections=sections)
    plain = report_data(kind, sections=sections, metric="unknown")
    assert_text_stays_text(render_report(data), render_report(plain))
