import numpy as np
import pytest
from helpers.report_cases import CASES, Page, browser_row, render_section, report_data
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.report import Browser, render_report
from regard.report.sections.mistakes import browsed_rows, confusion_matrix, most_wrong_rows
from regard.tasks import TASKS, Targets


def tuned(all_rows, *by_fold):
    keys = ("thresholds", "score", "honest_score")
    folds = [dict(zip(keys, fold, strict=True)) for fold in by_fold]
    return {"all_rows": all_rows, "score": 0.75, "by_fold": folds}


def test_confusion_matrix_by_hand():
    labels, predicted = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 0, 2, 2])
    assert confusion_matrix(labels, predicted, 4).tolist() == [
        [1, 1, 0, 0],
        [0, 1, 0, 0],
        [1, 0, 2, 0],
        [0, 0, 0, 0],
    ]


def test_confusion_of_classes():
    page = render_section("confusion")
    cells = Page(page).elements("td", "style")
    assert [cell["class"] for cell in cells] == ["right", *["wrong"] * 3] * 2 + ["right"]
    assert [cell["style"] for cell in cells[3:6]] == ["--w:0.500", "--w:0.500", "--w:0.000"]
    assert cells[3]["title"] == "50.0% of wood predicted as sea"
    assert "True classes in rows" in page


def test_confusion_of_a_binary_task():
    page = Page(render_section("confusion", "binary"))
    titles = [cell["title"] for cell in page.elements("td", "style")]
    assert titles[1:3] == ["50.0% of No predicted as Yes", "50.0% of Yes predicted as No"]
    assert "True values of target in rows" in page.text


def test_distances_of_ranks():
    page = render_section("confusion", "ordinal", thresholds=tuned([0.5, 1.5]))
    caption = "Distance of the predicted rank from the true one"
    assert caption in page
    rows = page.partition(caption)[2]
    assert '<th scope="row">0</th><td>3</td><td>75.0%</td>' in rows
    assert '<th scope="row">2</th><td>1</td><td>25.0%</td>' in rows
    assert caption not in render_section("confusion")


def test_many_classes_show_only_confusions():
    probabilities = np.eye(40, dtype=np.float32)
    probabilities[7] = probabilities[8]
    page = render_section(
        "confusion",
        task=TASKS["multi_class"](tuple(f"class{number}" for number in range(40))),
        targets=Targets(np.arange(40)),
        outputs=probabilities,
    )
    assert '<th scope="row">class7</th><td>class8</td><td>1</td><td>100.0%</td>' in page
    assert "of 1 mistakes" in page
    assert "class9" not in page


@pytest.mark.slow
def test_residuals():
    page = render_section("residuals", "regression")
    pearson = np.corrcoef([-1.5, 0.5, 1.0, 0.0], [-1.0, 0.5, 0.0, 0.0])[0, 1]
    assert (
        f"<td>0.0000</td><td>-0.1250</td><td>0.3750</td><td>0.5590</td><td>{pearson:.4f}</td>"
        in page
    )
    assert page.count("<figcaption>ease</figcaption>") == 1
    assert page.count("<svg") == 4


@pytest.mark.slow
def test_residuals_of_labels_on_another_scale():
    class Tenths(TASKS["regression"]):
        kind = "tenths"

        def label_numbers(self, labels):
            return super().label_numbers(labels) / 10

    task = Tenths(("ease",), ((0.0, 1.0),))
    labels = np.array([[2.0], [4.0], [6.0], [8.0]], np.float32)
    page = render_section(
        "residuals", "regression", task=task, targets=Targets(labels), outputs=labels / 10
    )
    assert "<td>0.5000</td><td>0.0000</td><td>0.0000</td><td>0.0000</td>" in page


@pytest.mark.slow
def test_many_columns_draw_the_first_ones():
    names = tuple(f"column{number}" for number in range(13))
    numbers = np.random.default_rng(0).random((4, 13)).astype(np.float32)
    page = render_section(
        "residuals",
        "soft_labels",
        task=TASKS["soft_labels"](names),
        targets=Targets(numbers),
        outputs=numbers,
    )
    assert page.count("<svg") == 24
    assert '<th scope="row">column12</th>' in page


def test_thresholds_of_an_ordinal_task():
    found = tuned([0.35, 1.5], ([0.3, 1.4], 0.8, 0.7), ([0.4, 1.6], 0.7, 0.65))
    page = render_section("thresholds", "ordinal", thresholds=found)
    assert '<th scope="row">poor | fair</th><td>0.350</td><td>0.300</td><td>0.400</td>' in page
    assert "change its score by up to 0.1000" in page


