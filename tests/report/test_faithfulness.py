import pytest
from helpers.report_cases import CASES, Page, browser_row, render_section

from regard.report import Browser
from regard.report.faithfulness import by_faithfulness, faithfulness_sentence

MEASURED = {
    "n_rows": 20,
    "share": 0.2,
    "methods": {
        "attention": {"comprehensiveness": 0.06, "sufficiency": 0.2, "area": 0.05},
        "leave_one_out": {"comprehensiveness": 0.31, "sufficiency": 0.02, "area": 0.3},
        "random": {"comprehensiveness": 0.08, "sufficiency": 0.21, "area": 0.07},
    },
}


def sentence(method, kind="multi_class", measured=MEASURED):
    return faithfulness_sentence(method, measured, CASES[kind][0])


def test_the_sentence_has_the_figures_of_the_method_and_of_chance():
    assert sentence("leave_one_out") == (
        "Removing the 20 % of words with the largest weights lowers the probability of the "
        "predicted label by 0.31; removing 20 % at random, by 0.08 (20 train rows)."
    )
    assert sentence("attention").endswith("So these weights explain nothing.")
    assert "lowers the predicted number by 0.31" in sentence("leave_one_out", "regression")


@pytest.mark.parametrize("measured", [{}, {**MEASURED, "methods": {}}])
def test_nothing_is_told_that_was_not_measured(measured):
    assert sentence("attention", measured=measured) == ""


def test_the_most_faithful_method_comes_first():
    names = ["attention", "coefficients", "leave_one_out"]
    assert by_faithfulness(names, MEASURED) == ["leave_one_out", "attention", "coefficients"]
    assert by_faithfulness(names, {}) == names


def test_the_table_of_the_report():
    rows = [browser_row(), browser_row(method="leave_one_out")]
    text = Page(render_section("explanations", browser=Browser(rows, MEASURED))).text
    lines = [line.strip() for line in text.splitlines()]
    assert "leave one out0.31000.02000.3000" in lines
    assert "words at random0.08000.21000.0700" in lines
    assert "removed from 20 train rows" in text
