import dataclasses
import re
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.report import (
    AttentionText,
    ReportData,
    confusion_matrix,
    most_wrong_rows,
    render_report,
)
from regard.tasks import Binary, MultiClass, MultiLabel, Ordinal, Regression, SoftLabels, Targets

pytestmark = pytest.mark.slow  # matplotlib draws for nearly every test

VOID = {"meta", "br"}
KINDS = {
    "multi_class": (
        MultiClass(("sea", "wood", "town")),
        np.array([0, 1, 2, 1], np.int32),
        np.array(
            [[0.9, 0.05, 0.05], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.2, 0.6, 0.2]], np.float32
        ),
    ),
    "binary": (
        Binary(("target",), ("No", "Yes")),
        np.array([[0], [1], [1], [0]], np.float32),
        np.array([[0.1], [0.2], [0.9], [0.6]], np.float32),
    ),
    "multi_label": (
        MultiLabel(("toxic", "threat")),
        np.array([[1, 0], [0, 0], [1, 0], [0, 0]], np.float32),
        np.array([[0.9, 0.1], [0.2, 0.1], [0.3, 0.1], [0.7, 0.6]], np.float32),
    ),
}
NUMBERS = {
    "ordinal": (
        Ordinal(("poor", "fair", "good")),
        np.array([0, 1, 2, 1], np.int32),
        np.array([[0.1, 0.0], [0.9, 0.2], [0.3, 0.1], [0.8, 0.1]], np.float32),
    ),
    "regression": (
        Regression(("ease", "interest"), ranges=((-3.0, 3.0), (-3.0, 3.0))),
        np.array([[-1.5, 0.0], [0.5, 0.2], [1.0, 1.5], [0.0, 0.1]], np.float32),
        np.array([[-1.0, 0.0], [0.5, 0.0], [0.0, 0.0], [0.0, 0.1]], np.float32),
    ),
    "soft_labels": (
        SoftLabels(("target",)),
        np.array([[0.0], [0.25], [1.0], [0.5]], np.float32),
        np.array([[0.1], [0.5], [0.2], [0.5]], np.float32),
    ),
}
KINDS |= NUMBERS
HISTORY = [
    {"epoch": 1, "loss": 0.9, "valid_loss": 0.8, "score": 0.5, "seconds": 40.0},
    {"epoch": 2, "loss": 0.5, "valid_loss": 0.7, "score": 0.75, "seconds": 41.0},
]


def report_data(kind="multi_class", **changes):
    task, labels, outputs = KINDS[kind]
    data = ReportData(
        competition="tiny",
        run="attention-0123",
        finished="2025-03-02T10:41:07+00:00",
        task=task,
        metric="accuracy",
        greater_is_better=True,
        oof_score=0.71627,
        fold_scores=[0.5, 0.75],
        best_epochs=[2, 1],
        n_train=4,
        n_test=2,
        vocabulary_size=1234,
        n_trainable_parameters=56789,
        seconds=162.0,
        overrides=["model.rnn.units=8"],
        histories=[HISTORY, HISTORY],
        coverage=[
            {
                "source": "word2vec",
                "embedding_dim": 16,
                "types": 0.914,
                "tokens": 0.987,
                "found_by": {"as written": 1200, "lower case": 31},
                "missing": [["ahoy", 12]],
            }
        ],
        truth=Targets(labels),
        outputs=outputs,
        ids=["r0", "r1", "r2", "r3"],
        texts=["a ship", "a tree", "a tram", ""],
        thresholds=None,
        attention_texts=[AttentionText("t9", [(["big", "wave"], [0.2, 0.8])], "sea 0.93")],
        n_worst_rows=2,
    )
    return dataclasses.replace(data, **changes)


