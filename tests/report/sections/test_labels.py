import numpy as np
import pytest
from helpers.report_cases import render_section

from regard.report.sections.labels import label_scores
from regard.tasks import TASKS, Targets


def test_scores_by_hand():
    positive = np.array([True, True, False, False])
    decided = np.array([True, False, True, False])
    assert label_scores(positive, decided) == {"precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_weights_count_as_repeated_rows():
    positive, decided = np.array([True, True, False]), np.array([True, False, True])
    weighted = label_scores(positive, decided, np.array([3.0, 1.0, 2.0]))
    rows = np.repeat(np.arange(3), [3, 1, 2])
    assert weighted == label_scores(positive[rows], decided[rows])


def test_columns_of_labels():
    page = render_section("labels", "multi_label")
    scores = "<td>0.5000</td><td>0.5000</td><td>0.5000</td><td>0.7500</td>"
    assert f"<td>2</td><td>50.00%</td>{scores}<td>0.5</td>" in page
    # no recall and no AUC without positive rows
    scores = "<td>0.0000</td><td>-</td><td>0.0000</td><td>-</td>"
    assert f"<td>0</td><td>0.00%</td>{scores}<td>0.5</td>" in page


def test_classes():
    page = render_section("labels")
    scores = "<td>0.5000</td><td>1.0000</td><td>0.6667</td><td>1.0000</td>"
    assert f'<th scope="row">sea</th><td>1</td><td>25.00%</td>{scores}</tr>' in page
    assert "threshold" not in page.partition("Scores by label")[2].partition("</section>")[0]


def test_values_of_a_binary_label():
    page = render_section("labels", "binary", thresholds={"all_rows": [0.4], "by_fold": []})
    rows = page.partition("<tbody>")[2]
    assert rows.index(">No<") < rows.index(">Yes<")
    assert rows.count("<td>0.4</td>") == 1
    assert rows.count("<td>0.7500</td><td>-</td>") == 1  # the AUC of both values is the same


def test_ranks_have_no_thresholds():
    page = render_section("labels", "ordinal", thresholds={"all_rows": [0.5, 1.5], "by_fold": []})
    assert "threshold" not in page.partition("Scores by label")[2].partition("</section>")[0]


@pytest.mark.parametrize("n_labels", [100, 101])
def test_the_most_frequent_of_many_labels(n_labels):
    labels = np.zeros((4, n_labels), np.float32)
    labels[:, 1:] = 1
    task = TASKS["multi_label"](tuple(f"label{number}" for number in range(n_labels)))
    page = render_section("labels", task=task, targets=Targets(labels), outputs=labels)
    assert (">label0<" in page) == (n_labels == 100)
    assert ("Of 101 labels the most frequent" in page) == (n_labels == 101)
