import numpy as np
import pytest
from helpers.report_cases import Page, render_section

from regard.tasks import TASKS, Targets

pytestmark = pytest.mark.slow  # draws figures


def test_areas_by_hand():
    # Of the pairs of a positive and a negative row, 0.9 is above both and 0.2 above one of them.
    # By falling output, the positive rows are the first and the third: precision 1, then 2 / 3.
    page = render_section("ranking", "binary")
    average = (1 + 2 / 3) / 2
    assert f"<td>2</td><td>50.00%</td><td>0.7500</td><td>{average:.4f}</td>" in page
    assert page.count("<svg") == 2
    for shown in ("false positive rate", "true positive rate", "recall", "precision"):
        assert shown in Page(page).text


def test_perfect_outputs():
    labels = np.array([0, 1, 2, 1], np.int32)
    page = render_section("ranking", outputs=np.eye(3, dtype=np.float32)[labels])
    assert page.count("<td>1.0000</td><td>1.0000</td>") == 3


def test_weights_count_as_repeated_rows():
    labels, outputs = np.array([[1.0], [0.0], [1.0], [0.0]]), np.array([[0.9], [0.8], [0.3], [0.1]])
    weights = np.array([1, 3, 2, 1])
    rows = np.repeat(np.arange(4), weights)
    weighted = render_section(
        "ranking", "binary", targets=Targets(labels, weights * 1.0), outputs=outputs
    )
    repeated = render_section(
        "ranking",
        "binary",
        targets=Targets(labels[rows]),
        outputs=outputs[rows],
        ids=[str(row) for row in range(len(rows))],
        texts=[""] * len(rows),
    )
    assert areas(weighted) == areas(repeated)


def areas(page):
    """Return the last two cells of the table: the areas of the last curve."""
    return page.rpartition("</td></tr>")[0].split("<td>")[-2:]


def test_only_outputs_with_both_kinds_of_rows():
    page = render_section("ranking", "multi_label")
    assert ">toxic<" not in page  # named beside the colour of its line
    assert "</b>&nbsp;toxic</th>" in page
    assert "threat</th>" not in page
    none = render_section("ranking", "multi_label", targets=Targets(np.zeros((4, 2), np.float32)))
    assert "no output has both" in none


def test_the_most_frequent_of_many_classes():
    labels = np.repeat(np.arange(7), np.arange(2, 9)).astype(np.int32)
    task = TASKS["multi_class"](tuple(f"class{number}" for number in range(7)))
    page = render_section(
        "ranking", task=task, targets=Targets(labels), outputs=np.eye(7, dtype=np.float32)[labels]
    )
    shown = [number for number in range(7) if f"class{number}</th>" in page]
    assert shown == [2, 3, 4, 5, 6]
    assert "Of 7 outputs" in page