def test_thresholds_of_classes_are_multiples_of_their_mean():
    found = tuned([0.7, 0.15, 0.15], *[([0.8, 0.1, 0.1], 0.75, 0.7)] * 2)
    page = render_section("thresholds", thresholds=found)
    assert '<th scope="row">sea</th><td>2.100</td><td>2.400</td><td>2.400</td>' in page


def test_scores_of_tuned_thresholds():
    found = tuned([0.4, 0.6], ([0.3, 0.6], 0.8, 0.7), ([0.5, 0.6], 0.7, 0.65))
    page = render_section("thresholds", "multi_label", thresholds=found)
    same, others = "accuracy, tuned on these rows", "accuracy, tuned on other folds"
    assert f"{same}</th><td>0.7500</td><td>0.8000</td><td>0.7000</td>" in page
    assert f"{others}</th><td>0.7163</td><td>0.7000</td><td>0.6500</td>" in page


def test_tuned_thresholds_decide():
    cuts = tuned([0.35, 1.5])
    ordinal = render_section("confusion", "ordinal", thresholds=cuts)
    assert 'title="100.0% of good predicted as fair"' in ordinal
    assert 'title="100.0% of good predicted as poor"' in render_section("confusion", "ordinal")
    classes = render_section("confusion", thresholds=tuned([0.7, 0.15, 0.15]))
    assert 'title="100.0% of wood predicted as wood"' in classes
    assert 'title="50.0% of wood predicted as sea"' in render_section("confusion")


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("multi_class", "r1 true wood predicted sea (0.70) probability of the true label 0.2"),
        ("binary", "r1 true Yes predicted No (0.80) probability of the true label 0.2"),
        (
            "multi_label",
            "r3 true none predicted toxic (0.70), threat (0.60) probability of the true label 0.12",
        ),
    ],
)
def test_the_most_wrong_row_comes_first(kind, first):
    page = Page(render_section("most_wrong", kind))
    assert first in page.text
    assert page.text.count("probability of the true label") == 2


def test_the_most_wrong_row_of_numbers():
    text = Page(render_section("most_wrong", "regression")).text
    assert "true ease 1, interest 1.5" in text
    assert "off by 1.2" in text


def test_texts_of_a_pair_are_apart_and_named():
    page = render_section(
        "most_wrong", texts_by_column={"left": ["a", "b", "c", "d"], "right": ["", "2", "", ""]}
    )
    assert '<p class="text"><b class="column">left</b> b</p>' in page
    assert '<p class="text"><b class="column">right</b> 2</p>' in page
    assert "a tree" not in page


def test_rows_of_the_browser_are_linked():
    browser = Browser([browser_row(row=None), browser_row(row=1)])
    data = report_data(sections=["most_wrong", "explanations"], browser=browser)
    assert browsed_rows(data) == {"r1": 1}
    link = '<a href="#explanations" data-row="1">words by weight</a>'
    # The two worst rows are r1 and r3, of which r1 is browsed.
    assert render_report(data).count("data-row=") == render_report(data).count(link) == 1
    assert "data-row" not in render_section("most_wrong", browser=browser)


def test_no_worst_rows():
    assert "report.n_worst_rows is 0" in render_section("most_wrong", n_worst_rows=0)


def test_long_texts_are_cut():
    words = " ".join(f"w{number}" for number in range(100))
    page = render_section("most_wrong", texts=["", words, "", "x"], n_worst_rows=4)
    assert "w59 …" in page
    assert "w60" not in page
    assert "<i>no text</i>" in page


def test_most_wrong_rows_of_classes():
    labels = np.array([0, 1, 0, 1])
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.7, 0.3]])
    task = TASKS["multi_class"](("sea", "wood"))
    assert most_wrong_rows(task, labels, probabilities, 3).tolist() == [1, 3, 2]


def test_most_wrong_rows_of_label_columns():
    labels = np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 1.0]])
    # probabilities of the true labels: 0.25, 0.1, 0.72
    probabilities = np.array([[0.5, 0.5], [0.9, 0.0], [0.9, 0.8]], np.float32)
    task, *_ = CASES["multi_label"]
    assert most_wrong_rows(task, labels, probabilities, 9).tolist() == [1, 0, 2]


def test_equally_wrong_rows_keep_their_order():
    labels, probabilities = np.zeros((500, 1)), np.tile(np.float32([[0.5], [1.0]]), (250, 1))
    task, *_ = CASES["binary"]
    assert most_wrong_rows(task, labels, probabilities, 500).tolist() == [
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
    task, *_ = CASES["binary"]
    order = most_wrong_rows(task, labels, probabilities, len(rows))
    losses = np.abs(labels - probabilities)[order, 0]
    assert sorted(order) == list(range(len(rows)))
    assert (np.diff(losses) <= 1e-6).all()