class Page(HTMLParser):
    """Counts tags, keeps the visible text, and fails on tags that do not nest."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], Counter(), [], ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data

    def cells(self, tag, name):
        return [
            attributes
            for found, attributes in self.attributes
            if found == tag and name in attributes
        ]


def test_confusion_matrix_by_hand():
    labels, predicted = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 0, 2, 2])
    assert confusion_matrix(labels, predicted, 4).tolist() == [
        [1, 1, 0, 0],
        [0, 1, 0, 0],
        [1, 0, 2, 0],
        [0, 0, 0, 0],
    ]


def test_most_wrong_rows_by_class():
    labels = np.array([0, 1, 0, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.7, 0.3]])
    assert most_wrong_rows(KINDS["multi_class"][0], labels, probabilities, 3).tolist() == [1, 3, 2]


def test_most_wrong_rows_by_labels():
    labels = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    # truths 0.25, 0.1, 0.72
    probabilities = np.array([[0.5, 0.5], [0.9, 0.0], [0.9, 0.8]], np.float32)
    assert most_wrong_rows(KINDS["multi_label"][0], labels, probabilities, 9).tolist() == [1, 0, 2]


def test_equally_wrong_rows_keep_their_order():
    labels, probabilities = np.zeros((500, 1)), np.tile(np.float32([[0.5], [1.0]]), (250, 1))
    assert most_wrong_rows(KINDS["binary"][0], labels, probabilities, 500).tolist() == [
        *range(1, 500, 2),
        *range(0, 500, 2),
    ]


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_no_row_left_out_is_more_wrong(data):
    chance = st.floats(0, 1, width=32)
    rows = data.draw(st.lists(st.tuples(st.booleans(), chance), min_size=1, max_size=20))
    labels = np.array([[label] for label, _ in rows], np.float32)
    probabilities = np.array([[probability] for _, probability in rows], np.float32)
    order = most_wrong_rows(KINDS["binary"][0], labels, probabilities, len(rows))
    losses = np.abs(labels - probabilities)[order, 0]
    assert sorted(order) == list(range(len(rows)))
    assert (np.diff(losses) <= 1e-6).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_task_renders(kind):
    page = Page(render_report(report_data(kind)))
    assert page.tags["h1"] == 1
    assert page.tags["h2"] == 7  # no thresholds
    assert page.tags["script"] == 0
    for shown in (
        "0.7163",
        "0.6250 ± 0.1768",
        "1,234 tokens",
        "56,789",
        "2 min 42 s",
        "2025-03-02 10:41 UTC",
    ):
        assert shown in page.text
    for name in KINDS[kind][0].label_names:
        assert name in page.text


def test_the_confusion_matrix_of_classes():
    cells = Page(render_report(report_data())).cells("td", "style")
    assert [cell["class"] for cell in cells] == ["right", *["wrong"] * 3] * 2 + ["right"]
    assert [cell["style"] for cell in cells[3:6]] == ["--w:0.500", "--w:0.500", "--w:0.000"]
    assert cells[3]["title"] == "50.0% of wood predicted as sea"


def test_the_confusion_matrix_of_a_yes_or_no():
    page = Page(render_report(report_data("binary")))
    titles = [cell["title"] for cell in page.cells("td", "style")]
    assert titles[1:3] == ["50.0% of No predicted as Yes", "50.0% of Yes predicted as No"]
    assert "The truth of target in rows" in page.text


def test_many_classes_show_only_what_was_confused():
    labels = np.arange(40)
    probabilities = np.eye(40, dtype=np.float32)
    probabilities[7] = probabilities[8]
    texts = {
        "truth": Targets(labels),
        "outputs": probabilities,
        "ids": ["x"] * 40,
        "texts": ["x"] * 40,
    }
    task = MultiClass(tuple(f"class{number}" for number in range(40)))
    page = render_report(report_data(task=task, n_worst_rows=0, **texts))
    assert '<th scope="row">class7</th><td>class8</td><td>1</td><td>100.0%</td>' in page
    assert "of 1 mistakes" in page
    assert "class9" not in page


def test_the_table_of_labels():
    page = render_report(report_data("multi_label"))
    assert "<td>2</td><td>50.00%</td><td>0.7500</td><td>0.5</td><td>0.5000</td>" in page
    # no AUC without positives
    assert "<td>0</td><td>0.00%</td><td>-</td><td>0.5</td><td>0.0000</td>" in page


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("multi_class", "r1 true wood predicted sea (0.70) probability of the truth 0.2"),
        ("binary", "r1 true Yes predicted No (0.80) probability of the truth 0.2"),
        (
            "multi_label",
            "r3 true none predicted toxic (0.70), threat (0.60) probability of the truth 0.12",
        ),
    ],
)
def test_the_most_wrong_row_comes_first(kind, first):
    page = Page(render_report(report_data(kind)))
    assert first in page.text
    assert page.text.count("probability of the truth") == 2


def test_numbers_are_drawn_and_their_errors_listed():
    page = render_report(report_data("regression"))
    pearson = np.corrcoef([-1.5, 0.5, 1.0, 0.0], [-1.0, 0.5, 0.0, 0.0])[0, 1]
    assert (
        f"<td>0.0000</td><td>-0.1250</td><td>0.3750</td><td>0.5590</td><td>{pearson:.4f}</td>"
        in page
    )
    assert page.count("<figcaption>ease</figcaption>") == 1
    assert "true ease 1, interest 1.5" in Page(page).text
    assert "off by 1.2" in Page(page).text


def test_the_rank_of_an_ordinal_is_decided_by_its_cut_points():
    tuned = {
        "all_rows": [0.35, 1.5],
        "score": 0.75,
        "by_fold": [
            {"thresholds": [0.3, 1.4], "score": 0.8, "honest_score": 0.7},
            {"thresholds": [0.4, 1.6], "score": 0.7, "honest_score": 0.65},
        ],
    }
    page = render_report(report_data("ordinal", thresholds=tuned))
    assert '<th scope="row">poor | fair</th><td>0.350</td><td>0.300</td><td>0.400</td>' in page
    assert "move its score by up to 0.1000" in page
    assert 'title="100.0% of good predicted as fair"' in page
    assert 'title="100.0% of good predicted as poor"' in render_report(report_data("ordinal"))


def test_the_class_is_decided_by_its_threshold():
    tuned = {
        "all_rows": [0.7, 0.15, 0.15],
        "score": 0.75,
        "by_fold": [{"thresholds": [0.8, 0.1, 0.1], "score": 0.75, "honest_score": 0.7}] * 2,
    }
    page = render_report(report_data("multi_class", thresholds=tuned))
    assert '<th scope="row">sea</th><td>2.100</td><td>2.400</td><td>2.400</td>' in page
    assert "the greatest multiple of its threshold" in page
    assert 'title="100.0% of wood predicted as wood"' in page
    assert 'title="50.0% of wood predicted as sea"' in render_report(report_data("multi_class"))


def test_both_texts_of_a_pair_are_shown():
    pair = AttentionText("t", [(["one"], [1.0]), (["two", "three"], [0.5, 0.5])], "yes")
    page = render_report(report_data(attention_texts=[pair]))
    assert page.count('<p class="words">') == 2


def test_long_texts_are_cut():
    words = " ".join(f"w{number}" for number in range(100))
    page = render_report(report_data(texts=["", words, "", "x" * 5000], n_worst_rows=4))
    assert "w59 …" in page
    assert "w60" not in page
    assert "x" * 600 + " …" in page
    assert "x" * 601 not in page
    assert "<i>no text</i>" in page


def test_words_are_shaded_by_weight():
    page = render_report(report_data())
    assert (
        '<span style="--w:0.250" title="0.2000">big</span> <span style="--w:1.000" title="0.8000">wave</span>'
        in page
    )


def test_long_attention_texts_say_what_they_leave_out():
    text = AttentionText(
        "t",
        [(["word"] * 149 + ["last", "unseen", "unseen"], [0.5 / 150] * 150 + [0.25, 0.25])],
        "sea",
    )
    page = render_report(report_data(attention_texts=[text]))
    assert "last</span> <i>… 2 more tokens holding 50.0% of the weight</i>" in page
    assert "unseen" not in page
    assert 'style="--w:0.013"' in page  # relative to the largest weight, shown or not


def test_a_model_without_attention_says_so():
    assert "This model has no attention" in render_report(report_data(attention_texts=None))
    assert "This model has no attention" not in render_report(report_data(attention_texts=[]))


def test_weights_of_zero_are_harmless():
    page = render_report(
        report_data(attention_texts=[AttentionText("t", [(["<pad>"], [0.0])], "sea")])
    )
    assert '<span style="--w:0.000" title="0.0000">&lt;pad&gt;</span>' in page


def test_coverage():
    text = Page(render_report(report_data())).text
    for shown in ("91.4%", "98.7%", "as written 1,200, lower case 31", "ahoy 12"):
        assert shown in text


def test_defaults_need_no_settings():
    assert "None: the defaults." in render_report(report_data(overrides=[]))
    assert "None: the defaults." not in render_report(report_data())


def test_scores_that_are_not_defined():
    records = [[{**HISTORY[0], "valid_loss": float("nan"), "score": float("nan")}]] * 2
    nan = float("nan")
    page = Page(
        render_report(report_data(oof_score=nan, fold_scores=[nan, nan], histories=records))
    )
    assert "nan" not in page.text


def test_equal_scores_stand_in_one_line():
    page = Page(render_report(report_data(fold_scores=[0.5, 0.5])))
    assert len({circle["cx"] for circle in page.cells("circle", "cx")}) == 1


def test_same_data_same_page():
    assert render_report(report_data()) == render_report(report_data())


def test_settings_of_matplotlib_do_not_matter():
    import matplotlib

    page = render_report(report_data())
    with matplotlib.rc_context(
        {"lines.linewidth": 9, "svg.hashsalt": "other", "axes.facecolor": "red"}
    ):
        before = dict(matplotlib.rcParams)
        assert render_report(report_data()) == page
        assert dict(matplotlib.rcParams) == before


def test_the_page_needs_no_network():
    page = render_report(report_data())
    assert set(re.findall(r"\w+://[^\"]*", page)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert not re.search(r"@import|url\((?!#)|\bsrc=|<link", page)


def test_ids_stand_once():
    page = render_report(report_data())
    ids = Counter(re.findall(r' id="([^"]*)"', page))
    assert max(ids.values()) == 1
    assert set(re.findall(r'(?:url\(|href=")#(\w+)', page)) <= set(ids)


def test_quotes_do_not_end_an_attribute():
    names = ("sea", "\" onclick='x", "town")
    page = Page(render_report(report_data(task=MultiClass(names))))
    assert page.cells("td", "style")[1]["title"] == "0.0% of sea predicted as \" onclick='x"
    assert page.cells("td", "onclick") == []


awkward = st.text(
    st.one_of(
        st.sampled_from("<>\"'&/\\;=`\x00\x1b\x7f\x85\r\n\t\u202e\u2028\ufffe\ud800"),
        st.characters(),
    ),
    max_size=20,
)
hostile = st.one_of(
    awkward,
    st.sampled_from(
        [
            '<script>alert("1")</script>',
            "\"><script>'",
            "' onload='x",
            "</style><!--",
            "]]>",
            "&lt;script&gt;",
        ]
    ),
)


@given(st.lists(hostile, min_size=9, max_size=9), st.sampled_from(sorted(KINDS)))
@settings(max_examples=8, deadline=None)
def test_text_stays_text(texts, kind):
    plain = report_data(kind)
    names = tuple(f"{texts[0]}{number}" for number in range(len(plain.task.label_names)))
    hostile_data = report_data(
        kind,
        competition=texts[1],
        run=texts[2],
        task=dataclasses.replace(plain.task, label_names=names, values=(texts[3], texts[4])),
        metric=texts[5],
        overrides=[texts[6]],
        coverage=[
            {
                **plain.coverage[0],
                "source": texts[7],
                "found_by": {texts[0]: 1},
                "missing": [[texts[1], 2]],
            }
        ],
        ids=texts[:4],
        texts=[f"x {text}" for text in texts[:4]],
        attention_texts=[AttentionText(texts[0], [([texts[1], texts[8]], [0.2, 0.8])], texts[3])],
    )
    written = render_report(hostile_data).encode("utf-8").decode("utf-8")
    page, expected = Page(written), Page(render_report(plain))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", written)
    page.tags["span"] = expected.tags["span"] = 0  # of words without a vector, and of tokens
    page.tags["i"] = expected.tags["i"] = 0  # of rows without text
    assert page.tags == expected.tags
    assert not [
        name for _, attributes in page.attributes for name in attributes if name.startswith("on")
    ]
